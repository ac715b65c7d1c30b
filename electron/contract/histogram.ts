import { z } from 'zod'

export const histogramSchema = z.object({
  /** n+1 bin edges for n counts. */
  edges: z.array(z.number()),
  counts: z.array(z.int()),
})
