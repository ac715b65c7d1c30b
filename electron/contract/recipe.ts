/**
 * The Recipe: the one declarative, versioned document that every step of the workflow edits.
 * A run is recipe + data hash + seed + engine version + device, and can be replayed from these.
 */
import { z } from 'zod'

export const recipeVersion = 1

/** What the values of a column are. `text` and `date` columns are recognised but not modelled yet. */
export const columnKindSchema = z.enum(['number', 'category', 'text', 'date'])
export type ColumnKind = z.infer<typeof columnKindSchema>

/** What a column is for. An `id` names the row and, like `ignore`, never reaches the network. */
export const columnRoleSchema = z.enum(['feature', 'target', 'id', 'ignore'])
export type ColumnRole = z.infer<typeof columnRoleSchema>

export const columnSchema = z.strictObject({
  name: z.string().min(1),
  kind: columnKindSchema,
  role: columnRoleSchema,
})
export type Column = z.infer<typeof columnSchema>

export const taskSchema = z.enum(['classification', 'regression'])
export type Task = z.infer<typeof taskSchema>

export const prepareSchema = z.strictObject({
  impute: z.strictObject({
    number: z.enum(['mean', 'median', 'zero']),
    /** `missing` makes absence a category of its own. */
    category: z.enum(['mode', 'missing']),
    /** Add a 0/1 feature beside every imputed numeric column: absence is often information. */
    indicators: z.boolean(),
  }),
  scale: z.enum(['none', 'standard', 'minmax', 'robust']),
  encode: z.strictObject({
    /** Rarer categories beyond this many share one "other" feature. */
    maxCategories: z.int().min(2).max(1000),
  }),
  /** `classWeights` weighs the loss by inverse class frequency. */
  imbalance: z.enum(['none', 'classWeights']),
})
export type Prepare = z.infer<typeof prepareSchema>

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

export const activationSchema = z.enum(['relu', 'gelu', 'tanh'])
export const modelSchema = z.strictObject({
  template: z.literal('mlp'),
  /** Units of each hidden layer, input to output; empty is a linear model. */
  hidden: z.array(z.int().min(1).max(8192)).max(16),
  activation: activationSchema,
  dropout: z.number().min(0).max(0.95),
  batchNorm: z.boolean(),
})
export type Model = z.infer<typeof modelSchema>

export const optimizerSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('sgd'),
    learningRate: z.number().positive(),
    momentum: z.number().min(0).lt(1),
    weightDecay: z.number().min(0),
  }),
  z.strictObject({
    name: z.enum(['adam', 'adamw']),
    learningRate: z.number().positive(),
    weightDecay: z.number().min(0),
  }),
])
export type Optimizer = z.infer<typeof optimizerSchema>

export const scheduleSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('constant') }),
  z.strictObject({ name: z.literal('cosine') }),
  z.strictObject({ name: z.literal('step'), every: z.int().min(1), factor: z.number().gt(0).lt(1) }),
])
export type Schedule = z.infer<typeof scheduleSchema>

export const trainingSchema = z.strictObject({
  optimizer: optimizerSchema,
  schedule: scheduleSchema,
  epochs: z.int().min(1).max(100_000),
  batchSize: z.int().min(1).max(65_536),
  /** Stop after `patience` epochs in which the validation loss fell by less than `minDelta`; null trains to the end. */
  earlyStopping: z
    .strictObject({ patience: z.int().min(1).max(10_000), minDelta: z.number().min(0) })
    .nullable(),
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

export const recipeSchema = z.strictObject({
  version: z.literal(recipeVersion),
  data: z.strictObject({
    source: dataSourceSchema,
    columns: z.array(columnSchema).min(1),
  }),
  task: taskSchema,
  prepare: prepareSchema,
  split: splitSchema,
  model: modelSchema,
  training: trainingSchema,
  /** Seeds weights, dropout and shuffling. The split has its own, so that runs stay comparable. */
  seed: z.int().min(0),
  backend: backendSchema,
})
export type Recipe = z.infer<typeof recipeSchema>

/** What is read as missing unless the user says otherwise. */
export const defaultMissingValues = ['?', 'NA', 'N/A', 'na', 'n/a', 'NaN', 'nan', 'null', 'NULL', 'None', '-']

/** The recipe a new project starts from, once its data has been imported. `rows` sizes batch and network. */
export function defaultRecipe(source: DataSource, columns: Column[], task: Task, rows: number): Recipe {
  const small = rows < 2000
  return {
    version: recipeVersion,
    data: { source, columns },
    task,
    prepare: {
      impute: { number: 'median', category: 'missing', indicators: true },
      scale: 'standard',
      encode: { maxCategories: 50 },
      imbalance: 'none',
    },
    split: { train: 0.7, validation: 0.15, test: 0.15, stratify: task === 'classification', seed: 0 },
    model: {
      template: 'mlp',
      hidden: small ? [32, 32] : [64, 64],
      activation: 'relu',
      dropout: small ? 0.2 : 0.1,
      batchNorm: false,
    },
    training: {
      optimizer: { name: 'adamw', learningRate: small ? 3e-3 : 1e-3, weightDecay: 0.01 },
      schedule: { name: 'cosine' },
      epochs: small ? 100 : 40,
      batchSize: rows < 500 ? 16 : small ? 32 : rows < 50_000 ? 64 : 256,
      earlyStopping: { patience: small ? 20 : 8, minDelta: 1e-4 },
    },
    seed: 0,
    backend: 'auto',
  }
}
