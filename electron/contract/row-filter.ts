/** Which rows of a version of the data are meant: what a finding is about, and what lies behind a bar or a point. */
import { z } from 'zod'

const column = z.string()
const bound = z.number().nullable()

export const rowFilterSchema = z.discriminatedUnion('is', [
  /** By their places in the version. */
  z.strictObject({ is: z.literal('rows'), rows: z.array(z.int().min(0)).max(10_000).readonly() }),
  /** From one place in the version on, and up to another. */
  z.strictObject({ is: z.literal('stretch'), from: z.int().min(0), to: z.int().min(0) }),
  z.strictObject({ is: z.literal('missing'), column }),
  /** Cells that are one of these texts. */
  z.strictObject({ is: z.literal('among'), column, values: z.array(z.string()).max(1000).readonly() }),
  /** From `low` on, and below `high`, or up to it where it is `closed`; null: without end. */
  z.strictObject({ is: z.literal('between'), column, low: bound, high: bound, closed: z.boolean() }),
  /** Below the one or above the other. */
  z.strictObject({ is: z.literal('outside'), column, low: z.number(), high: z.number() }),
  /** Equal to another row in every column that does not name it. */
  z.strictObject({ is: z.literal('repeated') }),
  /** Equal in every feature to a row of another class. */
  z.strictObject({ is: z.literal('conflicting') }),
])
export type RowFilter = z.infer<typeof rowFilterSchema>
