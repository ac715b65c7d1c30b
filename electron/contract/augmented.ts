/** What augmentations make of one example: the tensors that a network is given, as pictures or as tokens. */
import { z } from 'zod'
import { shownTextSchema } from './shown-texts.ts'

export const mostDraws = 24

/** An answer's share of what an augmented example shows. */
export const shownPartSchema = z.object({ label: z.string(), share: z.number() })

const common = {
  /** Training examples that there are to look at. */
  examples: z.int(),
  /** Which of these this is, counted from 0. */
  example: z.int(),
  /** null: its target is not one class. */
  label: z.string().nullable(),
}

const augmentedPictureSchema = z.object({
  ...common,
  of: z.literal('pictures'),
  width: z.int(),
  height: z.int(),
  channels: z.int(),
  /** As an address of a PNG. */
  original: z.string(),
  /** `parts`: what its label is made of, where rows are mixed. */
  draws: z.array(z.object({ shown: z.string(), parts: z.array(shownPartSchema).nullable() })),
})
export type AugmentedPicture = z.infer<typeof augmentedPictureSchema>

const augmentedTextSchema = z.object({
  ...common,
  of: z.literal('texts'),
  column: z.string(),
  /** So many tokens of a text are read. */
  maxTokens: z.int(),
  original: shownTextSchema,
  draws: z.array(shownTextSchema),
})
export type AugmentedText = z.infer<typeof augmentedTextSchema>

export const augmentedSchema = z.discriminatedUnion('of', [augmentedPictureSchema, augmentedTextSchema])
export type Augmented = z.infer<typeof augmentedSchema>
