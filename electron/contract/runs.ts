/** Runs as the host tells of them: what a list needs, what a page about one of them needs, and their curves. */
import { z } from 'zod'
import { idSchema, metricsSchema } from './entities.ts'
import { backendSchema, recipeSchema } from './recipe.ts'
import { taskSchema } from './definitions/tasks.ts'
import { pairedVerdictSchema } from './intervals.ts'

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
  'imported', // recorded by another program: it has curves and settings, and no weights here
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
  /** Those with a star first. */
  z.strictObject({ mark: z.enum(['starred', 'tag', 'note']) }),
  z.strictObject({ setting: z.string().max(400) }),
])
export type RunOrder = z.infer<typeof runOrderSchema>

/** Where a run's values are taken from: its best epoch, as it is known by; its last; or the last one until an epoch. */
export const runMomentSchema = z.union([
  z.enum(['bestEpoch', 'lastEpoch']),
  z.strictObject({ epoch: z.int().min(1) }),
])
export type RunMoment = z.infer<typeof runMomentSchema>

export const runFilterSchema = z.strictObject({
  /** A line of conditions, see run-search.ts. */
  where: z.string().max(2000).optional(),
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
  /** Whence their values of series are, by which they are sorted, too; absent: the best epoch. Test metrics are of that alone. */
  moment: runMomentSchema.optional(),
})
export type RunQuery = z.infer<typeof runQuerySchema>

/** A word or a few, as people sort runs by. */
export const tagSchema = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^[^",]*$/, 'A tag holds no comma and no quotation mark.')

/** What somebody said of a run. */
export const runMarksSchema = z.object({ starred: z.boolean(), note: z.string(), tags: z.array(z.string()) })
export type RunMarks = z.infer<typeof runMarksSchema>

export const settingValueSchema = z.union([z.number(), z.string()])
export const listedRunSchema = runSummarySchema.extend({
  /** By path; those of the wanted ones that the run has. */
  settings: z.record(z.string(), settingValueSchema),
  ...runMarksSchema.shape,
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
export const runColumnsSchema = z.object({
  series: z.array(z.string()),
  settings: z.array(z.string()),
  tags: z.array(z.string()),
})
export type RunColumns = z.infer<typeof runColumnsSchema>

// ---- all that match ----

/** Of each series the best of all runs that the filter lets through; null: none has it, or none is better in itself. */
export const bestRunsSchema = z.record(
  z.string(),
  z.object({ runId: idSchema, name: z.string(), value: z.number() }).nullable(),
)
export type BestRuns = z.infer<typeof bestRunsSchema>

/** The run that is proposed for evaluation and deployment. */
export const proposedRunSchema = z.object({
  runId: idSchema,
  name: z.string(),
  /** By what it is the best; null: none was measured, and it is the newest. */
  series: z.string().nullable(),
  value: z.number().nullable(),
  /** Of how many that were judged on the same data. */
  among: z.int(),
})
export type ProposedRun = z.infer<typeof proposedRunSchema>

/** What runs are put together by: what all but the seed is equal in, a setting, a tag, or a field. */
export const runGroupingSchema = z.union([
  z.strictObject({ by: z.literal('repeats') }),
  z.strictObject({ by: z.literal('tag') }),
  z.strictObject({ by: z.literal('setting'), setting: z.string().max(400) }),
])
export type RunGrouping = z.infer<typeof runGroupingSchema>

/** Of the runs of a group that have the series. */
export const spreadSchema = z.object({
  count: z.int(),
  mean: z.number(),
  /** Of the sample, with n − 1; null: of a single run. */
  deviation: z.number().nullable(),
  min: z.number(),
  max: z.number(),
})
export type Spread = z.infer<typeof spreadSchema>

export const runGroupSchema = z.object({
  /** What its runs have in common; null: they have no such tag or setting. */
  value: settingValueSchema.nullable(),
  /** The name of the oldest run of it. */
  name: z.string(),
  runs: z.int(),
  /** The newest of them. */
  ids: z.array(idSchema),
  spreads: z.record(z.string(), spreadSchema),
})
export type RunGroup = z.infer<typeof runGroupSchema>

/** What a group is called: what its runs have in common, or that they have no such thing; of repeated ones the first one's name. */
export function groupLabel(by: RunGrouping['by'], { value, name }: Pick<RunGroup, 'value' | 'name'>): string {
  if (value !== null) return String(value)
  const missing = { repeats: name, tag: 'No tag', setting: 'Not set' } satisfies Record<typeof by, string>
  return missing[by]
}

export const runGroupsSchema = z.object({
  /** How many there are; the largest, or those best in the first series, are given. */
  total: z.int(),
  groups: z.array(runGroupSchema),
})
export type RunGroups = z.infer<typeof runGroupsSchema>

/** One series of very many runs. */
export const curveOverlaySchema = z.object({
  /** Runs that have it; the newest are drawn. */
  total: z.int(),
  lines: z.array(
    z.object({ runId: idSchema, name: z.string(), epoch: z.array(z.int()), value: z.array(z.number()) }),
  ),
})
export type CurveOverlay = z.infer<typeof curveOverlaySchema>

/** Means of groups of runs, epoch by epoch. */
export const meanCurvesSchema = z.object({
  /** Groups that there are; the best are given. */
  total: z.int(),
  means: z.array(
    z.object({
      value: settingValueSchema.nullable(),
      name: z.string(),
      runs: z.int(),
      /** The newest of them, which the mean is of. */
      averaged: z.int(),
      epoch: z.array(z.int()),
      /** Runs that got to the epoch. */
      count: z.array(z.int()),
      mean: z.array(z.number()),
      /** The mean lies within so much of it, with 95 % confidence; null: it is of a single run. */
      half: z.array(z.number().nullable()),
    }),
  ),
})
export type MeanCurves = z.infer<typeof meanCurvesSchema>

/** Runs that were written somewhere. */
export const exportedRunsSchema = z.object({
  path: z.string(),
  runs: z.int(),
  /** E.g. that it went beside what was there. */
  notes: z.array(z.string()),
})
export type ExportedRunsInfo = z.infer<typeof exportedRunsSchema>

export const importedRunsSchema = z.object({ runs: z.int(), notes: z.array(z.string()) })
export type ImportedRuns = z.infer<typeof importedRunsSchema>

// ---- compare ----

export const comparisonSchema = z.object({
  runs: z.array(runDetailSchema),
  /** Those that another program recorded: they have no recipe. */
  imported: z.array(runSummarySchema),
  /** Settings whose value differs between the runs: recipe path → value per run. */
  differing: z.array(z.object({ path: z.string(), values: z.array(z.string()) })),
})
export type Comparison = z.infer<typeof comparisonSchema>

/** Two runs on the rows that both were judged on, by a paired bootstrap. */
export const pairedComparisonSchema = z.object({
  firstId: idSchema,
  secondId: idSchema,
  split: z.enum(['validation', 'test']),
  metric: z.string(),
  /** That both were judged on. */
  rows: z.int(),
  rowsOfFirst: z.int(),
  rowsOfSecond: z.int(),
  first: z.number(),
  second: z.number(),
  /** Second less first, and between what 95 % of the draws lie. */
  difference: z.number(),
  low: z.number(),
  high: z.number(),
  draws: z.int(),
  verdict: pairedVerdictSchema,
})
export type PairedComparison = z.infer<typeof pairedComparisonSchema>

/** Two networks node by node. */
export const networkDiffSchema = z.object({
  nodes: z.array(
    z.object({
      is: z.enum(['same', 'changed', 'added', 'removed']),
      /** Its id in the first network, and in the second; null: it has none like it. */
      first: z.string().nullable(),
      second: z.string().nullable(),
      type: z.string(),
      differences: z.array(
        z.object({ name: z.string(), first: z.string().nullable(), second: z.string().nullable() }),
      ),
    }),
  ),
})
export type NetworkDiff = z.infer<typeof networkDiffSchema>
