/** Learns the preparation from the training rows, and from them only: nothing of validation or test may leak in. */
import {
  columnKinds,
  DescentError,
  groupOf,
  type Column,
  imbalanceRemedies,
  implementationOf,
  kindLabel,
  type Implementations,
  type Recipe,
} from '../../contract/index.ts'
import { columnNamed, type Frame, type FrameColumn } from '../datasets/frame.ts'
import { classesOfTarget, functionsOfTask, targetColumnsOf, type TargetValues } from '../tasks/index.ts'
import { fitEncoder, type Learning } from './encoders/index.ts'
import { featuresOfColumn, preparationVersion, type Preparation, type PreparedColumn } from './preparation.ts'
import { selectFeatures } from './select.ts'
import { momentsOf } from './statistics.ts'
import { fitSteps } from './steps/index.ts'

/** `balance`: weights by which classes count the same; null where there are none. */
type Weigh = (balance: () => number[] | null) => number[] | null

const remedies: Implementations<typeof imbalanceRemedies, Weigh> = {
  none: () => () => null,
  classWeights: () => (balance) => balance(),
  // These change which rows a training sees, not what they count (sampling.ts).
  weightedSampler: () => () => null,
  overSample: () => () => null,
  underSample: () => () => null,
  smote: () => () => null,
}

/** Weights of the training rows, and what they are divided by, so that they are 1 in the mean. */
function fitWeight(frame: Frame, { data }: Recipe, rows: Int32Array): Preparation['weight'] {
  const named = data.columns.find(({ role }) => role === 'weight')
  if (named === undefined) return null
  const column = columnNamed(frame, named.name)
  const problem = (why: string): DescentError =>
    new DescentError(
      'badData',
      `"${named.name}" is to say how much each row counts, but ${why}. Correct it, or give it another role.`,
      'data.columns',
    )
  if (column.kind !== 'number') throw problem(`is read as ${column.kind}`)
  const { values } = column
  const lacking = values.findIndex((value) => !(value >= 0))
  if (lacking !== -1)
    throw problem(
      Number.isNaN(values[lacking])
        ? `row ${lacking + 1} has no value`
        : `row ${lacking + 1} has ${values[lacking]}, and no weight is below 0`,
    )
  const { mean } = momentsOf(Float64Array.from(rows, (row) => values[row]!))
  if (mean === 0) throw problem('it is 0 in every training row')
  return { name: named.name, mean }
}

/** Targets as encoders learn from them; class numbers become a yes or no for each class. */
export function learningFrom(values: TargetValues, rows: number, classes: number): Learning {
  if (values instanceof Int32Array)
    return {
      targets: Array.from({ length: classes }, (_, k) =>
        Float32Array.from(values, (code) => (code === -1 ? NaN : Number(code === k))),
      ),
    }
  const width = rows === 0 ? 0 : values.length / rows
  return {
    targets: Array.from({ length: width }, (_, k) =>
      Float32Array.from({ length: rows }, (__, row) => values[row * width + k]!),
    ),
  }
}

/** Of a yes or no there are two values. */
function requireFew(column: FrameColumn, { name, kind }: Column): void {
  const words = columnKinds[kind]
  if (!('most' in words) || column.kind !== 'category') return
  // Values beside known levels are told by a check: a row that says “maybe” stops no training.
  const values = column.levels ?? column.categories
  if (values.length > words.most)
    throw new DescentError(
      'badRecipe',
      `"${name}" is read as ${words.label}, which has ${words.most} values, but it has ${values.length} (${values.slice(0, 5).join(', ')}${values.length > 5 ? ', …' : ''}). Read it as a category, or as an ordered one.`,
      'data.columns',
    )
}

function fitColumn(
  frame: Frame,
  name: string,
  recipe: Recipe,
  rows: Int32Array,
  learning: Learning,
): PreparedColumn {
  const column = columnNamed(frame, name)
  const chosen = recipe.data.columns.find((one) => one.name === name)!
  const { kind, notMissing } = chosen
  const group = groupOf(recipe.prepare, chosen)
  if (group === undefined || group.kind !== kind)
    throw new DescentError(
      'badRecipe',
      `No group prepares "${name}", which is read as ${kindLabel(kind)}.`,
      'prepare',
    )
  requireFew(column, chosen)
  const { steps, column: prepared } = fitSteps(column, rows, group.steps)
  const parser = 'parser' in column ? column.parser : undefined
  return {
    name,
    kind,
    ...(parser && { parser }),
    ...(notMissing && { notMissing }),
    steps,
    encoder: fitEncoder(prepared, rows, group.encoder, learning),
  }
}

export function fitPreparation(frame: Frame, recipe: Recipe, trainRows: Int32Array): Preparation {
  const all = recipe.data.columns.filter((column) => column.role === 'feature')
  if (all.length === 0)
    throw new DescentError(
      'badRecipe',
      'No column is a feature. Give at least one column the role feature.',
      'data.columns',
    )
  const task = functionsOfTask(recipe.task)
  const targets = targetColumnsOf(frame, recipe)
  const target = task.fit(targets, recipe, trainRows)
  const values = task.encode(targets, target)
  const learning = learningFrom(values, frame.rows, classesOfTarget(target)?.length ?? 0)
  const selection = selectFeatures(frame, recipe, trainRows, values)
  const chosen = selection && new Set(selection.features.flatMap(({ name, kept }) => (kept ? [name] : [])))
  const features = chosen === null ? all : all.filter(({ name }) => chosen.has(name))
  const columns = features
    .map(({ name }) => fitColumn(frame, name, recipe, trainRows, learning))
    // A category column without a single value in training would add no feature.
    .filter((column) => featuresOfColumn(column).length > 0)
  if (columns.length === 0)
    throw new DescentError('badData', 'Every feature is empty in the training rows. Choose other features.')
  const weigh = implementationOf(imbalanceRemedies, remedies, recipe.imbalance)
  return {
    version: preparationVersion,
    task: recipe.task,
    columns,
    target,
    classWeights: weigh(() => task.balance(targets, target, trainRows)),
    weight: fitWeight(frame, recipe, trainRows),
    ...(selection && { selection: { by: selection.by, features: [...selection.features] } }),
    trainRows: trainRows.length,
  }
}
