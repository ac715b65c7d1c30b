/** What was found out about a training beside its curves. */
import { z } from 'zod'
import { findingSchema } from './findings.ts'

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

/** What was tried before a training. */
export const preflightSchema = z.object({
  findings: z.array(findingSchema),
  /** Checks by name that do not apply, or that there was no time for. All others found nothing, or stand among the findings. */
  notTried: z.array(z.string()),
  /** null: it is not a number. */
  startLoss: z.number().nullable(),
  expectedLoss: z.number(),
  /** Training alone, as the first steps went. */
  secondsPerEpoch: z.number(),
  /** That it took itself. */
  seconds: z.number(),
})
export type Preflight = z.infer<typeof preflightSchema>

/** What is known of a run beside its curves; what is absent was not found out. */
export const trainingReportSchema = z.object({
  /** Where a loss that is not finite came from. */
  notFinite: notFiniteCauseSchema.optional(),
  /** Parameters that no gradient reaches. */
  unreached: z.array(z.string()).optional(),
  preflight: preflightSchema.optional(),
})
export type TrainingReport = z.infer<typeof trainingReportSchema>
