/** What was found out about a training beside its curves. */
import { z } from 'zod'

/** Where a value that is infinite or not a number came from. */
export const notFiniteCauseSchema = z.object({
  /** Counted from 1. */
  step: z.int(),
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

/** What is known of a run beside its curves; what is absent was not found out. */
export const trainingReportSchema = z.object({
  /** Where a loss that is not finite came from. */
  notFinite: notFiniteCauseSchema.optional(),
  /** Parameters that no gradient reaches. */
  unreached: z.array(z.string()).optional(),
})
export type TrainingReport = z.infer<typeof trainingReportSchema>
