import { z } from 'zod'

export const taskSchema = z.enum(['classification', 'regression'])
export type Task = z.infer<typeof taskSchema>
