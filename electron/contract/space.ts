/** What a workspace takes of the disk, and what of it is kept. */
import { z } from 'zod'
import { idSchema } from './entities.ts'

/** In bytes, all of them. */
export const spaceUsedSchema = z.object({
  disk: z.object({ free: z.number(), total: z.number() }),
  projects: z.array(
    z.object({
      projectId: idSchema,
      name: z.string(),
      runs: z.int(),
      /** Its tables, pictures and texts, and the files that they came from. What projects share counts for each. */
      data: z.number(),
      /** The weights of best epochs. */
      best: z.number(),
      /** What a training would go on from: weights and the optimizer's state, where they are not those of the best epoch. */
      last: z.number(),
    }),
  ),
  /** The runs that take most, the largest first. */
  runs: z.array(
    z.object({
      runId: idSchema,
      projectId: idSchema,
      name: z.string(),
      best: z.number(),
      last: z.number(),
      /** Its last checkpoint may go: it has ended. */
      trimmable: z.boolean(),
    }),
  ),
  /** Those that take less than these. */
  moreRuns: z.int(),
  /** Of runs that have ended: what `space.trim` would free. */
  trimmable: z.number(),
  /** Saved models, the database of projects and curves, the file of weights with the room in it that is free, backups, the log. */
  models: z.number(),
  database: z.number(),
  weights: z.object({ file: z.number(), free: z.number() }),
  backups: z.number(),
  logs: z.number(),
})
export type SpaceUsed = z.infer<typeof spaceUsedSchema>

export const retentionDefinition = {
  label: 'Checkpoints of runs that have ended',
  help: 'Of every run the weights of its best epoch stay. Its last checkpoint, with the optimizer’s state, is two to three times as large, and serves to go on where it ended.',
  keepBoth: 'Keep both',
  keepBest: 'Keep the best epoch',
} as const

/** What is absent starts as it is: both are kept. */
export const retentionSchema = z.strictObject({ lastCheckpoints: z.boolean() }).partial()
export type Retention = z.infer<typeof retentionSchema>
