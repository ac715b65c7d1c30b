/** What is found out before a training about two of its settings: the learning rate and the batch size. */
import { z } from 'zod'

export const rateSearchSchema = z.object({
  /** In the order they were tried. `smoothed`: by those around it. */
  points: z.array(z.object({ rate: z.number(), loss: z.number(), smoothed: z.number() })),
  /** Where the loss falls fastest; null: it hardly falls at any. */
  suggested: z.number().nullable(),
  /** Where the loss was lowest. */
  lowest: z.number(),
  /** From where on it grew out of bounds; null: at none that was tried. */
  diverged: z.number().nullable(),
  /** Examples that went into each step. */
  stepRows: z.int(),
  /** That it took. */
  seconds: z.number(),
})
export type RateSearch = z.infer<typeof rateSearchSchema>

export const batchSizeTriedSchema = z.object({
  batchSize: z.int(),
  /** A step; the median. */
  seconds: z.number(),
  /** Examples in a second. */
  throughput: z.number(),
  /** Bytes that a training takes with it at most, data included. */
  memory: z.number(),
})
export const batchSizeSearchSchema = z.object({
  tried: z.array(batchSizeTriedSchema),
  /** The smallest that computes nearly as many examples in a second as the fastest. */
  suggested: z.int(),
  /** Why no larger one was tried. */
  ended: z.enum(['rows', 'noFaster', 'memory', 'time']),
  /** With `memory`: the size that there was none for, and what the device said. */
  refused: z.object({ batchSize: z.int(), message: z.string() }).nullable(),
  seconds: z.number(),
})
export type BatchSizeSearch = z.infer<typeof batchSizeSearchSchema>

export const tuningSchema = z.object({ rate: rateSearchSchema, batchSize: batchSizeSearchSchema })
export type Tuning = z.infer<typeof tuningSchema>
