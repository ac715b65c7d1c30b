/** What the host says about the workspace itself: what happened to its files, what is being worked on, what may be read. */
import { z } from 'zod'
import { idSchema } from './entities.ts'

/** Something a person should know about their files, kept until they have dismissed it. */
export const noticeSchema = z.object({
  id: z.int(),
  /** Milliseconds since the epoch. */
  createdAt: z.number(),
  severity: z.enum(['info', 'warning', 'error']),
  /** What happened, what it affects, and what to do. */
  message: z.string(),
})
export type Notice = z.infer<typeof noticeSchema>

export const jobKinds = [
  'import',
  'profile',
  'prepare',
  'augment',
  'graph',
  'preflight',
  'tune',
  'evaluate',
  'baselines',
  'examine',
  'predict',
  'export',
] as const

/** Work on data in a process of its own, e.g. an import. */
export const jobSchema = z.object({
  id: idSchema,
  kind: z.enum(jobKinds),
  projectId: idSchema.nullable(),
  /** What is done, e.g. “Reading churn.csv”. */
  label: z.string(),
  /** What it is about, where several of one kind may run (jobTopics); null: nothing else is like it. */
  topic: z.string().nullable(),
  state: z.enum(['waiting', 'running', 'finished', 'failed', 'cancelled']),
  /** Share that is done, 0 to 1; null where nobody can tell. */
  progress: z.number().min(0).max(1).nullable(),
  seconds: z.number(),
  /** Bytes that the process uses; null where the system does not say. */
  memory: z.number().nullable(),
})
export type Job = z.infer<typeof jobSchema>

/** By these the window finds the job that it asked for among others of its kind. */
export const jobTopics = {
  examine: (runId: string, split: string) => `examine ${split} ${runId}`,
  robustness: (runId: string, split: string) => `robustness ${split} ${runId}`,
  explain: (runId: string, row: number) => `explain ${row} ${runId}`,
  dependence: (runId: string, split: string, column: string) => `dependence ${split} ${runId} ${column}`,
  predict: (modelPath: string) => `predict ${modelPath}`,
  measure: (modelPath: string) => `measure ${modelPath}`,
  try: (modelPath: string) => `try ${modelPath}`,
} as const

/** How the name of a project's file ends. */
export const projectEnding = '.descent'

/** A project as one file. */
export const writtenProjectSchema = z.object({
  path: z.string(),
  bytes: z.int(),
  runs: z.int(),
  /** What did not go along. */
  notes: z.array(z.string()),
})
export type WrittenProject = z.infer<typeof writtenProjectSchema>

/** How the name of a workspace's backup ends. */
export const backupEnding = '.descent-backup'

/** A workspace as one file. */
export const writtenBackupSchema = z.object({
  path: z.string(),
  bytes: z.int(),
  projects: z.int(),
  runs: z.int(),
  files: z.int(),
  /** What did not go along. */
  notes: z.array(z.string()),
})
export type WrittenBackup = z.infer<typeof writtenBackupSchema>

/** A workspace that came out of such a file. */
export const restoredBackupSchema = z.object({
  folder: z.string(),
  projects: z.int(),
  runs: z.int(),
  files: z.int(),
  /** When the backup was made, as ISO 8601. */
  writtenAt: z.string(),
  /** What did not come along, or not as it was. */
  notes: z.array(z.string()),
})
export type RestoredBackup = z.infer<typeof restoredBackupSchema>

/** A project that came out of a file, or is a copy of another. */
export const openedProjectSchema = z.object({
  projectId: idSchema,
  /** With a number behind it where another project is called so. */
  name: z.string(),
  runs: z.int(),
  /** What did not come along as it was. */
  notes: z.array(z.string()),
})
export type OpenedProject = z.infer<typeof openedProjectSchema>

/** What the first rows of a large table show, while all of them are read. Cells are cut. */
export const firstLookSchema = z.object({
  /** Rows that were looked at. */
  looked: z.int(),
  /** Columns of the table, of which the first are told of. */
  width: z.int(),
  columns: z.array(
    z.object({
      name: z.string(),
      missing: z.int(),
      distinct: z.int(),
      /** The most frequent value. */
      top: z.object({ value: z.string(), count: z.int() }).nullable(),
      /** Where all that is there is plain numbers. */
      numeric: z.object({ min: z.number(), mean: z.number(), max: z.number() }).nullable(),
    }),
  ),
  rows: z.array(z.array(z.string())),
})
export type FirstLook = z.infer<typeof firstLookSchema>

/** Something stored that cannot be read any more. Everything else can. */
export const damagedSchema = z.object({
  id: idSchema,
  name: z.string(),
  /** Why, and what can be done. */
  message: z.string(),
})
export type Damaged = z.infer<typeof damagedSchema>

/** An address that the host connected to, and when last. */
export const visitedSchema = z.object({ address: z.string(), at: z.number() })
export type Visited = z.infer<typeof visitedSchema>
