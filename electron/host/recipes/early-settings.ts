/**
 * Settings that are wrong whatever the data turn out to be: a name that no recipe has, a number beyond its bounds. Told before a large
 * file is read, by recipes that stand for those that the data could start with; what these need not refuse, the recipe of the data
 * itself is asked about afterwards.
 */
import {
  defaultImagesRecipe,
  defaultRecipe,
  defaultTextRecipe,
  DescentError,
  detected,
  namesIn,
  regression,
  tasks,
  withTaskOfLabels,
  withTemplate,
  type Column,
  type DataKind,
  type Effort,
  type Recipe,
  type Task,
  type Template,
} from '../../contract/index.ts'
import { applyOverrides } from './overrides.ts'

export interface Said {
  readonly set: readonly string[]
  /** Of `--each`: each of its values by itself. */
  readonly each?: { readonly path: string; readonly values: readonly string[] } | null
  readonly task: Task | null
  readonly model: Template | null
  readonly effort: Effort | null
}

/** What stands below these names the columns of the data, or follows from them. */
const ofData = new Set(['data', 'prepare', 'split', 'target', 'selection', 'weights', 'augment'])
const rootOf = (setting: string): string => /^\s*([^.=]*)/.exec(setting)?.[1]?.trim() ?? ''
const isOfData = (setting: string): boolean => ofData.has(rootOf(setting))

const columnsFor = (feature: Column['kind'], target: Column['kind']): Column[] => [
  { name: 'feature', kind: feature, role: 'feature' },
  { name: 'target', kind: target, role: 'target' },
]

/** Few rows and many start with other networks. */
const someRows = [300, 30_000, 3_000_000]

function startsOfTables(wanted: readonly Task[], effort: Effort | null): Recipe[] {
  const source = { path: '/table', ...detected, missingValues: [] }
  return wanted.flatMap((task) =>
    someRows.map((rows) =>
      defaultRecipe(
        source,
        columnsFor('number', task === regression.name ? 'number' : 'category'),
        task,
        rows,
        ...(effort === null ? [] : [effort]),
      ),
    ),
  )
}

function startsOf(kind: DataKind, { task, model, effort }: Said): Recipe[] {
  const wanted = task === null ? namesIn(tasks) : [task]
  const recipes =
    kind === 'table'
      ? startsOfTables(wanted, effort)
      : wanted.map((one) =>
          withTaskOfLabels(
            kind === 'images'
              ? defaultImagesRecipe('/folder', columnsFor('image', 'category'), false)
              : defaultTextRecipe('/lines', columnsFor('text', 'category'), false),
            one,
          ),
        )
  return model === null ? recipes : recipes.flatMap((recipe) => withTemplate(recipe, model, 1000) ?? [])
}

/** Throws what is wrong with a setting in each of these recipes; a setting that fits one of them may fit the data’s. */
function requireFitting(recipes: readonly Recipe[], settings: readonly string[], flag: string): void {
  let first: unknown = null
  for (const recipe of recipes)
    try {
      applyOverrides(recipe, settings, flag)
      return
    } catch (error) {
      if (!(error instanceof DescentError)) throw error
      first ??= error
    }
  if (first !== null) throw first
}

/** `given`: the recipe that is run again. Errors: a DescentError, as the recipe of the data would have it. */
export function refuseEarly(kind: DataKind, said: Said, given: Recipe | null): void {
  const { set, each = null, task, model, effort } = said
  const early = set.filter((setting) => !isOfData(setting))
  const values = each === null || isOfData(each.path) ? [] : each.values
  if (early.length === 0 && values.length === 0) return
  const changed = given === null || task !== null || model !== null || effort !== null
  const recipes = [...(given === null ? [] : [given]), ...(changed ? startsOf(kind, said) : [])]
  requireFitting(recipes, early, '--set')
  for (const value of values) requireFitting(recipes, [...early, `${each!.path}=${value}`], '--each')
}
