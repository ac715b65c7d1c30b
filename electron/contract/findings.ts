/** What alerts, checks and alarms have found: data that the host keeps, the window shows and the terminal prints. */
import { z } from 'zod'
import { findingRegistries, severities, type Fact, type FindingDefinition } from './definitions/index.ts'
import { fixSchema } from './fixes.ts'
import { formatCount, formatPercent } from './format.ts'
import { rowFilterSchema } from './row-filter.ts'
import { numberTextOf } from './years.ts'

export const findingSchema = z.object({
  /** As its definition is called. */
  name: z.string(),
  severity: z.enum(severities),
  /** Of whom it speaks; empty: of the whole. */
  columns: z.array(z.string()),
  message: z.string(),
  /** The numbers behind it, by the keys of its definition's facts; of many columns at once there are none. */
  evidence: z.record(z.string(), z.union([z.number(), z.string()])),
  /** Edits of the recipe that help; empty where people have to think. */
  fixes: z.array(fixSchema),
  /** Of a training: the layer, or parameter, that it speaks of; where there are several, the worst. */
  layer: z.string().optional(),
  /** Of a training: the step, counted from 1, from which on it could be told. */
  step: z.int().optional(),
  /** The rows it is about; absent: all of them, or no single ones. */
  rows: rowFilterSchema.optional(),
})
export type Finding = z.infer<typeof findingSchema>

/** null: one that another version has found. */
export const definitionOf = ({ name }: Pick<Finding, 'name'>): FindingDefinition | null =>
  findingRegistries.flatMap(({ members }) => members).find((member) => member.name === name) ?? null

export interface Evidence extends Fact {
  readonly value: number | string
  /** Whose values its numbers are; null: those of several columns, or of none. */
  readonly column: string | null
}
/** The numbers behind a finding, with their words. */
export const evidenceOf = (finding: Finding): Evidence[] =>
  Object.entries(definitionOf(finding)?.facts ?? {}).flatMap(([key, fact]) => {
    const value = finding.evidence[key]
    return value === undefined
      ? []
      : [{ ...fact, value, column: finding.columns.length === 1 ? finding.columns[0]! : null }]
  })

export function evidenceText({ format, value, column }: Evidence): string {
  if (typeof value === 'string' || format === 'text') return String(value)
  return { count: formatCount, share: formatPercent, number: numberTextOf(column ?? '') }[format](value)
}

const rank = (severity: Finding['severity']): number => severities.indexOf(severity)
/** The most serious first; else as they come. */
export const bySeverity = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted((a, b) => rank(a.severity) - rank(b.severity))
