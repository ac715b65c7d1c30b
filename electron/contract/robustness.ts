/** How a trained network does on rows to which something happened, and on what is no row at all. */
import { z } from 'zod'
import { corruptions, formatMetric, memberOf, metricOf, metrics, namesIn } from './definitions/index.ts'
import { idSchema } from './entities.ts'
import { formatCount, formatDifference, formatPercent, inSentence, midCase, plural } from './format.ts'

const metricNames = metrics.map(({ name }) => name)

/** A value, and between which values it lies with 95 % confidence; null: too few rows say. */
const boundedSchema = z.object({
  value: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
})

const curveSchema = z.object({
  corruption: z.enum(namesIn(corruptions)),
  /** From the lowest severity on. Empty where it could not be measured. */
  points: z.array(boundedSchema.extend({ severity: z.int(), level: z.number() })),
  /** How much worse the metric is in the mean over the severities, on the same rows; positive is worse. null: it was not measured. */
  drop: boundedSchema
    .extend({
      /** Of the rows: only what the whole interval says. */
      verdict: z.enum(['worse', 'better', 'cannotTell']),
    })
    .nullable(),
  /** Why it could not be measured; null: it was. */
  why: z.string().nullable(),
})
export type RobustnessCurve = z.infer<typeof curveSchema>

export const robustnessSchema = z.object({
  runId: idSchema,
  split: z.enum(['validation', 'test']),
  /** Rows that were looked at, of so many that there are. */
  rows: z.int(),
  of: z.int(),
  metric: z.enum(metricNames),
  /** Of the same rows as they are. */
  clean: boundedSchema,
  curves: z.array(curveSchema),
  /** What is said of inputs that are no rows of such data; null: the task gives no confidence. */
  unseen: z
    .object({
      /** Random pixels, words in random order, or columns drawn each by itself. */
      made: z.enum(['pixels', 'words', 'columns']),
      inputs: z.int(),
      /** From which confidence on an answer counts as sure. */
      confidence: z.number(),
      /** Whether the run chose that itself, below which it answers none of the classes. */
      chosen: z.boolean(),
      /** Shares of inputs, and of the rows as they are, with a sure answer. */
      sure: z.number(),
      sureOfRows: z.number(),
    })
    .nullable(),
})
export type Robustness = z.infer<typeof robustnessSchema>

export const corruptionLabel = (name: string): string =>
  corruptions.members.find((one) => one.name === name)?.label ?? name

/** In the words of the metric: “12.3 points”. */
export const dropText = (metric: string, drop: number): string => {
  const found = metricOf(metric)
  if (found === null) return String(drop)
  // Of how much worse it is no sign is said.
  return formatDifference(found, Math.abs(drop), 0).replace(/^\+/, '')
}

/** Those that were measured, the largest drop first. */
export const worstFirst = ({ curves }: Pick<Robustness, 'curves'>): RobustnessCurve[] =>
  curves.filter(({ drop }) => drop !== null).sort((a, b) => (b.drop?.value ?? 0) - (a.drop?.value ?? 0))

/** In the mean over all that was measured. */
function meanDrop(curves: readonly RobustnessCurve[]): number | null {
  const drops = curves.flatMap(({ drop }) => (drop === null ? [] : [drop.value]))
  return drops.length === 0 ? null : drops.reduce((sum, one) => sum + one, 0) / drops.length
}

/** “Accuracy is 97.1 % on 500 rows as they are …” */
export function robustnessInWords(found: Omit<Robustness, 'runId'>): string {
  const { metric, clean, rows, of, split, curves } = found
  const label = metricOf(metric)?.label ?? metric
  const looked = `${plural(rows, `${split} row`)}${rows < of ? `, taken evenly from ${plural(of, 'row')},` : ''}`
  const first = `${label} is ${formatMetric(metric, clean.value)} on ${looked} as they are`
  const measured = worstFirst(found)
  const [worst] = measured
  const mean = meanDrop(measured)
  if (worst?.drop == null || mean === null) return `${first}; none of the corruptions could be measured.`
  const worse = measured.filter(({ drop }) => drop?.verdict === 'worse')
  const all = `in the mean over ${plural(measured.length, 'corruption')} and their five severities it is ${dropText(metric, mean)} ${mean >= 0 ? 'worse' : 'better'}`
  const lost = curves.length - measured.length
  const left = lost === 0 ? '' : ` ${plural(lost, 'corruption')} could not be measured.`
  if (worse.length === 0)
    return `${first}; ${all}, and none of them makes it worse by more than these rows can tell from chance.${left}`
  // Of those that chance does not make: another one may look worse, and be so by chance.
  const told = worse[0]!
  const last = told.points.at(-1)
  const ending = last === undefined ? '' : `, ${formatMetric(metric, last.value)} at the highest severity`
  return `${first}; ${all}. Most is lost to ${midCase(corruptionLabel(told.corruption))}: ${dropText(metric, told.drop!.value)} in the mean${ending}.${left}`
}

const madeWords = {
  pixels: 'pictures of random pixels, which are like nothing it has seen,',
  words: 'texts of words that were drawn from all texts, which say nothing,',
  // Where columns have nothing to do with each other, these are rows as any.
  columns:
    'rows whose columns were drawn each by itself, so that what goes together in the data does not in them,',
} as const

/** null: there is nothing to say. */
export function unseenInWords({ unseen }: Pick<Robustness, 'unseen'>): string | null {
  if (unseen === null) return null
  const { made, inputs, confidence, chosen, sure, sureOfRows } = unseen
  const bound = `with ${formatPercent(confidence, 0)} confidence or more${chosen ? ', below which none of the classes is answered' : ''}`
  return `Of ${formatCount(inputs)} ${madeWords[made]} ${formatPercent(sure)} are answered ${bound}; of the rows as they are, ${formatPercent(sureOfRows)}.`
}

/** What each was not done to, and why. */
export const notMeasured = ({ curves }: Pick<Robustness, 'curves'>): string | null => {
  const byReason = Map.groupBy(
    curves.filter(({ why }) => why !== null),
    ({ why }) => why,
  )
  if (byReason.size === 0) return null
  return Array.from(byReason, ([why, of]) => {
    const names = of.map(({ corruption }) => midCase(memberOf(corruptions, corruption).label))
    return `${inSentence(names)}: ${why}`
  }).join('; ')
}
