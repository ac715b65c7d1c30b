/** How long a model takes to answer, as it was measured on a machine. */
import { z } from 'zod'
import { budgetLineSchema } from './budget.ts'
import { list, number, whole, type ValuesOf } from './definitions/options.ts'

export const latencyOptions = {
  batches: list(whole({ label: 'Rows', help: 'Rows of a call.', most: 1000, start: 1 }), {
    label: 'Rows at once',
    unit: 'rows',
    help: 'How many rows a call asks about; each is measured by itself.',
    fewest: 1,
    most: 8,
    start: [1, 8, 64],
  }),
  concurrency: list(whole({ label: 'Callers', help: 'Calls at once.', most: 256, start: 1 }), {
    label: 'Calls at once',
    unit: 'calls',
    help: 'How many callers wait for their answers at the same time; what comes together goes through the network together.',
    fewest: 1,
    most: 8,
    start: [1, 8],
  }),
  seconds: number({
    label: 'Time',
    unit: 'seconds',
    help: 'How long each combination is measured, once its times are stable.',
    start: 1,
    least: 0.1,
    most: 60,
    step: 0.1,
  }),
}
export type LatencyOptions = ValuesOf<typeof latencyOptions>

const millisecond = z.number().min(0)
export const latencyPointSchema = z.object({
  /** Rows of a call, and callers at once. */
  rows: z.int().min(1),
  callers: z.int().min(1),
  /** That were timed, after those that warmed up. */
  calls: z.int().min(1),
  warmUp: z.int(),
  /** Whether the times had settled before they counted. */
  stable: z.boolean(),
  p50: millisecond,
  p90: millisecond,
  p95: millisecond,
  p99: millisecond,
  /** Rows that are answered in a second. */
  perSecond: z.number().min(0),
})
export type LatencyPoint = z.infer<typeof latencyPointSchema>

export const latencySchema = z.object({
  /** Milliseconds since the epoch. */
  measuredAt: z.number(),
  /** Processor and cores. */
  machine: z.string(),
  runs: z
    .array(
      z.object({
        /** What computed: “Descent on CPU”, “ONNX in onnxruntime-web 1.22”. */
        by: z.string(),
        points: z.array(latencyPointSchema).min(1),
      }),
    )
    .min(1),
  /** Bytes that the process uses, and that the weights take. */
  memory: z.int(),
  weights: z.int(),
})
export type Latency = z.infer<typeof latencySchema>

/** What was measured, and what is to be said of it. */
export const measuredLatencySchema = z.object({
  latency: latencySchema,
  /** What the recipe allows, held against it; empty: nothing is limited. */
  budget: z.array(budgetLineSchema),
  notes: z.array(z.string()),
})
export type MeasuredLatency = z.infer<typeof measuredLatencySchema>
