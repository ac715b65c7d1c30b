/** What a column of labeled texts is like, before anything is learned from it. */
import { z } from 'zod'
import { histogramSchema } from './histogram.ts'

export const textProfileSchema = z.object({
  /** Texts that were looked at, of how many. */
  looked: z.int(),
  of: z.int(),
  /** In words. */
  lengths: histogramSchema,
  median: z.number(),
  longest: z.int(),
  /** Different words; of these, words that are there once. */
  words: z.int(),
  once: z.int(),
  /** Share of the words of test texts, or of texts that were set aside by turns, that the others do not have. */
  unknown: z.number(),
  /** Share of the letters by script, the most frequent first. */
  scripts: z.array(z.object({ script: z.string(), share: z.number() })),
  /** Of texts that are long enough, how many there are and the languages they are in, that of most first; null: there are too few. */
  languages: z
    .object({ judged: z.int(), found: z.array(z.object({ language: z.string(), share: z.number() })) })
    .nullable(),
  /** Words, and pairs of them, that set a class apart from the others: the strongest first. */
  telling: z.array(
    z.object({
      label: z.string(),
      phrases: z.array(z.object({ phrase: z.string(), texts: z.int(), z: z.number() })),
    }),
  ),
})
export type TextProfile = z.infer<typeof textProfileSchema>
