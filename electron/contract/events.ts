/** What the host says unasked, on `GET /events` (server-sent events; each `data:` line is one event as JSON). */
import { z } from 'zod'
import { idSchema } from './entities.ts'
import { metricPointSchema, runSummarySchema } from './runs.ts'
import { searchStateSchema } from './search.ts'
import { trainingReportSchema } from './watching.ts'
import { firstLookSchema, jobSchema, noticeSchema } from './workspace.ts'

/** Progress inside an epoch, at most ten a second. */
export const progressSchema = z.object({
  epoch: z.int(),
  epochs: z.int(),
  step: z.int(),
  stepsPerEpoch: z.int(),
  /** Training examples a second, compiling not counted; null: as the ETA. */
  throughput: z.number().nullable(),
  /** Seconds to the last epoch, were there no early stop; null: nothing is known of it yet. */
  eta: z.number().nullable(),
  /** Seconds trained, pauses not counted. */
  seconds: z.number(),
  /** Running mean of the training loss in this epoch. */
  trainLoss: z.number().nullable(),
  /** Bytes on the device that it took at most, so far. */
  memory: z.number(),
})
export type Progress = z.infer<typeof progressSchema>

export const eventSchema = z.discriminatedUnion('type', [
  /** Sent first on every connection; after a reconnect the window refetches what it shows. */
  z.object({ type: z.literal('hello'), protocol: z.int() }),
  z.object({ type: z.literal('run.changed'), run: runSummarySchema }),
  z.object({ type: z.literal('run.deleted'), runId: idSchema, projectId: idSchema }),
  /** Many at once: tags, stars, notes, or some that went or came back. */
  z.object({ type: z.literal('runs.marked'), projectId: idSchema }),
  /** New points only. */
  z.object({ type: z.literal('run.metrics'), runId: idSchema, points: z.array(metricPointSchema) }),
  /** The same of what is recorded within epochs. */
  z.object({ type: z.literal('run.steps'), runId: idSchema, points: z.array(metricPointSchema) }),
  /** The parts that were found out anew. */
  z.object({ type: z.literal('run.report'), runId: idSchema, report: trainingReportSchema }),
  z.object({ type: z.literal('run.progress'), runId: idSchema, progress: progressSchema }),
  /** Runs that wait have another order. */
  z.object({ type: z.literal('queue.changed') }),
  /** What came of a search so far is another. */
  z.object({
    type: z.literal('search.changed'),
    searchId: idSchema,
    projectId: idSchema,
    name: z.string(),
    state: searchStateSchema,
  }),
  z.object({ type: z.literal('project.changed'), projectId: idSchema }),
  z.object({ type: z.literal('settings.changed') }),
  z.object({ type: z.literal('job.changed'), job: jobSchema }),
  z.object({ type: z.literal('job.firstLook'), jobId: idSchema, look: firstLookSchema }),
  z.object({ type: z.literal('notice.added'), notice: noticeSchema }),
  z.object({ type: z.literal('notice.dismissed'), noticeId: z.int() }),
])
export type HostEvent = z.infer<typeof eventSchema>
