/** What people say of runs, one or thousands at once. */
import { z } from 'zod'
import { idSchema } from './entities.ts'
import { runFilterSchema, tagSchema } from './runs.ts'

export const runChangeSchema = z.union([
  z.strictObject({ tag: tagSchema }),
  z.strictObject({ untag: tagSchema }),
  z.strictObject({ starred: z.boolean() }),
  z.strictObject({ note: z.string().trim().max(2000) }),
  /** Their curves, checkpoints and evaluations stay until the workspace is opened the next time. */
  z.strictObject({ deleted: z.literal(true) }),
])
export type RunMark = z.infer<typeof runChangeSchema>

export const markRequestSchema = z.strictObject({
  projectId: idSchema,
  /** Which runs: `ids` names some, an empty one means all. */
  filter: runFilterSchema,
  change: runChangeSchema,
})

export const markedSchema = z.object({
  /** Runs that are otherwise now. */
  changed: z.int(),
  /** What was done, for people: “12 runs tagged “paper””. */
  done: z.string(),
  /** Why some were left as they are. */
  notes: z.array(z.string()),
  /** What takes it back; null: nothing was changed, so there is nothing to take back. */
  undo: idSchema.nullable(),
})
export type Marked = z.infer<typeof markedSchema>

/** The newest change that can be taken back, until the host ends; null: there is none. */
export const undoableSchema = markedSchema.pick({ done: true }).extend({ undo: idSchema }).nullable()
export type Undoable = NonNullable<z.infer<typeof undoableSchema>>

/** `undo`: what `runs.mark` gave; absent: the newest. */
export const unmarkRequestSchema = z.strictObject({ projectId: idSchema, undo: idSchema.optional() })
/** null: it was taken back already, or there was nothing. */
export const unmarkedSchema = z.object({ undone: z.string().nullable() })
