/** What lighter weights cost: how far the answers of a file are from Descent's, in numbers and in the metrics of the test. */
import {
  DescentError,
  formatBytes,
  formatMetric,
  formatPercent,
  metricOf,
  plural,
  primaryFor,
  type MetricInterval,
  type Task,
  type WeightsChoice,
} from '../../../contract/index.ts'
import type { PredictionColumns } from '../table.ts'
import { apart, isShareColumn, median } from './compare.ts'

export type LighterWeights = Exclude<WeightsChoice, 'float32'>

/** How far answers are apart in some rows. */
export interface Apart {
  readonly rows: number
  /** Of probabilities the largest difference, of numbers the largest as a share of their size, by what is predicted. */
  readonly largest: Readonly<Record<string, number>>
  /** Rows with another label, or with no number where there was one. */
  readonly changed: number
}

export interface LighterCost {
  readonly weights: LighterWeights
  /** Of the file, and of the same one with float32. */
  readonly bytes: readonly [float32: number, written: number]
  readonly hostile: Apart
  /** null: no rows of the test were at hand. */
  readonly test:
    | (Apart & {
        readonly metrics: Readonly<Record<string, readonly [descent: number, exported: number]>>
        /** What the file is judged by, and how much worse it may be; null: it cannot be told in these rows. */
        readonly bound: { readonly metric: string; readonly worse: number; readonly most: number } | null
      })
    | null
}

/** Nobody asks them to be the same: it is only measured. */
export function apartOf(
  wanted: PredictionColumns,
  answers: readonly Readonly<Record<string, unknown>>[],
): Apart {
  const largest: Record<string, number> = {}
  const changed = new Set<number>()
  wanted.names.forEach((column, i) => {
    const cells = wanted.values[i]!
    const isNumber = cells.every((cell) => typeof cell === 'number')
    const scale = isNumber && !isShareColumn(column) ? median(cells as number[]) || 1 : null
    answers.forEach((answer, row) => {
      const [cell, got] = [cells[row]!, answer[column]]
      if (!isNumber) {
        if (cell !== got) changed.add(row)
        return
      }
      const difference = typeof got === 'number' ? apart(cell as number, got, scale) : Infinity
      if (Number.isFinite(difference)) largest[column] = Math.max(largest[column] ?? 0, difference)
      else changed.add(row)
    })
  })
  return { rows: answers.length, largest, changed: changed.size }
}

/** What the metric that runs are judged by may lose: half the width of its interval is what the test cannot tell from chance. */
export function boundOf(
  task: Task,
  [descent, exported]: readonly [Readonly<Record<string, number>>, Readonly<Record<string, number>>],
  intervals: Readonly<Record<string, MetricInterval>>,
): { readonly metric: string; readonly worse: number; readonly most: number } | null {
  const { name: metric, higherIsBetter } = primaryFor(task)
  const [own, other, interval] = [descent[metric], exported[metric], intervals[metric]]
  if (own === undefined || other === undefined || interval === undefined) return null
  const worse = higherIsBetter ? own - other : other - own
  return { metric, worse, most: (interval.high - interval.low) / 2 }
}

/** Errors: a DescentError for a file that lost more than it may. */
export function requireBearable(artifact: string, { weights, test }: LighterCost): void {
  // What is no number any more is worse than anything.
  if (test?.bound == null || test.bound.worse <= test.bound.most) return
  const { metric } = test.bound
  const [own, exported] = test.metrics[metric]!
  throw new DescentError(
    'unavailable',
    `${artifact} with weights as ${weights} was not written: in ${plural(test.rows, 'row')} of the test its ${metricOf(metric)?.label.toLowerCase() ?? metric} is ${formatMetric(metric, exported)}, with float32 ${formatMetric(metric, own)}. That is worse by more than half the width of its 95 % interval. ${weights === 'int8' ? 'Choose float16 or float32 (--set weights=float32).' : 'Choose float32 (--set weights=float32).'}`,
    'weights',
  )
}

export const sizesText = ([before, after]: LighterCost['bytes']): string =>
  `${formatBytes(after)} instead of ${formatBytes(before)}`

const largestText = ({ largest }: Apart): string => {
  const names = Object.keys(largest)
  if (names.length === 0) return ''
  const most = Math.max(...Object.values(largest))
  return names.some(isShareColumn)
    ? `probabilities are at most ${most.toPrecision(2)} apart`
    : `numbers are at most ${formatPercent(most, 2)} of their size apart`
}
function changedText({ rows, changed, largest }: Apart): string {
  const labeled = Object.keys(largest).some(isShareColumn)
  if (changed === 0) return labeled ? 'no label flips' : ''
  const share = formatPercent(changed / rows, 2)
  return labeled ? `${share} of labels flip` : `${share} of answers are no numbers any more`
}
const apartText = (some: Apart): string =>
  [largestText(some), changedText(some)].filter((text) => text !== '').join(', ')

/** The metric that the file is judged by, beside Descent's. */
const metricText = ({ test }: LighterCost): string => {
  const { bound, metrics } = test!
  const name = bound?.metric ?? Object.keys(metrics)[0]
  if (name === undefined) return ''
  const [own, exported] = metrics[name]!
  return `${metricOf(name)?.label ?? name} ${formatMetric(name, exported)} instead of ${formatMetric(name, own)}; `
}

/** In a sentence or two. */
export function lighterText(cost: LighterCost): string {
  const { weights, bytes, test, hostile } = cost
  const size = `Weights as ${weights}: ${sizesText(bytes)}.`
  return test === null
    ? `${size} What that costs in accuracy was not measured, for there were no rows of the test; in ${plural(hostile.rows, 'made-up row')} ${apartText(hostile)}.`
    : `${size} In ${plural(test.rows, 'row')} of the test: ${metricText(cost)}${apartText(test)}.`
}

/** For people, in Markdown. */
export function lighterLines(cost: LighterCost): string[] {
  const { weights, bytes, test, hostile } = cost
  const headline = Object.entries(test?.metrics ?? {}).filter(([name]) => metricOf(name)?.headline === true)
  return [
    `Its weights are stored as ${weights}: ${sizesText(bytes)}. What is compared above is the same graph with float32. What the lighter weights cost:`,
    '',
    test === null
      ? '- In accuracy: not measured, for there were no rows of the test.'
      : `- In ${plural(test.rows, 'row')} of the test ${apartText(test)}.`,
    ...headline.map(
      ([name, [own, exported]]) =>
        `- ${metricOf(name)?.label ?? name}: ${formatMetric(name, exported)} instead of ${formatMetric(name, own)}.`,
    ),
    `- In ${plural(hostile.rows, 'made-up row')} ${apartText(hostile)}.`,
    '',
  ]
}
