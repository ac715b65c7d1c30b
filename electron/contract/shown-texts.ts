/** What has become of a column of texts: its words as the network will read them. */
import { z } from 'zod'
import { histogramSchema } from './histogram.ts'

/** A token of a text, as the text has it. */
const pieceSchema = z.object({
  shown: z.string(),
  /** Whether the vocabulary has it; otherwise it is read as the one unknown word. */
  known: z.boolean(),
})
export type ShownPiece = z.infer<typeof pieceSchema>

export const shownTextSchema = z.object({
  pieces: z.array(pieceSchema),
  /** Further tokens, which are not listed. */
  more: z.int(),
})
export type ShownText = z.infer<typeof shownTextSchema>

export const shownTextsSchema = z.object({
  column: z.string(),
  /** How texts are cut, in words. */
  cutting: z.string(),
  vocabulary: z.int(),
  /** So many tokens of a text are read. */
  maxTokens: z.int(),
  /** Tokens of the training texts, before they are cut off. */
  lengths: histogramSchema,
  median: z.number(),
  longest: z.int(),
  /** Training texts that are longer than what is read. */
  cut: z.int(),
  rows: z.int(),
  /** Share of what is read that the vocabulary does not have; null: there are no such rows. */
  unknown: z.object({ train: z.number(), validation: z.number().nullable() }),
  examples: z.array(shownTextSchema.extend({ split: z.enum(['train', 'validation']) })),
})
export type ShownTexts = z.infer<typeof shownTextsSchema>
