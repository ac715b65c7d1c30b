/** Tables that people type in: an empty one with columns of their choice, and rows pasted from a spreadsheet. */
import { z } from 'zod'
import { columnKindSchema, columnSchema } from './column.ts'
import { columnKinds } from './definitions/column-kinds.ts'

export const typedColumnSchema = z
  .strictObject({
    name: z.string().trim().min(1, 'A column needs a name.').max(200),
    kind: columnKindSchema.exclude(['image']),
    role: columnSchema.shape.role.exclude(['weight']),
    /** Of ordered categories, from the lowest on. */
    levels: columnSchema.shape.levels,
  })
  .refine(({ kind, levels }) => levels === undefined || 'ordered' in columnKinds[kind], {
    message: 'Only ordered columns have levels.',
    path: ['levels'],
  })
  .superRefine(({ name, kind, levels = [] }, context) => {
    const words = columnKinds[kind]
    if ('most' in words && levels.length > words.most)
      context.addIssue({
        code: 'custom',
        message: `“${name}” is ${words.label}, which has ${words.most} values, not ${levels.length}.`,
        path: ['levels'],
      })
  })
export type TypedColumn = z.infer<typeof typedColumnSchema>

export const typedTableSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(120),
    columns: z.array(typedColumnSchema).min(1).max(300),
  })
  .superRefine(({ columns }, context) => {
    const names = columns.map(({ name }) => name)
    const twice = names.findIndex((name, i) => names.indexOf(name) !== i)
    if (twice !== -1)
      context.addIssue({
        code: 'custom',
        message: `Two columns are called “${names[twice]}”.`,
        path: ['columns', twice, 'name'],
      })
    const targets = columns.flatMap(({ role }, i) => (role === 'target' ? [i] : []))
    if (targets.length > 1)
      context.addIssue({
        code: 'custom',
        message: 'One column is predicted. More are chosen under Target later.',
        path: ['columns', targets[1]!, 'role'],
      })
  })
export type TypedTable = z.infer<typeof typedTableSchema>

/** More belongs into a file. */
export const longestPasted = 4 << 20

/** What a pasted text is, held against a table's columns. */
export const pastedSchema = z.object({
  /** As they were pasted, without a header. */
  cells: z.array(z.array(z.string())),
  /** Whether the first line names columns. */
  header: z.boolean(),
  /** Of each pasted column, the table's column that it is; null: it is none. */
  columns: z.array(z.string().nullable()),
  /** What is left out, in sentences. */
  notes: z.array(z.string()),
})
export type Pasted = z.infer<typeof pastedSchema>
