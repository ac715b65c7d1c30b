/** Columns of a data set: what they hold, and what they are for. */
import { z } from 'zod'

/** What the values of a column are. Dates are recognized but not modeled yet. */
export const columnKindSchema = z.enum(['number', 'category', 'text', 'date', 'image'])
export type ColumnKind = z.infer<typeof columnKindSchema>

/**
 * What a column is for. An `id` names the row and, like `ignore`, never reaches the network; a `weight` says how much the loss
 * of its row counts.
 */
export const columnRoleSchema = z.enum(['feature', 'target', 'weight', 'id', 'ignore'])
export type ColumnRole = z.infer<typeof columnRoleSchema>

export const columnSchema = z.strictObject({
  name: z.string().min(1),
  kind: columnKindSchema,
  role: columnRoleSchema,
})
export type Column = z.infer<typeof columnSchema>
