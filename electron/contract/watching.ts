/** What was found out about a training beside its curves. */
import { z } from 'zod'
import { followedSchema, hardestOfSplitsSchema } from './examples.ts'
import { findingSchema } from './findings.ts'
import { formatCount } from './format.ts'

/** How a training's first weights came from a file. */
export const startedFromSchema = z.object({
  path: z.string(),
  /** Of the weights' file, hex. */
  sha256: z.string(),
  /** Tensors that came from it. */
  taken: z.int(),
  /** Tensors of the network that it lacks, or has in another shape. */
  anew: z.array(z.string()),
  /** Tensors of it that the network has no place for. */
  unused: z.array(z.string()),
  /** Of word vectors: how many tokens have one, and some of those that have none. Absent: it is a file of weights. */
  words: z.object({ found: z.int(), of: z.int(), without: z.array(z.string()) }).optional(),
})
export type StartedFrom = z.infer<typeof startedFromSchema>

const mostNamed = 6

/** In a sentence or two. */
export function startedFromInWords({ path, taken, anew, unused, words }: StartedFrom): string {
  if (words !== undefined) {
    const missing = words.of - words.found
    const without =
      missing === 0
        ? '.'
        : `; ${formatCount(missing)} ${missing === 1 ? 'is' : 'are'} drawn at random, such as ${words.without.slice(0, mostNamed).join(', ')}.`
    return `${formatCount(words.found)} of ${formatCount(words.of)} tokens of the vocabulary have a vector in ${path}${without}`
  }
  const named = (names: readonly string[]): string =>
    names.length > mostNamed
      ? `${names.slice(0, mostNamed).join(', ')} and ${names.length - mostNamed} more`
      : names.join(', ')
  const drawn = anew.length === 0 ? '.' : `; ${named(anew)} ${anew.length === 1 ? 'is' : 'are'} drawn anew.`
  const left = unused.length === 0 ? '' : ` The network has no place for ${named(unused)} of the file.`
  return `${taken} ${taken === 1 ? 'tensor comes' : 'tensors come'} from ${path}${drawn}${left}`
}

/** Where a value that is infinite or not a number came from. */
export const notFiniteCauseSchema = z.object({
  /** Counted from 1. */
  step: z.int(),
  /** The learning rate of that step. */
  learningRate: z.number().optional(),
  /** The operation that made it of finite values; null: it was there before. */
  op: z.string().nullable(),
  /** The layer it happened in; null: in none, as in the loss. */
  layer: z.string().nullable(),
  /** A parameter that the step before had spoiled. */
  parameter: z.string().nullable(),
  /** A tensor of the data that holds it. */
  input: z.string().nullable(),
  /** Which training example, counted from 0; null: no single one. */
  example: z.int().nullable(),
})
export type NotFiniteCause = z.infer<typeof notFiniteCauseSchema>

/** What was tried before a training. */
export const preflightSchema = z.object({
  findings: z.array(findingSchema),
  /** Checks by name that do not apply, or that there was no time for. All others found nothing, or stand among the findings. */
  notTried: z.array(z.string()),
  /** null: it is not a number. */
  startLoss: z.number().nullable(),
  expectedLoss: z.number().nullable(),
  /** Training alone, as the first steps went; null: it cannot be trained like this. */
  secondsPerEpoch: z.number().nullable(),
  /** Bytes on the device that the training takes at most; null as above, absent: an earlier version did not say. */
  memory: z.number().nullable().optional(),
  /** In which 99 % of calls were answered, where the recipe limits that; null: not measured, absent: an earlier version. */
  milliseconds: z.number().nullable().optional(),
  /** Of how many calls that is. */
  calls: z.int().nullable().optional(),
  /** Of what was not tried, that for which there was no time; the rest does not apply. */
  outOfTime: z.array(z.string()).optional(),
  /** What could not be measured, and why. */
  notes: z.array(z.string()).optional(),
  /** That it took itself. */
  seconds: z.number(),
})
export type Preflight = z.infer<typeof preflightSchema>

/** What is changed of a training while it runs. */
export const adjustmentSchema = z.strictObject({
  /** From the next step on; what the schedule does from there on goes with it. */
  learningRate: z.number().positive().max(1000).optional(),
  /** Ends after so many in all. */
  epochs: z.int().min(1).max(100_000).optional(),
  /** Of early stopping; null: it is turned off. */
  patience: z.int().min(1).max(10_000).nullable().optional(),
  /** Gradients are shortened to it from the next step on; 0: they are taken as they come. */
  clipNorm: z.number().min(0).max(1e6).optional(),
  /** The weights go back to those of the best epoch, and the optimizer starts anew. */
  backToBest: z.boolean().optional(),
})
export type Adjustment = z.infer<typeof adjustmentSchema>

/** One that was made. */
export const adjustedSchema = adjustmentSchema.extend({
  /** Before the first step after this one, counted from 1. */
  step: z.int(),
  /** Whole epochs that were trained by then. */
  epoch: z.int(),
})
export type Adjusted = z.infer<typeof adjustedSchema>

/** Where a run that goes on from another one begins. */
export const branchStartSchema = z.enum(['bestEpoch', 'lastCheckpoint'])
export type BranchStart = z.infer<typeof branchStartSchema>

/** What of a training's time its data takes: rows are in memory, and gathered and made ready within each step. */
export const loadingSchema = z.object({
  /** Of the time of a step. */
  share: z.number(),
  /** Gathering a step's examples, unpacking and augmenting them, by itself; and the whole step. */
  inputSeconds: z.number(),
  stepSeconds: z.number(),
  /** Drawing the order of an epoch's rows. */
  orderSeconds: z.number(),
  /** Training and validation rows on the device, in bytes. */
  bytes: z.number(),
})
export type Loading = z.infer<typeof loadingSchema>

/** What a run can be gone on with, or is used by. */
export const runCheckpointSchema = z.object({
  from: branchStartSchema,
  epoch: z.int(),
  /** Steps in all; null: it is weights alone. */
  step: z.int().nullable(),
  /** Of the validation split; null: there was none by then. */
  loss: z.number().nullable(),
  savedAt: z.number(),
  /** Of its tensors, those that others have as well among them. */
  bytes: z.int(),
  /** Runs that go on from it. */
  branches: z.array(z.object({ runId: z.string(), name: z.string() })),
})
export type RunCheckpoint = z.infer<typeof runCheckpointSchema>

/** What is known of a run beside its curves; what is absent was not found out. */
export const trainingReportSchema = z.object({
  /** Where a loss that is not finite came from. */
  notFinite: notFiniteCauseSchema.optional(),
  /** Parameters that no gradient reaches. */
  unreached: z.array(z.string()).optional(),
  preflight: preflightSchema.optional(),
  startedFrom: startedFromSchema.optional(),
  /** The run from whose checkpoint it goes on. */
  branchedFrom: z
    .object({ runId: z.string(), name: z.string(), from: branchStartSchema, epoch: z.int() })
    .optional(),
  /** What was changed while it ran, in order. */
  adjusted: z.array(adjustedSchema).optional(),
  /** What its data takes of its time; of trainings shorter than a second nobody measures it. */
  loading: loadingSchema.optional(),
  /** The examples that it gets most wrong. */
  hardest: hardestOfSplitsSchema.optional(),
  /** What it says of a few examples, epoch by epoch. */
  followed: followedSchema.optional(),
})
export type TrainingReport = z.infer<typeof trainingReportSchema>
