/** What labeled pictures are like, before anything is learned from them. */
import { z } from 'zod'

const numbers = z.array(z.number())

export const pictureProfileSchema = z.object({
  /** The column whose cells name them. */
  column: z.string(),
  /** How many there are; the lists below have those that were measured, evenly taken, all in the same order. */
  of: z.int(),
  names: z.array(z.string()),
  /** Which are named by rows of a test file that has pictures of its own; absent: a name says it. */
  tested: z.array(z.boolean()).optional(),
  /** Places in `classes`, which are in their usual order; of one alone nothing tells pictures apart. */
  labels: z.array(z.int()),
  classes: z.array(z.string()),
  /** Mean of the gray levels, and their standard deviation, from 0 to 1. */
  brightness: numbers,
  contrast: numbers,
  /** Variance of the Laplacian of gray levels from 0 to 255. */
  sharpness: numbers,
  /** How far from the mean picture of its class: 1 is as far as half of the class. */
  oddness: numbers,
  /** In pixels, as the files came; null: they had no files of their own. */
  width: z.array(z.int()).nullable(),
  height: z.array(z.int()).nullable(),
  /** The first two principal components of small gray copies; null: nothing varies. */
  map: z.object({ x: numbers, y: numbers, explained: numbers }).nullable(),
  /** Of each class the mean of its pictures and how much they differ from it, pixel by pixel, as addresses of PNG. */
  means: z.array(z.object({ label: z.string(), count: z.int(), mean: z.string(), spread: z.string() })),
  /** Pictures that are nearly the same as an earlier one: how many of all that were compared, and some of them. */
  alike: z.object({
    count: z.int(),
    pairs: z.array(z.array(z.object({ name: z.string(), label: z.string(), tested: z.boolean() })).length(2)),
  }),
})
export type PictureProfile = z.infer<typeof pictureProfileSchema>
