/** What is found out about a trained network on a split beyond its metrics: checks, rows behind figures, groups, what it goes by. */
import { z } from 'zod'
import { testChecks } from './definitions/index.ts'
import { idSchema } from './entities.ts'
import { hardestSchema } from './examples.ts'
import { findingSchema } from './findings.ts'
import { rowFilterSchema } from './row-filter.ts'

/** A figure, and between what values it lies with 95 % confidence; null: too few rows say. */
const figureSchema = z.object({ value: z.number(), low: z.number().nullable(), high: z.number().nullable() })

export const judgedGroupSchema = z.object({
  /** null: those without a value. */
  label: z.string().nullable(),
  where: rowFilterSchema,
  rows: z.int(),
  /** By the names of its column's figures. */
  figures: z.record(z.string(), figureSchema),
  /** How much more the group has than all others together, as sure as all comparisons together allow. */
  gaps: z.record(
    z.string(),
    z.object({
      difference: z.number(),
      low: z.number(),
      high: z.number(),
      verdict: z.enum(['differs', 'cannotTell']),
    }),
  ),
})
export type JudgedGroup = z.infer<typeof judgedGroupSchema>

export const judgedColumnSchema = z.object({
  column: z.string(),
  figures: z.array(
    z.object({ name: z.string(), label: z.string(), format: z.enum(['share', 'number', 'target']) }),
  ),
  /** The largest first. */
  groups: z.array(judgedGroupSchema),
  /** That are not told. */
  left: z.int(),
  /** Gaps, of all columns together, that share the 5 % with which chance makes one. */
  compared: z.int(),
})
export type JudgedColumn = z.infer<typeof judgedColumnSchema>

/** How much a column matters: of what the network knows beyond answers for shuffled rows, the share that goes when it is shuffled. */
export const columnImportanceSchema = z.object({
  column: z.string(),
  share: z.number(),
  low: z.number(),
  high: z.number(),
  /** The share that is kept when all others are shuffled. */
  alone: z.number(),
})
export type ColumnImportance = z.infer<typeof columnImportanceSchema>

export const examinedSchema = z.object({
  runId: idSchema,
  split: z.enum(['validation', 'test']),
  rows: z.int(),
  /** Which checks were made: others had nothing to look at. */
  made: z.array(z.string()),
  findings: z.array(findingSchema),
  /** Of classes, by their places: rows behind each cell of the confusion matrix, of very many the first. */
  cells: z.array(z.object({ truth: z.int(), predicted: z.int(), rows: z.array(z.int()) })).nullable(),
  hardest: hardestSchema,
  groups: z.array(judgedColumnSchema),
  /** The most important first; null: it cannot be told. */
  importance: z.object({ rows: z.int(), columns: z.array(columnImportanceSchema) }).nullable(),
  /** Why importance cannot be told; null: it is told, or it is no table. */
  noImportance: z.string().nullable(),
})
export type Examined = z.infer<typeof examinedSchema>

/** Of the checks by these names, in the order of the definitions, as they stand within a sentence. */
export const checkLabels = (names: Iterable<string>): string => {
  const wanted = new Set(names)
  return testChecks.members
    .filter(({ name }) => wanted.has(name))
    .map(({ label }) => label.toLowerCase())
    .join(', ')
}

/** “2 of 9 checks are not passed: overfit, golden feature.” */
export const checksInWords = ({ findings, made }: Pick<Examined, 'findings' | 'made'>): string => {
  const failed = new Set(findings.map(({ name }) => name))
  return failed.size === 0
    ? `All ${made.length} checks are passed.`
    : `${failed.size} of ${made.length} checks are not passed: ${checkLabels(failed)}.`
}
