/** What a run needs to go on as if nothing had happened: the tensors and, beside them, this document. */
import { z } from 'zod'
import { adjustedSchema, followedSchema, metricsSchema } from '../../contract/index.ts'
import type { TensorData } from '../store/index.ts'

export const bestSchema = z.object({
  epoch: z.int(),
  loss: z.number(),
  /** By series; before they were rows there was one score, which the curve has as well. */
  metrics: metricsSchema.default({}),
})
export type Best = z.infer<typeof bestSchema>

export const checkpointMetaSchema = z.object({
  version: z.literal(1),
  /** Whole epochs done. */
  epoch: z.int().min(0),
  /** Batches done of the epoch that is under way. The order of its rows follows from (seed, epoch). */
  position: z.int().min(0),
  /** Batches done in all. */
  step: z.int().min(0),
  /** Seconds trained, pauses not counted. */
  seconds: z.number().min(0),
  stopping: z.object({ reference: z.number().nullable(), waited: z.int().min(0) }),
  best: bestSchema.nullable(),
  /** What a network that knows nothing loses; null: earlier versions did not write it down. */
  expectedLoss: z.number().nullable().default(null),
  /** Of the epoch that is under way: loss × examples, summed. Absent: an earlier version kept it among the tensors. */
  lossSum: z.number().optional(),
  /** Files that augmentations draw from; absent: an earlier version did not write them down. */
  lists: z.array(z.object({ path: z.string(), sha256: z.string() })).optional(),
  /** What was changed while it ran. */
  adjusted: z.array(adjustedSchema).default([]),
  /**
   * What was said of the examples that are followed; absent: an earlier version followed none. Weights are not given up for what
   * cannot be read here.
   */
  followed: followedSchema.optional().catch(undefined),
})
export type CheckpointMeta = z.infer<typeof checkpointMetaSchema>

export type Tensors = Record<string, TensorData>

export interface Checkpoint {
  readonly meta: CheckpointMeta
  /** `model.<name>`, `optimizer.<name>` and `trainer.<name>`. */
  readonly tensors: Tensors
}

/** Weights of the best epoch: `model.<name>` only. */
export interface BestWeights extends Best {
  readonly tensors: Tensors
}

/** The part of `tensors` under `prefix.`, with the prefix taken off. */
export function section(tensors: Tensors, prefix: string): Tensors {
  const start = `${prefix}.`
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(start))
      .map(([name, tensor]) => [name.slice(start.length), tensor]),
  )
}

export function withPrefix(tensors: Tensors, prefix: string): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}.${name}`, tensor]))
}
