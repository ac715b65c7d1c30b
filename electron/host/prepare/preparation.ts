/** What was learnt from the training split, as plain JSON: stored with the run, written into every export. */
import { z } from 'zod'
import { text } from '../../../engine/index.ts'
import { schemaOf, taskSchema, wordOptions } from '../../contract/index.ts'

export const preparationVersion = 1

const numberColumnSchema = z.strictObject({
  kind: z.literal('number'),
  name: z.string(),
  /** Stands in for a missing value, in the column's own unit. */
  impute: z.number(),
  /** A 0/1 feature beside it says where the value was missing. */
  indicator: z.boolean(),
  /** The feature is (value − center) / scale. */
  center: z.number(),
  scale: z.number(),
})

const categoryColumnSchema = z.strictObject({
  kind: z.literal('category'),
  name: z.string(),
  /** One 0/1 feature each, most frequent first. */
  categories: z.array(z.string()),
  /** `feature`: absence has a feature of its own; `zeros`: all features 0; otherwise index of the category it is read as. */
  missing: z.union([z.enum(['feature', 'zeros']), z.int().min(0)]),
  /** Rarer and unseen categories share one more feature; without it they are all zeros. */
  other: z.boolean(),
})

const classesSchema = z.strictObject({
  kind: z.literal('classes'),
  name: z.string(),
  classes: z.array(z.string()),
})

const common = {
  version: z.literal(preparationVersion),
  /** Loss weights in the order of the classes; null when the loss is not weighted. */
  classWeights: z.array(z.number()).nullable(),
  trainRows: z.int(),
}

const tablePreparationSchema = z.strictObject({
  ...common,
  kind: z.literal('table'),
  task: taskSchema,
  columns: z.array(z.discriminatedUnion('kind', [numberColumnSchema, categoryColumnSchema])),
  target: z.discriminatedUnion('kind', [
    classesSchema,
    /** The network learns (value − mean) / std. */
    z.strictObject({ kind: z.literal('number'), name: z.string(), mean: z.number(), std: z.number() }),
  ]),
  /** In the order of the feature matrix's columns. */
  featureNames: z.array(z.string()),
})
export type TablePreparation = z.infer<typeof tablePreparationSchema>

const imagesPreparationSchema = z.strictObject({
  ...common,
  kind: z.literal('images'),
  task: z.literal('classification'),
  target: classesSchema,
  channels: z.int().min(1),
  height: z.int().min(1),
  width: z.int().min(1),
  /** Per channel, of pixels from 0 to 1: the network sees (pixel − mean) / std. */
  mean: z.array(z.number()),
  std: z.array(z.number().positive()),
})
export type ImagesPreparation = z.infer<typeof imagesPreparationSchema>

const specials = [text.unknownToken, text.paddingToken]
const isVocabulary = (words: readonly string[]): boolean =>
  new Set(words).size === words.length && specials.every((special) => words.includes(special))

const textPreparationSchema = z.strictObject({
  ...common,
  kind: z.literal('text'),
  task: z.literal('classification'),
  target: classesSchema,
  tokenizer: schemaOf(wordOptions.tokenizer),
  /** A word's number is its place in here. */
  vocabulary: z.array(z.string()).refine(isVocabulary, {
    message: `It must list words once each, ${specials.join(' and ')} among them.`,
  }),
  /** Words of every example: longer texts are cut, shorter ones padded. */
  maxTokens: z.int().min(1),
})
export type TextPreparation = z.infer<typeof textPreparationSchema>

const preparations = z.discriminatedUnion('kind', [
  tablePreparationSchema,
  imagesPreparationSchema,
  textPreparationSchema,
])
/** Those that were stored before there were kinds are of tables. */
export const preparationSchema = z.preprocess(
  (value) => (typeof value === 'object' && value !== null ? { kind: 'table', ...value } : value),
  preparations,
)
export type Preparation = z.infer<typeof preparations>
export type PreparedColumn = TablePreparation['columns'][number]
export type PreparedNumber = z.infer<typeof numberColumnSchema>
export type PreparedCategory = z.infer<typeof categoryColumnSchema>

/** Features that a source column becomes. */
export function featureNamesOf(column: PreparedColumn): string[] {
  if (column.kind === 'number')
    return column.indicator ? [column.name, `${column.name} is missing`] : [column.name]
  return [
    ...column.categories.map((category) => `${column.name} = ${category}`),
    ...(column.other ? [`${column.name} = (other)`] : []),
    ...(column.missing === 'feature' ? [`${column.name} is missing`] : []),
  ]
}
