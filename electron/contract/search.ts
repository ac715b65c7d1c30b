/** Searches as the host tells of them: what is tried, what came of it so far, and what may be said of it. */
import { z } from 'zod'
import { idSchema } from './entities.ts'
import { familySchema, searches, taskSchema } from './definitions/index.ts'
import { pairedVerdictSchema } from './intervals.ts'
import { spaceSchema, triedValueSchema } from './search-space.ts'

export const searchStateSchema = z.enum([
  'running',
  'finished',
  'stopped', // by a person; what was trained is kept
  'interrupted', // the app was closed; it can go on
])
export type SearchState = z.infer<typeof searchStateSchema>

export const trialStateSchema = z.enum([
  'training', // its run waits for room, or trains
  'waiting', // its run has come to a stop, and may be told to go on
  'finished', // trained to its end
  'stoppedEarly', // others were better
  'cut', // the time was over, or the search was stopped
  'failed',
])
export type TrialState = z.infer<typeof trialStateSchema>

export const trialSchema = z.object({
  /** Counted from 1, in the order they were drawn. */
  number: z.int(),
  /** null: its run was deleted. */
  runId: idSchema.nullable(),
  name: z.string(),
  /** What is set otherwise than in the recipe, by path. */
  settings: z.record(z.string(), triedValueSchema),
  state: trialStateSchema,
  /** Epochs that it has trained. */
  epoch: z.int(),
  /** Seconds that it has trained. */
  seconds: z.number(),
  /** By what the search is judged by, in its best epoch; null: none has ended. */
  value: z.number().nullable(),
  /** Why it is in this state, as a sentence. */
  why: z.string().nullable(),
})
export type Trial = z.infer<typeof trialSchema>

export const importanceSchema = z.object({
  /** Runs that it is told from. */
  runs: z.int(),
  /** How much of the differences between the runs each setting by itself accounts for, the largest first. */
  settings: z.array(z.object({ path: z.string(), share: z.number(), low: z.number(), high: z.number() })),
  /** How it was found out, and how far it can be trusted. */
  said: z.string(),
})
export type Importance = z.infer<typeof importanceSchema>

/** One of several that were trained from the same seeds, against the first. */
export const contenderSchema = z.object({
  label: z.string(),
  /** null: the rate is not what they differ in. */
  learningRate: z.number().nullable(),
  /** Seeds that it was trained from, to the end. */
  runs: z.int(),
  mean: z.number(),
  deviation: z.number().nullable(),
  /** Less the first, seed by seed; null: it is the first, or there are too few seeds. */
  difference: z.object({ mean: z.number(), low: z.number(), high: z.number() }).nullable(),
  verdict: pairedVerdictSchema.nullable(),
  /** As a sentence. */
  said: z.string(),
  /** Its trials. */
  numbers: z.array(z.int()),
})
export type Contender = z.infer<typeof contenderSchema>

export const searchSummarySchema = z.object({
  id: idSchema,
  projectId: idSchema,
  name: z.string(),
  search: familySchema(searches),
  state: searchStateSchema,
  createdAt: z.number(),
  /** Seconds that it has gone on. */
  seconds: z.number(),
  /** Runs that there are to be, and that have begun. */
  planned: z.int(),
  begun: z.int(),
})
export type SearchSummary = z.infer<typeof searchSummarySchema>

export const searchDetailSchema = searchSummarySchema.extend({
  task: taskSchema,
  space: spaceSchema,
  /** The series that it is judged by. */
  series: z.string(),
  epochs: z.int(),
  trials: z.array(trialSchema),
  /** The number of the best one; null: there is none yet. */
  best: z.int().nullable(),
  /** What there is to say of it, as sentences, the most important first. */
  said: z.array(z.string()),
  importance: importanceSchema.nullable(),
  /** Where a search compares things that are known beforehand. */
  contenders: z.array(contenderSchema),
})
export type SearchDetail = z.infer<typeof searchDetailSchema>
