/** Single examples of a training: those that it gets most wrong, and what is said of some of them as it learns. */
import { z } from 'zod'
import { formatNumber, formatPercent } from './format.ts'

const names = z.array(z.string())

/** What is right about an example, and what the network says. */
export const answerSchema = z.discriminatedUnion('is', [
  z.object({
    /** A class, a grade, or any labels. */
    is: z.literal('chosen'),
    truth: names,
    predicted: names,
    /** How likely the truth is said to be; of labels, what is so of the one that is most mistaken. */
    ofTruth: z.number(),
    /** The strongest of what is not so. */
    other: z.string(),
    ofOther: z.number(),
  }),
  z.object({
    is: z.literal('numbers'),
    /** In their own units; of very many targets the first ones. */
    targets: z.array(z.object({ name: z.string(), truth: z.number(), predicted: z.number() })),
  }),
])
export type Answer = z.infer<typeof answerSchema>

export const hardExampleSchema = z.object({
  /** Its place in the version of the data, counted from 0. */
  row: z.int(),
  loss: z.number(),
  answer: answerSchema,
})
export type HardExample = z.infer<typeof hardExampleSchema>

/** Of a split, the examples with the highest loss, the highest first. */
export const hardestSchema = z.object({
  /** The network was as after this epoch. */
  epoch: z.int(),
  /** So many were looked at. */
  looked: z.int(),
  examples: z.array(hardExampleSchema),
})
export type Hardest = z.infer<typeof hardestSchema>

export const hardestOfSplitsSchema = z.object({
  validation: hardestSchema.optional(),
  train: hardestSchema.optional(),
})
export type HardestOfSplits = z.infer<typeof hardestOfSplitsSchema>

/** null: it was not followed yet. */
const saidSchema = z.array(z.number().nullable())

export const followedExampleSchema = z.object({
  row: z.int(),
  /** A person asked for it. */
  pinned: z.boolean(),
  /** It was chosen before a person asked for it, and stays when that is taken back; absent: it is either. */
  chosen: z.boolean().optional(),
  truth: z.union([names, z.number()]),
  /** By epoch: how likely the truth is said to be, or the number that is predicted. */
  said: saidSchema,
  /** The same of the strongest of what is not so, and what that is, by its place in `names`; of numbers empty. */
  ofOther: saidSchema,
  other: z.array(z.int().nullable()),
})
export type FollowedExample = z.infer<typeof followedExampleSchema>

/** Predictions of a few validation examples, epoch by epoch. */
export const followedSchema = z.object({
  epochs: z.array(z.int()),
  /** Only epochs that are multiples of this are kept, and the last one. */
  every: z.int(),
  /** The target that is predicted where it is a number; of several the first. */
  target: z.string().nullable(),
  names,
  examples: z.array(followedExampleSchema),
})
export type Followed = z.infer<typeof followedSchema>

const listed = (values: readonly string[]): string => (values.length === 0 ? 'none' : values.join(', '))

/** In a few words: “setosa, predicted virginica (98 %)”. */
export function answerText(answer: Answer): string {
  if (answer.is === 'numbers')
    return answer.targets
      .map(({ name, truth, predicted }) => {
        const of = answer.targets.length === 1 ? '' : `${name} `
        return `${of}${formatNumber(truth)}, predicted ${formatNumber(predicted)}`
      })
      .join('; ')
  const { truth, predicted, ofTruth, other, ofOther } = answer
  const said = listed(predicted)
  if (listed(truth) === said) return `${said}, predicted with ${formatPercent(ofTruth)} only`
  const name = other === said ? '' : `${other} `
  return `${listed(truth)}, predicted ${said} (${name}${formatPercent(ofOther)})`
}
