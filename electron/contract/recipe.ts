/**
 * The Recipe: the one declarative, versioned document that every step of the workflow edits.
 * A run is recipe + data hash + seed + engine version + device, and can be replayed from these.
 */
import { z } from 'zod'
import type { DataKind } from './data-kind.ts'
import { columnSchema, type Column } from './column.ts'
import {
  allFeatures,
  augmentations,
  begin,
  calibrationOptions,
  classification,
  classWeights,
  columnsOf,
  defaultGroups,
  defaultTarget,
  efforts,
  encoders,
  first,
  given,
  familySchema,
  fittingGroups,
  groupSchema,
  imbalanceRemedies,
  isOfTexts,
  lengthOptions,
  losses,
  memberOf,
  namesIn,
  multilabel,
  networksFor,
  optimizers,
  parameterRules,
  precisionOptions,
  predictsClasses,
  predictsOneClass,
  preparationProblems,
  random,
  rangeOptions,
  regression,
  pictureOptions,
  readPictures,
  readingOptions,
  schedules,
  selections,
  shaping,
  splitProblems,
  splits,
  shapeOf,
  startsOf,
  targetProblems,
  stepOptions,
  stoppingOptions,
  targetSchema,
  taskOf,
  taskSchema,
  tasks,
  templates,
  templatesFor,
  textsTooShort,
  weightsProblem,
  weightStarts,
  withTargets,
  upgradeReading,
  usualEffort,
  tokenLimits,
  type ImbalanceRemedy,
  type PictureReading,
  type Loss,
  type Effort,
  type Split,
  type Task,
  type Template,
} from './definitions/index.ts'
import { budgetSchema } from './budget.ts'
import { tableStart } from './table-start.ts'
import { modelFor, trainingFor, trainingWith } from './template-start.ts'
import { upgradeRecipe } from './upgrades.ts'
import { targetsOf } from './targets.ts'

export const recipeVersion = 5

// What a recipe may hold is made when one is first read, and not when a program starts that has these words in it: of the time
// until a window stands, making schemas that nobody had asked yet was a good part.

export const trainingSchema = z.lazy(() =>
  z.strictObject({
    loss: familySchema(losses),
    optimizer: familySchema(optimizers),
    schedule: familySchema(schedules),
    ...shapeOf(lengthOptions),
    ...shapeOf(precisionOptions),
    ...shapeOf(stepOptions),
    ...shapeOf(calibrationOptions),
    ...shapeOf(rangeOptions),
    /** Parameters that are moved otherwise than the rest, in this order. */
    parameters: z.array(familySchema(parameterRules)).max(100).default([]),
    /** Stop after `patience` epochs in which the validation loss fell by less than `minDelta`; null trains to the end. */
    earlyStopping: z.strictObject(shapeOf(stoppingOptions)).nullable(),
  }),
)
export type Training = z.infer<typeof trainingSchema>

/** `reference` is the slow, exact float64 interpreter: for checks, offered by the command line only. */
export const backendSchema = z.enum(['auto', 'wasm', 'webgpu', 'reference'])
export type Backend = z.infer<typeof backendSchema>

/** A column of a table as it was read, before any step. */
export const asReadSchema = z.lazy(() => columnSchema.omit({ role: true }))
export type AsRead = z.infer<typeof asReadSchema>

/** A second table that a step joins, as it is kept. */
export const joinedSchema = z.lazy(() =>
  z.strictObject({
    /** As the step names it. */
    path: z.string(),
    /** Of what is kept, hex: its name. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    /** Of the file that it was read from. */
    sourceSha256: z.string(),
    rows: z.int(),
    bytes: z.number(),
  }),
)
export type Joined = z.infer<typeof joinedSchema>

/** How pictures were read that lie in files of their own; absent: there are none. */
const pictures = () =>
  z.preprocess(readPictures, z.strictObject(shapeOf(pictureOptions)).optional()).optional()

export const dataSourceSchema = z.lazy(() =>
  z.preprocess(
    upgradeReading,
    z.strictObject({
      /** Absolute path of the CSV/TSV file this data came from. */
      path: z.string().min(1),
      /** Of the file of its own that the test rows came from; absent: there is none. */
      test: z.string().min(1).optional(),
      ...shapeOf(readingOptions),
      /** Spellings read as missing, besides the empty field. */
      missingValues: z.array(z.string()),
      /** What becomes of the table once it is read, in this order; absent: nothing. */
      shape: z.array(familySchema(shaping)).max(100).optional(),
      /** How the columns were understood that these steps look at, so that they mean the same in every file. Absent: it is found out. */
      asRead: z.array(asReadSchema).optional(),
      /** The second tables of these steps, as they are kept with the data and with models; absent: there are none. */
      joined: z.array(joinedSchema).optional(),
      pictures: pictures(),
    }),
  ),
)
export type DataSource = z.infer<typeof dataSourceSchema>

const pathSource = () =>
  z.strictObject({
    /** Absolute path of the folder or file this data came from. */
    path: z.string().min(1),
  })
const imagesSource = () => pathSource().extend({ pictures: pictures() })

/** The test rows came from a file of their own: they are the test. */
export const withTestFile = (recipe: TableRecipe, path: string): TableRecipe => ({
  ...recipe,
  data: { ...recipe.data, source: { ...recipe.data.source, test: path } },
  split: begin(splits, given.name, { validation: 0.15, stratify: predictsClasses(recipe.task) }),
})

/** What the recipes of all kinds have in common. */
const common = () => ({
  version: z.literal(recipeVersion),
  /** Groups of columns, each with what its columns go through on their way to the network. */
  prepare: z.array(groupSchema).min(1),
  target: targetSchema,
  /** Which of the features are used; absent: all of them. */
  selection: familySchema(selections).optional(),
  split: familySchema(splits),
  imbalance: familySchema(imbalanceRemedies),
  /** What happens to training images or texts, in this order. */
  augment: z.array(familySchema(augmentations)).max(20),
  /** What the weights are before the first step. Absent: drawn at random. */
  weights: familySchema(weightStarts).optional(),
  training: trainingSchema,
  /** How large the model may become, and how long it may take to answer; absent: nothing is limited. */
  budget: budgetSchema.optional(),
  /** Seeds weights, dropout, augmentation and shuffling. The split has its own, so that runs stay comparable. */
  seed: z.int().min(0),
  backend: backendSchema,
})
/** Use only so many examples, drawn by the split's seed, for a quick try. Given test files are used whole. null: all. */
const rows = () => z.int().min(3).nullable()
/** The network learns from this share of the training rows, drawn by the recipe's seed; absent: from all. */
const trainShare = () => z.number().gt(0).max(1).optional()
const columns = () => z.array(columnSchema).min(1)

export const tableRecipeSchema = z.lazy(() =>
  z.strictObject({
    ...common(),
    kind: z.literal('table'),
    data: z.strictObject({
      source: dataSourceSchema,
      columns: columns(),
      rows: rows(),
      trainShare: trainShare(),
    }),
    task: taskSchema,
    model: familySchema(networksFor.table),
  }),
)
export type TableRecipe = z.infer<typeof tableRecipeSchema>

export const imagesRecipeSchema = z.lazy(() =>
  z.strictObject({
    ...common(),
    kind: z.literal('images'),
    data: z.strictObject({
      source: imagesSource(),
      columns: columns(),
      rows: rows(),
      trainShare: trainShare(),
    }),
    task: taskSchema,
    model: familySchema(networksFor.images),
  }),
)
export type ImagesRecipe = z.infer<typeof imagesRecipeSchema>

export const textRecipeSchema = z.lazy(() =>
  z.strictObject({
    ...common(),
    kind: z.literal('text'),
    data: z.strictObject({
      source: pathSource(),
      columns: columns(),
      rows: rows(),
      trainShare: trainShare(),
    }),
    task: taskSchema,
    model: familySchema(networksFor.text),
  }),
)
export type TextRecipe = z.infer<typeof textRecipeSchema>

/** What stands against a recipe whose parts are right by themselves. */
function problemsOf({
  task,
  training: { loss, calibration, range },
  prepare,
  target,
  imbalance,
  data,
  model,
  augment,
  kind,
  split,
  selection,
  weights,
}: AnyRecipe) {
  const problems: { message: string; path: (string | number)[] }[] = [
    ...preparationProblems(prepare, data.columns),
    ...targetProblems(target, task),
    ...splitProblems(split, data.columns, kind),
  ]
  const unnamed = weightsProblem(weights)
  if (unnamed) problems.push({ message: unnamed.message, path: ['weights', unnamed.option] })
  const fitting = lossesFor(task)
  if (!fitting.includes(loss.name))
    problems.push({
      message: `The loss “${loss.name}” is not for ${task}: it is one of ${fitting.join(', ')}.`,
      path: ['training', 'loss', 'name'],
    })
  if (calibration !== calibrationOptions.calibration.start && !predictsOneClass(task))
    problems.push({
      message: `The task “${taskOf(task).label}” has no probabilities of one class out of several: set the calibration to ${calibrationOptions.calibration.start}.`,
      path: ['training', 'calibration'],
    })
  if (range !== rangeOptions.range.start && task !== regression.name)
    problems.push({
      message: `The task “${taskOf(task).label}” predicts no numbers that could be held within a range: set the range to ${rangeOptions.range.start}.`,
      path: ['training', 'range'],
    })
  for (const limit of tokenLimits(prepare)) {
    const found = textsTooShort(model, limit)
    if (found) problems.push({ message: found.message, path: ['model', found.option] })
  }
  if (!fitsRemedy(task, imbalance))
    problems.push({
      message:
        task === multilabel.name
          ? `“${memberOf(imbalanceRemedies, imbalance.remedy).label}” counts rows by their class, and a row may have several labels: choose “${classWeights.label}”.`
          : `“${memberOf(imbalanceRemedies, imbalance.remedy).label}” is for classes and labels; numbers have none.`,
      path: ['imbalance', 'remedy'],
    })
  if (selection !== undefined && selection.keep !== allFeatures.name && kind !== 'table')
    problems.push({
      message: 'Features are selected of tables only.',
      path: ['selection', 'keep'],
    })
  problems.push(...augmentationProblems(augment, kind, prepare, data.columns))
  return problems
}

/** Pictures are changed of images; words of texts that are read word by word. */
function augmentationProblems(
  augment: AnyRecipe['augment'],
  kind: DataKind,
  groups: AnyRecipe['prepare'],
  columns: readonly Column[],
): { message: string; path: (string | number)[] }[] {
  const readsWords = groups.some(
    (group) =>
      memberOf(encoders, group.encoder.encoder).into === 'tokens' &&
      columnsOf(groups, group, columns).length > 0,
  )
  return augment.flatMap((chosen, i) => {
    const { label } = memberOf(augmentations, chosen.augmentation)
    const path = ['augment', i, 'augmentation']
    if ('path' in chosen && chosen.path.trim() === '')
      return [
        { message: `“${label}” needs its list: name the file that has it.`, path: ['augment', i, 'path'] },
      ]
    if (isOfTexts(chosen))
      return readsWords
        ? []
        : [
            {
              message: `“${label}” changes texts that are read word by word, and there are none here. Leave it out.`,
              path,
            },
          ]
    return kind === 'images'
      ? []
      : [{ message: `“${label}” is for data of pictures only, as yet. Leave it out.`, path }]
  })
}

const anyRecipe = () =>
  z.discriminatedUnion('kind', [tableRecipeSchema, imagesRecipeSchema, textRecipeSchema])
type AnyRecipe = z.infer<ReturnType<typeof anyRecipe>>

export const recipeSchema = z.lazy(() =>
  anyRecipe().superRefine((recipe, context) => {
    for (const { message, path } of problemsOf(recipe)) context.addIssue({ code: 'custom', message, path })
  }),
)
export type Recipe = z.infer<typeof recipeSchema>
export type RecipeOf<K extends DataKind> = Extract<Recipe, { kind: K }>

/** For recipes from disk, which may be older than this program. */
export const storedRecipeSchema = z.preprocess(upgradeRecipe, recipeSchema)

/** The losses that compare what a network for this task gives; the first is the one to start with. */
export const lossesFor = (task: Task): Loss['name'][] =>
  losses.members.filter(({ tasks }) => tasks.some((one) => one === task)).map(({ name }) => name)

/** Whether the remedy has something to work on. */
const fitsRemedy = (task: Task, { remedy }: ImbalanceRemedy): boolean => {
  const member = memberOf(imbalanceRemedies, remedy)
  if ('oneClass' in member && task === multilabel.name) return false
  return predictsClasses(task) || !('ofClasses' in member)
}

/** Those that have something to work on. */
export const remediesFor = (task: Task): ImbalanceRemedy['remedy'][] =>
  namesIn(imbalanceRemedies).filter((remedy) => fitsRemedy(task, { remedy } as ImbalanceRemedy))

/** The loss that a task starts with. */
export const lossFor = (task: Task): Loss => begin(losses, lossesFor(task)[0]!)

/** The recipe with labels that are listed so; null: each has a column of its own. */
export const withSeparator = <R extends AnyRecipe>(recipe: R, separator: string | null): R =>
  recipe.target.separator === separator ? recipe : { ...recipe, target: { ...recipe.target, separator } }

/** The recipe with these columns as its target, and what follows from that. `separator`: of the labels that they list, as it was found. */
export function withTargetColumns(
  recipe: TableRecipe,
  names: readonly string[],
  task: Task,
  rows: number,
  separator: string | null = null,
): TableRecipe {
  const { columns: before } = recipe.data
  const columns = withTargets(before, names, task)
  const same = targetsOf(before).map(({ name }) => name)
  const kept = same.length === names.length && same.every((name) => names.includes(name))
  const changed = {
    ...recipe,
    data: { ...recipe.data, columns },
    prepare: fittingGroups(recipe.prepare, columns),
  }
  const moved = kept ? changed : { ...changed, target: { ...recipe.target, classes: null, separator: null } }
  const tasked = withTask(moved, task, rows)
  // What a person set for the same labels stays.
  const set = kept && recipe.task === task && recipe.target.separator !== null
  return set || !taskOf(task).listed ? tasked : withSeparator(tasked, separator)
}

/**
 * The recipe for another task, with a loss that fits it. `rows`: of the table; where network and training are what it starts with,
 * they become what it starts with for the new task.
 */
export function withTask(recipe: TableRecipe, task: Task, rows: number): TableRecipe {
  if (recipe.task === task) return recipe
  const effort = effortOf(recipe, rows)
  const changed = withOtherTask(recipe, task)
  return effort === null ? changed : withEffort(changed, effort, rows)
}

/** What can be learned of the label of images and texts, which is text. */
export const tasksOfLabels: readonly Task[] = namesIn(tasks).filter(predictsClasses)

/** The same of images and texts, whose one target is the label. `separator`: of the labels that it lists; null: it is one. */
export const withTaskOfLabels = <R extends ImagesRecipe | TextRecipe>(
  recipe: R,
  task: Task,
  separator: string | null = null,
): R =>
  recipe.task === task
    ? recipe
    : withSeparator(withOtherTask(recipe, task), taskOf(task).listed ? separator : null)

function withOtherTask<R extends AnyRecipe>(recipe: R, task: Task): R {
  const { training, split } = recipe
  const loss = lossesFor(task).includes(training.loss.name) ? training.loss : lossFor(task)
  return {
    ...recipe,
    task,
    target: defaultTarget(task),
    imbalance: fitsRemedy(task, recipe.imbalance) ? recipe.imbalance : first(imbalanceRemedies),
    training: { ...training, loss, ...fittingOutputs(training, task) },
    split: 'stratify' in split ? { ...split, stratify: predictsClasses(task) } : split,
  }
}

/** What is done with outputs, where the task has such outputs; else nothing. */
const fittingOutputs = (
  { calibration, range }: Pick<Training, 'calibration' | 'range'>,
  task: Task,
): Pick<Training, 'calibration' | 'range'> => ({
  calibration: predictsOneClass(task) ? calibration : calibrationOptions.calibration.start,
  range: task === regression.name ? range : rangeOptions.range.start,
})

export const outputStarts = { ...startsOf(calibrationOptions), ...startsOf(rangeOptions) }

/** What is read as missing unless the user says otherwise. */
export const defaultMissingValues = ['?', 'NA', 'N/A', 'na', 'n/a', 'NaN', 'nan', 'null', 'NULL', 'None', '-']

/** The recipe a new table starts from, once it has been imported. `rows` sizes batch and network. */
export function defaultRecipe(
  source: DataSource,
  columns: Column[],
  task: Task,
  rows: number,
  effort: Effort = usualEffort,
): TableRecipe {
  const { model, training } = tableStart(effort, { rows, task })
  return {
    version: recipeVersion,
    kind: 'table',
    data: { source, columns, rows: null },
    task,
    prepare: fittingGroups(
      [defaultGroups.number(), defaultGroups.category(), defaultGroups.date(), defaultGroups.text()],
      columns,
    ),
    target: defaultTarget(task),
    imbalance: first(imbalanceRemedies),
    augment: [],
    split: begin(splits, random.name, { stratify: predictsClasses(task) }),
    model,
    training: {
      loss: lossFor(task),
      precision: 'highest',
      ...startsOf(stepOptions),
      ...outputStarts,
      ...training,
    },
    seed: 0,
    backend: 'auto',
  }
}

export const isTemplateOf = (kind: DataKind, template: Template): boolean =>
  templatesFor[kind].members.some(({ name }) => name === template)

/** The recipe with the network and the training that an effort gives a table of so many rows; the rest stays. */
export function withEffort(recipe: TableRecipe, effort: Effort, rows: number): TableRecipe {
  const { model, training } = tableStart(effort, { rows, task: recipe.task })
  return { ...recipe, model, training: { ...recipe.training, ...training } }
}

/** The effort whose network and training a recipe has; null: something was chosen otherwise. */
export const effortOf = (recipe: TableRecipe, rows: number): Effort | null =>
  namesIn(efforts).find((effort) => {
    const { model, training } = withEffort(recipe, effort, rows)
    return JSON.stringify([recipe.model, recipe.training]) === JSON.stringify([model, training])
  }) ?? null

/**
 * The recipe with another network, and the training that goes with it; null where this kind of data has no such network.
 * `rows`: of the data.
 */
export function withTemplate(recipe: Recipe, template: Template, rows: number): Recipe | null {
  if (recipe.model.template === template) return recipe
  if (!isTemplateOf(recipe.kind, template)) return null
  return recipeSchema.parse(
    recipe.kind === 'table'
      ? {
          ...recipe,
          training: trainingFor(recipe, template, rows),
          model: modelFor(recipe, template, rows),
        }
      : {
          ...recipe,
          training: trainingWith(recipe, usualTraining[recipe.kind](), template),
          model: begin(templates, template),
        },
  )
}

const heldOut = (givenTest: boolean): Split =>
  givenTest
    ? begin(splits, given.name)
    : begin(splits, random.name, { train: 0.75, validation: 0.1, test: 0.15 })

/** Of networks that bring no training of their own. */
const usualTraining: Readonly<Record<'images' | 'text', () => Training>> = {
  images: () => ({
    ...labeledTraining(),
    epochs: 15,
    batchSize: 64,
    earlyStopping: { patience: 5, minDelta: 1e-4 },
  }),
  text: () => ({
    ...labeledTraining(),
    epochs: 20,
    batchSize: 50,
    earlyStopping: { patience: 6, minDelta: 1e-4 },
  }),
}
const labeledTraining = () => ({
  loss: lossFor(classification.name),
  optimizer: first(optimizers),
  schedule: first(schedules),
  precision: 'highest' as const,
  ...startsOf(stepOptions),
  ...outputStarts,
  parameters: [],
})

/** The recipe a folder of images starts from. `givenTest`: it came with test files of its own. */
export function defaultImagesRecipe(
  path: string,
  columns: Column[],
  givenTest: boolean,
  pictures?: PictureReading,
): ImagesRecipe {
  return {
    version: recipeVersion,
    kind: 'images',
    data: { source: { path, ...(pictures && { pictures: { ...pictures } }) }, columns, rows: null },
    task: classification.name,
    prepare: [defaultGroups.image()],
    target: defaultTarget(classification.name),
    imbalance: first(imbalanceRemedies),
    augment: [],
    split: heldOut(givenTest),
    model: first(templatesFor.images),
    training: usualTraining.images(),
    seed: 0,
    backend: 'auto',
  }
}

/** The recipe that lines of `label text` start from. */
export function defaultTextRecipe(path: string, columns: Column[], givenTest: boolean): TextRecipe {
  return {
    version: recipeVersion,
    kind: 'text',
    data: { source: { path }, columns, rows: null },
    task: classification.name,
    prepare: [defaultGroups.text()],
    target: defaultTarget(classification.name),
    imbalance: first(imbalanceRemedies),
    augment: [],
    split: heldOut(givenTest),
    model: first(templatesFor.text),
    training: usualTraining.text(),
    seed: 0,
    backend: 'auto',
  }
}
