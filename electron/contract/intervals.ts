/** How far a figure may be off, and what may be said of a difference. */
import { z } from 'zod'

/** What the whole interval of a difference says: of the second of two runs, or of a model beside a baseline. */
export const pairedVerdictSchema = z.enum(['better', 'worse', 'cannotTell'])
export type PairedVerdict = z.infer<typeof pairedVerdictSchema>

/** Between which values 95 % of the draws of a bootstrap lie. */
export const metricIntervalSchema = z.object({ low: z.number(), high: z.number() })
export type MetricInterval = z.infer<typeof metricIntervalSchema>

/** How much more one model has of a metric than another on the same rows. */
export const metricDifferenceSchema = metricIntervalSchema.extend({
  difference: z.number(),
  verdict: pairedVerdictSchema,
})
export type MetricDifference = z.infer<typeof metricDifferenceSchema>
