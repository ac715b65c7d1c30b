/** What is under way that would be lost, or go unseen, were the app closed: a line of the host to the process that shows its window. */
import { z } from 'zod'

export const activitySchema = z.object({
  /** That compute, or wait for their turn. */
  trainings: z.int().min(0),
  /** Of all their epochs, the share that is done; null: nothing is known of it yet. */
  progress: z.number().min(0).max(1).nullable(),
})
export type Activity = z.infer<typeof activitySchema>

export const noActivity: Activity = { trainings: 0, progress: null }
