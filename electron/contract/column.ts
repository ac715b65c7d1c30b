/** Columns of a data set: what they hold, and what they are for. */
import { z } from 'zod'
import { columnKindNames, type ColumnKind } from './definitions/column-kinds.ts'
import { familySchema } from './definitions/define.ts'
import { parsers } from './definitions/parsers.ts'

/** What the values of a column are. */
export const columnKindSchema = z.enum(columnKindNames)
export type { ColumnKind }

/**
 * What a column is for. An `id` names the row and, like `ignore`, never reaches the network; a `weight` says how much the loss
 * of its row counts.
 */
export const columnRoleSchema = z.enum(['feature', 'target', 'weight', 'id', 'ignore'])
export type ColumnRole = z.infer<typeof columnRoleSchema>

/** Beyond this an order is no list that anybody looks at. */
const mostLevels = 200

export const columnSchema = z.strictObject({
  name: z.string().min(1),
  kind: columnKindSchema,
  role: columnRoleSchema,
  /** How its values are written. Absent: numbers plainly, or as the import found that read a recipe of earlier versions. */
  parser: familySchema(parsers).optional(),
  /** Of ordered categories and of a yes or no: the values from the lowest on. Absent: numbers in them by size, else by letters. */
  levels: z
    .array(z.string().min(1))
    .min(2)
    .max(mostLevels)
    .refine((levels) => new Set(levels).size === levels.length, { message: 'A level is named twice.' })
    .optional(),
  /** Of the data's marks for what is missing, those that are values in this column. Absent: none. */
  notMissing: z.array(z.string()).min(1).optional(),
  /** It says of people what no decision is to hang on: Explore tells rows and target of each of its groups. Absent: no. */
  sensitive: z.boolean().optional(),
})
export type Column = z.infer<typeof columnSchema>

/** Of a file's marks for what is missing, those that are that in this column. */
export const marksOf = (
  { notMissing = [] }: { readonly notMissing?: readonly string[] | undefined },
  marks: readonly string[],
): string[] => marks.filter((mark) => !notMissing.includes(mark))
