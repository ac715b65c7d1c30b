/** Runs as the host tells of them: what a list needs, what a page about one of them needs, and their curves. */
import { z } from 'zod'
import { idSchema, metricsSchema, type Metrics } from './entities.ts'
import { backendSchema, recipeSchema } from './recipe.ts'
import { taskSchema } from './definitions/tasks.ts'

/** Milliseconds since the epoch. */
const time = z.number()

export const runStateSchema = z.enum([
  'queued',
  'preparing',
  'running',
  'paused',
  'finished', // trained to the end or stopped early by patience
  'stopped', // by the user; best weights kept
  'interrupted', // the trainer died or the app quit; resumable
  'failed',
])
export type RunState = z.infer<typeof runStateSchema>

export const runSummarySchema = z.object({
  id: idSchema,
  /** In the order of their making, which is not that of a clock that may go backwards. */
  number: z.int(),
  projectId: idSchema,
  name: z.string(),
  state: runStateSchema,
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  task: taskSchema,
  /** The version of the project's data that it trains on; null: not known any more. */
  dataVersion: z.int().nullable(),
  seed: z.int(),
  /** What it really ran on: `auto` has been decided. */
  backend: backendSchema.nullable(),
  device: z.string().nullable(),
  epoch: z.int(),
  epochs: z.int(),
  /** Epoch of the best validation loss: the weights that are evaluated and deployed. */
  bestEpoch: z.int().nullable(),
  seconds: z.number(),
  /** By the names of their series: what was measured in the best epoch, and on the test split once that was opened. */
  metrics: metricsSchema,
  error: z.string().nullable(),
})
export type RunSummary = z.infer<typeof runSummarySchema>

export const runDetailSchema = runSummarySchema.extend({
  recipe: recipeSchema,
  dataSha256: z.string(),
  engineVersion: z.string(),
})
export type RunDetail = z.infer<typeof runDetailSchema>

/** The metrics of one split by the names of their definitions; null: none were measured on it. */
export function metricsOn(
  split: 'validation' | 'test',
  { metrics }: Pick<RunSummary, 'metrics'>,
): Metrics | null {
  const prefix = `${split}/`
  const found = Object.entries(metrics).flatMap(([name, value]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
  )
  return found.length === 0 ? null : Object.fromEntries(found)
}

/** The same the other way round, as a run holds them. */
export const asSeries = (split: 'validation' | 'test', metrics: Metrics): Metrics =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${split}/${name}`, value]))

// ---- curves ----

/** What was recorded at one moment of a training, by the names of its series. */
export const metricPointSchema = z.object({
  epoch: z.int(),
  /** Batches trained so far. */
  step: z.int(),
  /** Seconds since the run started, pauses not counted. */
  seconds: z.number(),
  values: metricsSchema,
})
export type MetricPoint = z.infer<typeof metricPointSchema>

/** One series, column by column. */
export const curveSchema = z.object({
  epoch: z.array(z.int()),
  step: z.array(z.int()),
  seconds: z.array(z.number()),
  value: z.array(z.number()),
})
export type Curve = z.infer<typeof curveSchema>

export const curvesSchema = z.object({
  /** Points that were recorded. Where a series has fewer it was thinned: every stretch keeps its lowest and highest. */
  recorded: z.int(),
  series: z.record(z.string(), curveSchema),
})
export type Curves = z.infer<typeof curvesSchema>

// ---- lists ----

/** What a list is sorted by: a field, a series, or the path of a setting in the recipe. */
export const runOrderSchema = z.union([
  z.strictObject({
    field: z.enum([
      'number',
      'name',
      'state',
      'task',
      'epoch',
      'bestEpoch',
      'seconds',
      'finishedAt',
      'backend',
      'seed',
      'dataVersion',
    ]),
  }),
  z.strictObject({ series: z.string().max(200) }),
  z.strictObject({ setting: z.string().max(400) }),
])
export type RunOrder = z.infer<typeof runOrderSchema>

export const runFilterSchema = z.strictObject({
  /** These alone; those that are gone or cannot be read are left out. */
  ids: z.array(idSchema).max(500).optional(),
  /** Part of the name. */
  text: z.string().max(200).optional(),
  states: z.array(runStateSchema).max(20).optional(),
  tasks: z.array(taskSchema).max(10).optional(),
  /** Has weights that can be evaluated. */
  trained: z.boolean().optional(),
  /** Runs without the series are left out. */
  metrics: z
    .array(
      z.strictObject({
        series: z.string().max(200),
        atLeast: z.number().optional(),
        atMost: z.number().optional(),
      }),
    )
    .max(20)
    .optional(),
  settings: z
    .array(z.strictObject({ setting: z.string().max(400), is: z.string().max(400) }))
    .max(20)
    .optional(),
})
export type RunFilter = z.infer<typeof runFilterSchema>

const names = z.array(z.string().max(400)).max(500)

export const runQuerySchema = z.strictObject({
  projectId: idSchema,
  /** Absent: from the first. */
  offset: z.int().min(0).optional(),
  /** Absent: 100. */
  limit: z.int().min(1).max(500).optional(),
  /** Absent: newest first. Runs that lack the value come last in both directions. */
  order: runOrderSchema.optional(),
  /** Absent: largest, latest or newest first. */
  descending: z.boolean().optional(),
  filter: runFilterSchema.optional(),
  /** The series whose values are wanted; absent: all. */
  series: names.optional(),
  /** The settings whose values are wanted; absent: none. */
  settings: names.optional(),
})
export type RunQuery = z.infer<typeof runQuerySchema>

export const settingValueSchema = z.union([z.number(), z.string()])
export const listedRunSchema = runSummarySchema.extend({
  /** By path; those of the wanted ones that the run has. */
  settings: z.record(z.string(), settingValueSchema),
})
export type ListedRun = z.infer<typeof listedRunSchema>

export const runPageSchema = z.object({
  offset: z.int(),
  /** All that the filter lets through. */
  total: z.int(),
  runs: z.array(listedRunSchema),
})
export type RunPage = z.infer<typeof runPageSchema>

/** What the runs of a project can be sorted, filtered and shown by. */
export const runColumnsSchema = z.object({ series: z.array(z.string()), settings: z.array(z.string()) })
export type RunColumns = z.infer<typeof runColumnsSchema>

// ---- compare ----

export const comparisonSchema = z.object({
  runs: z.array(runDetailSchema),
  /** Settings whose value differs between the runs: recipe path → value per run. */
  differing: z.array(z.object({ path: z.string(), values: z.array(z.string()) })),
})
export type Comparison = z.infer<typeof comparisonSchema>
