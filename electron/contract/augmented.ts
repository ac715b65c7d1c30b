/** What augmentations make of one example: the tensors that a network is given, as pictures. */
import { z } from 'zod'

export const mostDraws = 24

/** An answer's share of what an augmented example shows. */
export const shownPartSchema = z.object({ label: z.string(), share: z.number() })

export const augmentedSchema = z.object({
  /** Training examples that there are to look at. */
  examples: z.int(),
  /** Which of these this is, counted from 0. */
  example: z.int(),
  /** null: its target is not one class. */
  label: z.string().nullable(),
  width: z.int(),
  height: z.int(),
  channels: z.int(),
  /** As an address of a PNG. */
  original: z.string(),
  /** `parts`: what its label is made of, where rows are mixed. */
  draws: z.array(z.object({ shown: z.string(), parts: z.array(shownPartSchema).nullable() })),
})
export type Augmented = z.infer<typeof augmentedSchema>
