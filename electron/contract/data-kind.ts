import { z } from 'zod'

/**
 * What a project learns from: a CSV/TSV table, a folder of IDX images, or lines of `label text`. The three share
 * everything but how their data becomes numbers, so a recipe is one union over this.
 */
export const dataKindSchema = z.enum(['table', 'images', 'text'])
export type DataKind = z.infer<typeof dataKindSchema>
