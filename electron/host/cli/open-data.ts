/** From what the command line names to imported data and the recipe for it. */
import { stat } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import {
  begin,
  bestFeatures,
  byNumbers as byRowNumbers,
  dataKindSchema,
  DescentError,
  isJoin,
  isTemplateOf,
  namesIn,
  packRows,
  plural,
  predictsClasses,
  readingNames,
  readRowNumbers,
  selections,
  splits,
  targetsOf,
  templatesFor,
  withEffort,
  withTargetColumns,
  withTaskOfLabels,
  withTemplate,
  withReading,
  withTestFile,
  type Column,
  type DataKind,
  type Profile,
  type Reading,
  type Receipt,
  type Recipe,
  type ShapingStep,
  type Template,
} from '../../contract/index.ts'
import { unitOf } from '../explore/findings.ts'
import { largeFrom } from '../explore/profile.ts'
import { readRegularFile } from '../inputs/regular-file.ts'
import { inWorker } from '../jobs/once.ts'
import type { DatasetSource } from '../jobs/source.ts'
import {
  kindOf,
  plainContext,
  locate,
  namedTargets,
  withNote,
  type DataFolder,
  type ImportRequest,
  type ReadContext,
  type ValidateOptions,
} from '../kinds/index.ts'
import { connectedTo, isAddress, withFetched, withoutSecrets, type Rest } from '../remote/index.ts'
import { prepareData, type Prepared } from '../prepare/prepare-data.ts'
import type { DataCommand } from './args.ts'
import { describeFirstLook } from './first-look.ts'
import { recipeInReport } from '../evaluate/report/reproduce.ts'
import { isRecipe } from './is-recipe.ts'
import { refuseEarly } from '../recipes/early-settings.ts'
import { applyOverrides, checkRecipe } from '../recipes/overrides.ts'
import { picturesInSet, readingInSet } from './reading.ts'
import { tell } from './for-terminal.ts'

export interface OpenedData {
  readonly recipe: Recipe
  /** Nobody chose the network: it is the one that such data start with. */
  readonly startsUsual: boolean
  readonly receipt: Receipt
  readonly rows: number
  readonly columns: Column[]
  readonly place: DataFolder
  readonly context: ReadContext
}

/** That of 20,000 columns is 2 MB. */
const longestRecipe = 64 * 1024 * 1024

/** null: the input is data. */
async function readRecipe(path: string): Promise<Recipe | null> {
  const ending = extname(path).toLowerCase()
  const isReport = ending === '.html' || ending === '.htm'
  if (isAddress(path) || !(isReport || ending === '.json')) return null
  const at = await stat(path).catch(() => null)
  if (at !== null && (!at.isFile() || at.size > longestRecipe)) return null
  const bytes = await readRegularFile(path, { most: longestRecipe, what: 'a recipe' })
  const text = new TextDecoder().decode(bytes)
  const written = isReport ? recipeInReport(text) : text
  if (written === null)
    throw new DescentError(
      'badData',
      `${path} is a page without a recipe in it. A report that Descent wrote has one, as long as nobody changed it; otherwise give the data, or a recipe.json.`,
      'path',
    )
  let value: unknown
  try {
    value = JSON.parse(written)
  } catch {
    // Damaged or in lines: its reader says which.
    return null
  }
  return isRecipe(value) ? checkRecipe(value, `The recipe ${path} is not valid`) : null
}

/** What the flags change in a recipe. */
function settle(command: DataCommand, recipe: Recipe): Recipe {
  const changed = structuredClone(recipe)
  changed.seed = command.seed ?? recipe.seed
  if ('seed' in changed.split) changed.split.seed = command.seed ?? changed.split.seed
  changed.backend = command.backend ?? recipe.backend
  changed.training.epochs = command.epochs ?? recipe.training.epochs
  changed.data.rows = command.rows ?? recipe.data.rows
  if (command.select !== null)
    changed.selection = begin(selections, bestFeatures.name, { count: command.select })
  const settled = applyOverrides(changed, command.set)
  const { weights } = settled
  // The recipe is kept, and run again from elsewhere.
  const whole = <T extends object>(chosen: T): T =>
    'path' in chosen && typeof chosen.path === 'string' && chosen.path !== ''
      ? { ...chosen, path: resolve(chosen.path) }
      : chosen
  return {
    ...settled,
    augment: settled.augment.map(whole),
    ...(weights !== undefined && { weights: whole(weights) }),
  }
}

/** The kind that only this network reads; null where the data has to tell. */
function kindFor(model: Template | null): DataKind | null {
  const reading = dataKindSchema.options.filter((kind) => model !== null && isTemplateOf(kind, model))
  return reading.length === 1 ? (reading[0] ?? null) : null
}

const kindNames: Record<DataKind, string> = { table: 'a table', images: 'images', text: 'text' }

function withModel(recipe: Recipe, model: Template | null, input: string, rows: number): Recipe {
  if (model === null) return recipe
  const changed = withTemplate(recipe, model, rows)
  if (changed !== null) return changed
  const names = namesIn(templatesFor[recipe.kind]).join(' or ')
  throw new DescentError(
    'badRecipe',
    `${input} is ${kindNames[recipe.kind]}, which ${model} does not read. Use --model ${names}.`,
  )
}

function withTarget(recipe: Recipe, command: DataCommand, rows: number): Recipe {
  if (recipe.kind === 'table') {
    const targets = targetsOf(recipe.data.columns).map(({ name }) => name)
    return withTargetColumns(recipe, targets, command.task ?? recipe.task, rows)
  }
  if (command.target !== null)
    throw new DescentError(
      'badRecipe',
      `--target is for tables: of ${recipe.kind} the label is always what is predicted.`,
    )
  return command.task === null ? recipe : withTaskOfLabels(recipe, command.task)
}

/** `options`: what a recipe may lack. */
export async function openData(
  command: DataCommand,
  scratch: string,
  options: ValidateOptions = {},
): Promise<OpenedData> {
  const given = await readRecipe(command.input)
  const named = given?.data.source.path ?? command.input
  if (isAddress(named)) return await openFetched(command, named, scratch, given, options)
  return await openPath(command, resolve(named), scratch, given, options)
}

/** The recipe keeps the address, so that it can be followed again. */
async function openFetched(
  command: DataCommand,
  address: string,
  scratch: string,
  given: Recipe | null,
  options: ValidateOptions,
): Promise<OpenedData> {
  const context = { ...plainContext, limits: command.limits }
  const from = await connectedTo({ path: address }, command.mirror)
  if (from !== null) tell(`Fetching ${from}\n`)
  const reading = withSaid(given?.kind === 'table' ? given.data.source : {}, saidOf(command))
  const { read } = await withFetched(
    { ...reading, path: address, mirror: command.mirror },
    join(scratch, 'try'),
    context,
    (path, _, rest) => openPath(command, path, scratch, given, options, rest),
    { passing: true },
  )
  const { recipe, receipt } = read
  const kept = withoutSecrets(address)
  const source = { ...recipe.data.source, path: kept }
  return {
    ...read,
    receipt: { ...receipt, path: kept },
    recipe: { ...recipe, data: { ...recipe.data, source } } as Recipe,
  }
}

async function openPath(
  command: DataCommand,
  named: string,
  scratch: string,
  given: Recipe | null,
  options: ValidateOptions,
  { usual, ...rest }: Rest = {},
): Promise<OpenedData> {
  const context: ReadContext = {
    ...plainContext,
    limits: command.limits,
    firstLook: (look) => tell(describeFirstLook(named, look)),
  }
  const at = await locate(
    named,
    { kind: given?.kind ?? kindFor(command.model), targets: namedTargets(command.target ?? undefined) },
    scratch,
    context,
  )
  const { kind, path } = at
  if (given !== null && given.kind !== kind)
    throw new DescentError(
      'badRecipe',
      `The recipe ${command.input} is for ${kindNames[given.kind]}, but ${path} is ${kindNames[kind]}.`,
    )
  refuseEarly(kind, command, given)
  const said = saidOf(command)
  if (kind !== 'table' && command.shape.length > 0)
    throw new DescentError(
      'badRecipe',
      `${path} is ${kindNames[kind]}: --filter, --derive and --join are for tables.`,
    )
  if (kind !== 'table' && Object.keys(said).length > 0)
    throw new DescentError(
      'badRecipe',
      `${path} is ${kindNames[kind]}: --${Object.keys(said)[0]} and its like are for tables.`,
    )
  const { test } = command
  if (kind !== 'table' && (test ?? command.trainRows ?? command.testRows) !== null)
    throw new DescentError(
      'badRecipe',
      `${path} is ${kindNames[kind]}: --test and lists of rows are for tables. Files of images or text say by their names which test.`,
    )
  const place = { folder: scratch, id: 'data' }
  const targets = given && targetsOf(given.data.columns).map(({ name }) => name)
  const target = command.target ?? (targets && targets.length > 0 ? targets : (usual?.target ?? at.target))
  const {
    receipt,
    rows,
    columns,
    recipe: inferred,
  } = withNote(
    await kindOf(kind).import(
      {
        ...given?.data.source,
        ...said,
        ...rest,
        ...shapeFor(command, given),
        ...picturesFor(command, given),
        path,
        target,
        usual,
        ...(test !== null && { test: resolve(test) }),
      },
      place,
      context,
    ),
    at,
  )
  const wanted =
    given === null || command.target === null ? (given ?? inferred) : retargeted(given, inferred, rows)
  const chosen = await splitAs(shapedAs(readAs(wanted, said), inferred, command), command)
  const targeted = withSensitive(withTarget(chosen, command, rows), command)
  const recipe = settle(
    command,
    withModel(asMuchAs(targeted, command, rows), command.model, command.input, rows),
  )
  checkLists(command, chosen, recipe)
  kindOf(kind).validate(recipe, { columns, receipt }, options)
  const startsUsual =
    given === null && command.model === null && recipe.model.template === inferred.model.template
  return { recipe, startsUsual, receipt, rows, columns, place, context }
}

/** With the network and the training of an effort that is asked for. */
function asMuchAs(recipe: Recipe, { effort }: DataCommand, rows: number): Recipe {
  if (effort === null) return recipe
  if (recipe.kind !== 'table')
    throw new DescentError(
      'badRecipe',
      `--effort is for tables: of ${recipe.kind} choose the network with --model and the length with --epochs.`,
    )
  return withEffort(recipe, effort, rows)
}

/** The columns that are named are marked; those that a recipe marks stay so. */
function withSensitive(recipe: Recipe, { sensitive }: DataCommand): Recipe {
  if (sensitive.length === 0) return recipe
  if (recipe.kind !== 'table')
    throw new DescentError('badRecipe', `--sensitive is for columns of tables, not for ${recipe.kind}.`)
  const { columns } = recipe.data
  for (const name of sensitive) {
    const column = columns.find((one) => one.name === name)
    if (column === undefined)
      throw new DescentError(
        'badRecipe',
        `--sensitive: the table has no column “${name}”. It has ${columns.map((one) => one.name).join(', ')}.`,
        'data.columns',
      )
    if (column.role === 'target')
      throw new DescentError(
        'badRecipe',
        `--sensitive: “${name}” is the target, which is told for each group of another column.`,
        'data.columns',
      )
  }
  const marked = columns.map((one) => (sensitive.includes(one.name) ? { ...one, sensitive: true } : one))
  return { ...recipe, data: { ...recipe.data, columns: marked } }
}

/** What the command says about reading the file, by flags or by --set. */
function saidOf(command: DataCommand): Partial<Reading> & { missingValues?: string[] } {
  const set = readingInSet(command.set)
  const missing = command.missing ?? set.missing
  return { ...set.reading, ...command.reading, ...(missing && { missingValues: [...missing] }) }
}

const withSaid = (before: Partial<Reading>, said: Partial<Reading>): Partial<Reading> =>
  readingNames.reduce((reading, name) => {
    const value = said[name]
    return value === undefined ? reading : withReading(reading, name, value)
  }, before)

/** What the command says about the test, besides --set. */
async function splitAs(recipe: Recipe, { test, trainRows, testRows }: DataCommand): Promise<Recipe> {
  if (recipe.kind !== 'table') return recipe
  if (test !== null) return withTestFile(recipe, resolve(test))
  if (trainRows === null && testRows === null) return recipe
  if (recipe.data.source.test !== undefined)
    throw new DescentError(
      'badRecipe',
      `The recipe names the test file ${recipe.data.source.test}: the test is either that or listed rows, not both. Leave out the lists, or take the test file out of the recipe.`,
      'split.method',
    )
  const [train, tested] = [await readRows(trainRows), await readRows(testRows)]
  const drawn = { stratify: predictsClasses(recipe.task), validation: 0.15 }
  return { ...recipe, split: begin(splits, byRowNumbers.name, { train, test: tested, ...drawn }) }
}

/** Lists of rows that --set would put aside are not to be lost without a word. */
function checkLists({ trainRows, testRows }: DataCommand, asked: Recipe, { split }: Recipe): void {
  if (trainRows === null && testRows === null) return
  const listed = asked.split
  const kept =
    listed.method === byRowNumbers.name &&
    split.method === byRowNumbers.name &&
    split.train === listed.train &&
    split.test === listed.test
  if (!kept)
    throw new DescentError(
      'badRecipe',
      `Lists of rows say which rows test, and --set says another split (${split.method}): leave out one of them.`,
      'split.method',
    )
}

/** Ten million row numbers. */
const longestRows = 256 * 1024 * 1024

async function readRows(path: string | null): Promise<string> {
  if (path === null) return ''
  const bytes = await readRegularFile(resolve(path), { most: longestRows, what: 'a list of rows' })
  const read = readRowNumbers(new TextDecoder().decode(bytes))
  if ('problem' in read) throw new DescentError('badData', `${path}: ${read.problem}`, 'split')
  return packRows(read.rows)
}

/** What the command says of pictures, over what the recipe says. */
function picturesFor({ set }: DataCommand, given: Recipe | null): Pick<ImportRequest, 'pictures'> {
  const said = picturesInSet(set)
  const source = given?.data.source
  const before = source !== undefined && 'pictures' in source ? source.pictures : undefined
  return before === undefined && Object.keys(said).length === 0 ? {} : { pictures: { ...before, ...said } }
}

/** The steps of the command come after those of the recipe; how columns were understood is found out where they are new. */
function shapeFor({ shape }: DataCommand, given: Recipe | null): Pick<ImportRequest, 'shape' | 'asRead'> {
  const before = given?.kind === 'table' ? given.data.source : null
  const far = shape.find((step) => isJoin(step) && isAddress(step.path))
  if (far !== undefined && isJoin(far))
    throw new DescentError(
      'badRecipe',
      `--join takes a file on this machine: fetch ${withoutSecrets(far.path)} first, e.g. by “descent convert”, and join what that writes.`,
      'shape',
    )
  const further = shape.map((step) => (isJoin(step) ? { ...step, path: resolve(step.path) } : step))
  return {
    shape: [...(before?.shape ?? []), ...further],
    ...(before?.asRead && { asRead: before.asRead }),
  }
}

/** With the steps of its data, and what they found out. */
function shapedAs(recipe: Recipe, imported: Recipe, { shape: further }: DataCommand): Recipe {
  if (recipe.kind !== 'table' || imported.kind !== 'table') return recipe
  const { shape, asRead, joined } = imported.data.source
  const { shape: _, asRead: __, joined: ___, ...source } = recipe.data.source
  const shaped = { ...(shape && { shape }), ...(asRead && { asRead }), ...(joined && { joined }) }
  const known = new Set(recipe.data.columns.map(({ name }) => name))
  const given = imported.data.columns.flatMap((one): Column[] =>
    known.has(one.name) || !further.some((step) => gives(step, one.name))
      ? []
      : [{ ...one, role: one.role === 'target' ? 'feature' : one.role }],
  )
  const columns = [...recipe.data.columns, ...given]
  return { ...recipe, data: { ...recipe.data, columns, source: { ...source, ...shaped } } }
}

/** Whoever adds a step to a recipe wants what it gives, which the recipe cannot name yet. */
function gives(step: ShapingStep, name: string): boolean {
  if (isJoin(step)) return name.startsWith(step.prefix)
  return 'expression' in step && step.as === name
}

const readAs = (recipe: Recipe, said: Partial<Reading>): Recipe =>
  recipe.kind === 'table'
    ? { ...recipe, data: { ...recipe.data, source: { ...recipe.data.source, ...said } } }
    : recipe

/** A recipe from a file, with the target that was asked for; its task where that fits, else what the values say. */
function retargeted(given: Recipe, inferred: Recipe, rows: number): Recipe {
  if (given.kind !== 'table') return given
  const targets = targetsOf(inferred.data.columns).map(({ name }) => name)
  return withTargetColumns(given, targets, given.task, rows, inferred.target.separator)
}

export const prepareOpened = async ({ recipe, receipt, place, context }: OpenedData): Promise<Prepared> =>
  prepareData(await kindOf(recipe.kind).read(place, receipt, recipe, context), recipe)

/** What is told before a training. */
export type Glance = Pick<Profile, 'alerts' | 'sampled'>

/** Of a large table by a part of its rows, as the window shows it at first, while this process prepares all of them. */
export const glanceAt = (data: OpenedData): Promise<Glance> =>
  data.recipe.kind === 'table' && data.rows >= largeFrom
    ? inWorker(
        'glance',
        { source: sourceOf(data), drawn: false },
        { scratch: data.place.folder, ...data.context },
      )
    : profileData(data, false)

export const sourceOf = ({ place, receipt, rows, columns, recipe }: OpenedData): DatasetSource => ({
  folder: place.folder,
  files: [],
  dataset: { id: place.id, receipt, rows, columns },
  recipe,
})

/** `drawn`: with pictures, of which a terminal shows none. */
export const profileData = (data: OpenedData, drawn = true): Promise<Profile> =>
  kindOf(data.recipe.kind).profile(
    data.place,
    { id: data.place.id, ...data },
    data.recipe,
    data.context,
    drawn,
  )

/** “891 rows, 15 columns”, “5,952 texts”. */
export const sizeOf = ({ receipt, recipe: { kind, data } }: OpenedData): string =>
  kind === 'table'
    ? `${plural(receipt.rowsRead, 'row')}, ${plural(data.columns.length, 'column')}`
    : plural(receipt.rowsRead, unitOf[kind])
