/** What a paired comparison comes to, in words and as a table. */
import {
  formatMetricDifference,
  metricOf,
  midCase,
  type NetworkDiff,
  type PairedComparison,
} from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import { formatMetric } from './chart-data.ts'
import { withMarks } from './format.ts'
import type { TableData } from './table-data.ts'

const words = strings.compare.pair

/** A difference with its sign, in the metric's own unit. */
const signed = (metric: string, difference: number): string =>
  withMarks(formatMetricDifference(metric, difference, 0))

export function verdictInWords(
  { metric, first, second, difference, low, high, rows, split, verdict }: PairedComparison,
  names: readonly [first: string, second: string],
): { readonly verdict: string; readonly evidence: string } {
  const label = midCase(metricOf(metric)?.label ?? metric)
  return {
    verdict: words.verdict[verdict](names[1], names[0]),
    evidence: words.evidence(
      label,
      formatMetric(metric, second),
      formatMetric(metric, first),
      signed(metric, difference),
      signed(metric, low),
      signed(metric, high),
      rows,
      split,
    ),
  }
}

/** What is the same is left out, unless that is all there is. */
export function networkTable({ nodes }: NetworkDiff, names: readonly [string, string]): TableData {
  return {
    columns: [{ name: words.what }, { name: words.layer }, { name: names[0] }, { name: names[1] }],
    rows: nodes
      .filter(({ is }) => is !== 'same')
      .flatMap(({ is, type, first, second, differences }) =>
        differences.length === 0
          ? [[words.is[is], type, first, second]]
          : differences.map((one) => [
              words.is[is],
              `${type} ${first ?? second ?? ''}: ${one.name}`,
              one.first,
              one.second,
            ]),
      ),
  }
}
