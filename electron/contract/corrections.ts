/**
 * Corrections of imported data. The import itself never changes: a version is the import and a list of corrections, with a
 * hash of both. Rows go by their number in the import, from 0, whatever was dropped before them; appended rows count on.
 */
import { z } from 'zod'
import { columnKindSchema } from './column.ts'
import { plural } from './format.ts'

/** More belongs into the file: every version is read by holding each of its corrections against the table. */
export const mostCorrections = 10_000
const mostAtOnce = 1000
const longestCell = 10_000

const rowNumber = z.int().min(0)
/** As it would stand in a file, numbers plainly: 1234.5. null, or a spelling of "missing": none. */
const cellText = z
  .string()
  .max(longestCell)
  .refine((text) => !text.includes('\0'), { message: 'A cell cannot hold the character NUL.' })
  .nullable()
const columnName = z.string().min(1)

export const correctionSchema = z.discriminatedUnion('type', [
  /** Another label is another value of the target's cell. */
  z.strictObject({ type: z.literal('edit'), row: rowNumber, column: columnName, value: cellText }),
  z.strictObject({ type: z.literal('drop'), rows: z.array(rowNumber).min(1).max(mostAtOnce) }),
  z.strictObject({
    type: z.literal('append'),
    /** Column → value; columns that are not named have none. */
    rows: z.array(z.record(columnName, cellText)).min(1).max(mostCorrections),
  }),
])
export type Correction = z.infer<typeof correctionSchema>
export const correctionsSchema = z.array(correctionSchema).min(1).max(mostAtOnce)

/** What corrections come to, each once and in one order: equal data of one import have equal overlays. */
export const overlaySchema = z.strictObject({
  /** Of imported rows. By row, then by column. */
  cells: z.array(z.strictObject({ row: rowNumber, column: columnName, value: cellText })),
  /** Imported rows, ascending. */
  dropped: z.array(rowNumber),
  /** In the order of their numbers. Columns by name, without those that have no value. */
  appended: z.array(z.strictObject({ row: rowNumber, values: z.record(columnName, z.string()) })),
})
export type Overlay = z.infer<typeof overlaySchema>

export const noCorrections: Overlay = { cells: [], dropped: [], appended: [] }
export const isCorrected = ({ cells, dropped, appended }: Overlay): boolean =>
  cells.length + dropped.length + appended.length > 0

export const correctionCountsSchema = z.object({ cells: z.int(), dropped: z.int(), appended: z.int() })
export type CorrectionCounts = z.infer<typeof correctionCountsSchema>

/** “2 cells changed, 1 row dropped”; “as imported” where nothing was. */
export function correctionsInWords({ cells, dropped, appended }: CorrectionCounts): string {
  const parts = [
    ...(cells > 0 ? [`${plural(cells, 'cell')} changed`] : []),
    ...(dropped > 0 ? [`${plural(dropped, 'row')} dropped`] : []),
    ...(appended > 0 ? [`${plural(appended, 'row')} appended`] : []),
  ]
  return parts.length === 0 ? 'as imported' : parts.join(', ')
}

/** “v3”. */
export const versionName = (number: number): string => `v${number}`

/** Which version of an import a data set is. */
export const dataVersionSchema = z.object({
  /** Counted in the project, over all imports; none comes twice. */
  number: z.int(),
  /** Of the import and its corrections; without any, the import's own. */
  sha256: z.string(),
  /** Of the data set as it was imported. */
  importId: z.string(),
  /** Rows of the import: appended ones are numbered from here on. */
  importedRows: z.int(),
  counts: correctionCountsSchema,
})
export type DataVersion = z.infer<typeof dataVersionSchema>

/** A version in the project's list. */
export const listedVersionSchema = dataVersionSchema.extend({
  id: z.string(),
  /** Milliseconds since the epoch. */
  createdAt: z.number(),
  fileName: z.string(),
  rows: z.int(),
  /** What it was made from; null: an import, or that is gone. */
  madeFrom: z.int().nullable(),
  runs: z.int(),
  current: z.boolean(),
})
export type ListedVersion = z.infer<typeof listedVersionSchema>

const versionSchema = z.object({ number: z.int().nullable(), sha256: z.string(), rows: z.int() })
const textRow = z.object({ row: z.int(), cells: z.array(z.string().nullable()) })

/** What another version has otherwise. Row numbers are those of the version that has the row. */
export const dataComparisonSchema = z.object({
  /** `number` null: not part of the project yet. */
  before: versionSchema,
  after: versionSchema,
  /** Both are versions of one import, so rows are known by their numbers. Otherwise they were aligned by what is in them. */
  sameImport: z.boolean(),
  columns: z.object({
    added: z.array(z.string()),
    removed: z.array(z.string()),
    retyped: z.array(z.object({ name: z.string(), before: columnKindSchema, after: columnKindSchema })),
  }),
  added: z.int(),
  removed: z.int(),
  /** Cells of rows that both have. */
  changed: z.int(),
  /** Rows that are the same and stand elsewhere. */
  moved: z.int(),
  /** The columns that the cells of `rows` are of. */
  names: z.array(z.string()),
  /** The first few of each. */
  rows: z.object({ added: z.array(textRow), removed: z.array(textRow) }),
  cells: z.array(
    z.object({
      row: z.int(),
      column: z.string(),
      before: z.string().nullable(),
      after: z.string().nullable(),
    }),
  ),
  /** How sure this is. */
  notes: z.array(z.string()),
})
export type DataComparison = z.infer<typeof dataComparisonSchema>

/** A file that was read again, before it is the project's data. */
export const importPreviewSchema = z.object({
  /** For accepting or discarding it. */
  importId: z.string(),
  /** null: the project's data cannot be compared with it. */
  comparison: dataComparisonSchema.nullable(),
  /** Corrections of the present version that still fit, and what becomes of the others, in words. */
  carried: correctionCountsSchema,
  lost: z.array(z.string()),
})
export type ImportPreview = z.infer<typeof importPreviewSchema>
