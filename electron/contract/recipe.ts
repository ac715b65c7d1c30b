/**
 * The Recipe: the one declarative, versioned document that every step of the workflow edits.
 * A run is recipe + data hash + seed + engine version + device, and can be replayed from these.
 */
import { z } from 'zod'
import type { DataKind } from './data-kind.ts'
import { taskSchema, type Task } from './task.ts'
import { columnSchema, type Column } from './column.ts'
import {
  augmentations,
  begin,
  defaultGroups,
  defaultTargetSteps,
  first,
  familySchema,
  groupSchema,
  imbalanceRemedies,
  lengthOptions,
  losses,
  networksFor,
  optimizers,
  precisionOptions,
  preparationProblems,
  schedules,
  shapeOf,
  targetProblems,
  stoppingOptions,
  targetSchema,
  templates,
  templatesFor,
  textsTooShort,
  tokenLimits,
  type Loss,
  type Template,
} from './definitions/index.ts'
import { upgradeRecipe } from './upgrades.ts'

export const recipeVersion = 4

const fraction = z.number().gt(0).lt(1)
export const splitSchema = z
  .strictObject({
    train: fraction,
    validation: fraction,
    test: fraction,
    stratify: z.boolean(),
    seed: z.int().min(0),
  })
  .refine((s) => Math.abs(s.train + s.validation + s.test - 1) < 1e-9, {
    message: 'The train, validation and test shares must add up to 1.',
    path: ['train'],
  })
export type Split = z.infer<typeof splitSchema>

/** For data that may come with test files of its own. What is not held out trains. */
export const heldOutSplitSchema = z
  .strictObject({
    validation: fraction,
    /** null: the test files that came with the data. */
    test: fraction.nullable(),
    stratify: z.boolean(),
    seed: z.int().min(0),
  })
  .refine((s) => s.validation + (s.test ?? 0) < 1, {
    message: 'The validation and test shares must leave something to train on.',
    path: ['validation'],
  })
export type HeldOutSplit = z.infer<typeof heldOutSplitSchema>

export const trainingSchema = z.strictObject({
  loss: familySchema(losses),
  optimizer: familySchema(optimizers),
  schedule: familySchema(schedules),
  ...shapeOf(lengthOptions),
  ...shapeOf(precisionOptions),
  /** Stop after `patience` epochs in which the validation loss fell by less than `minDelta`; null trains to the end. */
  earlyStopping: z.strictObject(shapeOf(stoppingOptions)).nullable(),
})
export type Training = z.infer<typeof trainingSchema>

/** `reference` is the slow, exact float64 interpreter: for checks, offered by the command line only. */
export const backendSchema = z.enum(['auto', 'wasm', 'webgpu', 'reference'])
export type Backend = z.infer<typeof backendSchema>

export const dataSourceSchema = z.strictObject({
  /** Absolute path of the CSV/TSV file this data came from. */
  path: z.string().min(1),
  /** null: detect. */
  delimiter: z.string().length(1).nullable(),
  /** null: detect. Without a header the columns are named c1…cN. */
  header: z.boolean().nullable(),
  /** Spellings read as missing, besides the empty field. */
  missingValues: z.array(z.string()),
})
export type DataSource = z.infer<typeof dataSourceSchema>

const pathSourceSchema = z.strictObject({
  /** Absolute path of the folder or file this data came from. */
  path: z.string().min(1),
})

/** What the recipes of all kinds have in common. */
const common = {
  version: z.literal(recipeVersion),
  /** Groups of columns, each with what its columns go through on their way to the network. */
  prepare: z.array(groupSchema).min(1),
  target: targetSchema,
  imbalance: familySchema(imbalanceRemedies),
  /** What happens to training images, in this order. */
  augment: z.array(familySchema(augmentations)).max(20),
  training: trainingSchema,
  /** Seeds weights, dropout, augmentation and shuffling. The split has its own, so that runs stay comparable. */
  seed: z.int().min(0),
  backend: backendSchema,
}
/** Use only so many examples, drawn by the split's seed, for a quick try. Given test files are used whole. null: all. */
const rows = z.int().min(3).nullable()
const columns = z.array(columnSchema).min(1)

export const tableRecipeSchema = z.strictObject({
  ...common,
  kind: z.literal('table'),
  data: z.strictObject({ source: dataSourceSchema, columns, rows }),
  task: taskSchema,
  split: splitSchema,
  model: familySchema(networksFor.table),
})
export type TableRecipe = z.infer<typeof tableRecipeSchema>

export const imagesRecipeSchema = z.strictObject({
  ...common,
  kind: z.literal('images'),
  data: z.strictObject({ source: pathSourceSchema, columns, rows }),
  task: z.literal('classification'),
  split: heldOutSplitSchema,
  model: familySchema(networksFor.images),
})
export type ImagesRecipe = z.infer<typeof imagesRecipeSchema>

export const textRecipeSchema = z.strictObject({
  ...common,
  kind: z.literal('text'),
  data: z.strictObject({ source: pathSourceSchema, columns, rows }),
  task: z.literal('classification'),
  split: heldOutSplitSchema,
  model: familySchema(networksFor.text),
})
export type TextRecipe = z.infer<typeof textRecipeSchema>

/** What stands against a recipe whose parts are right by themselves. */
function problemsOf({ task, training: { loss }, prepare, target, data, model, augment, kind }: AnyRecipe) {
  const problems: { message: string; path: (string | number)[] }[] = [
    ...preparationProblems(prepare, data.columns),
    ...targetProblems(target.steps, task),
  ]
  const fitting = lossesFor(task)
  if (!fitting.includes(loss.name))
    problems.push({
      message: `The loss “${loss.name}” is not for ${task}: it is one of ${fitting.join(', ')}.`,
      path: ['training', 'loss', 'name'],
    })
  for (const limit of tokenLimits(prepare)) {
    const found = textsTooShort(model, limit)
    if (found) problems.push({ message: found.message, path: ['model', found.option] })
  }
  if (augment.length > 0 && kind !== 'images')
    problems.push({
      message: 'Augmentation is for images only, as yet. Leave the list empty.',
      path: ['augment'],
    })
  return problems
}

const anyRecipe = z.discriminatedUnion('kind', [tableRecipeSchema, imagesRecipeSchema, textRecipeSchema])
type AnyRecipe = z.infer<typeof anyRecipe>

export const recipeSchema = anyRecipe.superRefine((recipe, context) => {
  for (const { message, path } of problemsOf(recipe)) context.addIssue({ code: 'custom', message, path })
})
export type Recipe = z.infer<typeof recipeSchema>
export type RecipeOf<K extends DataKind> = Extract<Recipe, { kind: K }>

/** For recipes from disk, which may be older than this program. */
export const storedRecipeSchema = z.preprocess(upgradeRecipe, recipeSchema)

/** The losses that compare what a network for this task gives; the first is the one to start with. */
export const lossesFor = (task: Task): Loss['name'][] =>
  losses.members.filter(({ tasks }) => tasks.some((one) => one === task)).map(({ name }) => name)

/** The loss that a task starts with. */
export const lossFor = (task: Task): Loss => begin(losses, lossesFor(task)[0]!)

/** The recipe for another task, with a loss that fits it. */
export function withTask(recipe: TableRecipe, task: Task): TableRecipe {
  if (recipe.task === task) return recipe
  const { training, split } = recipe
  const loss = lossesFor(task).includes(training.loss.name) ? training.loss : lossFor(task)
  return {
    ...recipe,
    task,
    target: { steps: defaultTargetSteps(task) },
    training: { ...training, loss },
    split: { ...split, stratify: task === 'classification' },
  }
}

/** What is read as missing unless the user says otherwise. */
export const defaultMissingValues = ['?', 'NA', 'N/A', 'na', 'n/a', 'NaN', 'nan', 'null', 'NULL', 'None', '-']

/** The recipe a new table starts from, once it has been imported. `rows` sizes batch and network. */
export function defaultRecipe(source: DataSource, columns: Column[], task: Task, rows: number): TableRecipe {
  const small = rows < 2000
  return {
    version: recipeVersion,
    kind: 'table',
    data: { source, columns, rows: null },
    task,
    prepare: [defaultGroups.number(), defaultGroups.category(), defaultGroups.text()],
    target: { steps: defaultTargetSteps(task) },
    imbalance: first(imbalanceRemedies),
    augment: [],
    split: { train: 0.7, validation: 0.15, test: 0.15, stratify: task === 'classification', seed: 0 },
    model: first(templatesFor.table, { hidden: small ? [32, 32] : [64, 64], dropout: small ? 0.2 : 0.1 }),
    training: {
      loss: lossFor(task),
      optimizer: first(optimizers, { learningRate: small ? 3e-3 : 1e-3 }),
      schedule: first(schedules),
      epochs: small ? 100 : 40,
      batchSize: rows < 500 ? 16 : small ? 32 : rows < 50_000 ? 64 : 256,
      precision: 'highest',
      earlyStopping: { patience: small ? 20 : 8, minDelta: 1e-4 },
    },
    seed: 0,
    backend: 'auto',
  }
}

export const isTemplateOf = (kind: DataKind, template: Template): boolean =>
  templatesFor[kind].members.some(({ name }) => name === template)

/** The recipe with the network `template` in its usual size; null where this kind of data has no such network. */
export function withTemplate(recipe: Recipe, template: Template): Recipe | null {
  if (recipe.model.template === template) return recipe
  if (!isTemplateOf(recipe.kind, template)) return null
  return recipeSchema.parse({ ...recipe, model: begin(templates, template) })
}

const heldOut = (givenTest: boolean): HeldOutSplit => ({
  validation: 0.1,
  test: givenTest ? null : 0.15,
  stratify: true,
  seed: 0,
})

/** The recipe a folder of images starts from. `givenTest`: it came with test files of its own. */
export function defaultImagesRecipe(path: string, columns: Column[], givenTest: boolean): ImagesRecipe {
  return {
    version: recipeVersion,
    kind: 'images',
    data: { source: { path }, columns, rows: null },
    task: 'classification',
    prepare: [defaultGroups.image()],
    target: { steps: [] },
    imbalance: first(imbalanceRemedies),
    augment: [],
    split: heldOut(givenTest),
    model: first(templatesFor.images),
    training: {
      loss: lossFor('classification'),
      optimizer: first(optimizers),
      schedule: first(schedules),
      epochs: 15,
      batchSize: 64,
      precision: 'highest',
      earlyStopping: { patience: 5, minDelta: 1e-4 },
    },
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
    task: 'classification',
    prepare: [defaultGroups.text()],
    target: { steps: [] },
    imbalance: first(imbalanceRemedies),
    augment: [],
    split: heldOut(givenTest),
    model: first(templatesFor.text),
    training: {
      loss: lossFor('classification'),
      optimizer: first(optimizers),
      schedule: first(schedules),
      epochs: 20,
      batchSize: 50,
      precision: 'highest',
      earlyStopping: { patience: 6, minDelta: 1e-4 },
    },
    seed: 0,
    backend: 'auto',
  }
}
