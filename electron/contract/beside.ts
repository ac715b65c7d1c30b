/** A result beside baselines: what each has, and what may be said of the network. */
import { z } from 'zod'
import { baselineLabel } from './definitions/baselines.ts'
import { formatMetric, primaryFor } from './definitions/metrics.ts'
import type { Task } from './definitions/tasks.ts'
import { idSchema, metricsSchema } from './entities.ts'
import { inSentence, midCase, plural } from './format.ts'
import { metricDifferenceSchema, metricIntervalSchema } from './intervals.ts'

/** One baseline on the rows of a split. */
export const besideSchema = z.object({
  /** Of its definition. */
  name: z.string(),
  /** Training rows that it learned from. */
  rows: z.int(),
  seconds: z.number(),
  /** What is to be known of it, in sentences. */
  notes: z.array(z.string()),
  metrics: metricsSchema,
  intervals: z.record(z.string(), metricIntervalSchema),
  /** How much more the network has than this baseline; the verdict is of the network. */
  differences: z.record(z.string(), metricDifferenceSchema),
})
export type Beside = z.infer<typeof besideSchema>

export const besideBaselinesSchema = z.object({
  runId: idSchema,
  split: z.enum(['validation', 'test']),
  /** That network and baselines were judged on. */
  rows: z.int(),
  /** The constant one first. */
  baselines: z.array(besideSchema),
  /** Those that do not suit the data, and why. */
  without: z.array(z.object({ name: z.string(), why: z.string() })),
})
export type BesideBaselines = z.infer<typeof besideBaselinesSchema>

/** What may be said of a network beside its baselines: 'better' than all of them, 'worse' than one, or neither. */
export interface BesideVerdict {
  readonly verdict: 'better' | 'worse' | 'cannotTell'
  readonly sentence: string
}

/** What validation rows did for the network alone. */
const favored =
  'the validation rows chose the network’s epoch and nothing of the baselines, which favors the network'

/**
 * By what runs of the task are judged by. null: nothing was compared. On validation rows, by which the network was chosen, it is not
 * called better.
 */
export function besideVerdict(
  task: Task,
  { baselines, rows, split }: Pick<BesideBaselines, 'baselines' | 'rows' | 'split'>,
): BesideVerdict | null {
  const { name: metric, label } = primaryFor(task)
  const compared = baselines.flatMap((one) => {
    const found = one.differences[metric]
    return found === undefined ? [] : [{ ...one, found, label: midCase(baselineLabel(one.name, task)) }]
  })
  if (compared.length === 0) return null
  const which = (verdict: string) => compared.filter(({ found }) => found.verdict === verdict)
  const named = (some: typeof compared): string => inSentence(some.map((one) => one.label))
  const [worse, unsure, better] = [which('worse'), which('cannotTell'), which('better')]
  const by = `by ${midCase(label)}`
  const caution = split === 'validation' ? ` Mind that ${favored}.` : ''
  if (worse.length > 0) {
    const best = worse.reduce((a, b) => (Math.abs(b.found.difference) > Math.abs(a.found.difference) ? b : a))
    const ours = best.metrics[metric]! + best.found.difference
    return {
      verdict: 'worse',
      sentence: `The network is worse than ${named(worse)} ${by}: ${formatMetric(metric, ours)} against ${formatMetric(metric, best.metrics[metric], ours)}. Keep the baseline in mind, or look for a better network.${caution}`,
    }
  }
  if (unsure.length > 0)
    return {
      verdict: 'cannotTell',
      sentence: `Whether the network is better than ${named(unsure)} ${by}, these ${plural(rows, 'row')} cannot tell: ${unsure.length === 1 ? 'it' : 'each of them'} may be as good.${better.length > 0 ? ` It is better than ${named(better)}.` : ''}${caution}`,
    }
  if (split === 'validation')
    return {
      verdict: 'cannotTell',
      sentence: `The network has the better ${midCase(label)} beside ${named(better)}, but ${favored}. Only the test split tells whether it is better.`,
    }
  return { verdict: 'better', sentence: `The network is better than ${named(better)} ${by}.` }
}
