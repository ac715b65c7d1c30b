/** What the steps of a table's shape did to it, and what was written of the data that came of them. */
import { z } from 'zod'

/** What a step did. */
export const shapedSchema = z.object({
  /** The step in a few words, as it was set. */
  step: z.string(),
  /** The hash of its settings: steps that read alike may be set otherwise. Absent: an import of versions that did not keep it. */
  sha256: z.string().optional(),
  /** Rows and columns, before and after. */
  rows: z.tuple([z.int(), z.int()]),
  columns: z.tuple([z.int(), z.int()]),
  /** Of a second table: what is kept of it, by its hash. */
  joined: z.string().optional(),
  /** What else there is to know of it. */
  notes: z.array(z.string()),
})
export type ShapedBy = z.infer<typeof shapedSchema>

/** The table as the steps would make it. */
export const shapePreviewSchema = z.object({
  steps: z.array(shapedSchema),
  rows: z.int(),
  columns: z.array(z.string()),
  /** Of these, those that the project's data has not, or has otherwise. */
  added: z.array(z.string()),
  /** The first rows. */
  first: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
})
export type ShapePreview = z.infer<typeof shapePreviewSchema>

/** A file that data were written to. */
export const exportedDataSchema = z.object({
  path: z.string(),
  /** What says how it came to be, beside it. */
  about: z.string(),
  rows: z.int(),
  columns: z.int(),
  bytes: z.number(),
  notes: z.array(z.string()),
})
export type ExportedData = z.infer<typeof exportedDataSchema>
