/** What becomes of the rows of two classes from each probability on: pictures and tables of it. */
import {
  accuracyAt,
  balancedAt,
  calledAt,
  costAt,
  f1At,
  precisionAt,
  recallAt,
  specificityAt,
} from '../../electron/contract/index.ts'
import type { Called, Evaluation, RankingCurve, ThresholdRule } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import type { ChartModel } from './chart-model.ts'
import { formatCount, formatFixed, formatPercent } from './format.ts'
import { shareAxis } from './share-axis.ts'
import type { TableData } from './table-data.ts'

const words = strings.evaluate.decision

/** At every probability of the curve, as if its rows were the last that are called. */
const points = (curve: RankingCurve, of: (called: Called) => number) =>
  curve.thresholds
    .map((x, i) => ({
      x,
      y: of({ first: curve.no, second: curve.yes, rightly: curve.hits[i]!, falsely: curve.falseAlarms[i]! }),
    }))
    .toReversed()

export const decisionModel = (curve: RankingCurve, threshold: number): ChartModel => ({
  series: [
    { label: words.recall, color: 1, data: points(curve, recallAt) },
    { label: words.precision, color: 2, data: points(curve, precisionAt) },
    { label: words.f1, color: 3, data: points(curve, f1At) },
    { label: words.specificity, color: 4, data: points(curve, specificityAt) },
  ],
  x: shareAxis(words.probability),
  y: shareAxis(words.value),
  markers: [{ x: threshold, label: words.at(threshold) }],
})

const rate = (value: number): string => formatFixed(value, 4)
export const decisionTable = (curve: RankingCurve): TableData => ({
  columns: [
    { name: words.probability, text: rate },
    { name: words.called, text: formatCount },
    ...[words.recall, words.precision, words.f1, words.specificity].map((name) => ({ name, text: rate })),
  ],
  rows: curve.thresholds.map((threshold, i) => {
    const called = {
      first: curve.no,
      second: curve.yes,
      rightly: curve.hits[i]!,
      falsely: curve.falseAlarms[i]!,
    }
    return [
      threshold,
      called.rightly + called.falsely,
      ...[recallAt, precisionAt, f1At, specificityAt].map((of) => of(called)),
    ]
  }),
})

/**
 * What was predicted, where the threshold is the one that it was predicted by: the curve has only as many points as a picture shows,
 * and lacks some of an evaluation that was made before it kept those around the threshold.
 */
export function calledIn(
  { classification, threshold: used = 0.5 }: Pick<Evaluation, 'classification' | 'threshold'>,
  curve: RankingCurve,
  threshold: number,
): Called {
  const [no, yes] = classification?.confusion ?? []
  if (threshold !== used || no?.length !== 2 || yes?.length !== 2) return calledAt(curve, threshold)
  return { first: curve.no, second: curve.yes, rightly: yes[1]!, falsely: no[1]! }
}

/** Metrics at one threshold beside those at another. */
export function decisionMetrics(
  { here, now }: { readonly here: Called; readonly now: Called },
  rule: ThresholdRule,
): TableData {
  const shares: [string, (called: Called) => number][] = [
    [words.recall, recallAt],
    [words.precision, precisionAt],
    [words.f1, f1At],
    [words.specificity, specificityAt],
    [words.balanced, balancedAt],
    [words.accuracy, accuracyAt],
  ]
  const rows = here.first + here.second
  return {
    columns: [
      { name: words.measures },
      { name: words.here, numeric: true },
      { name: words.now, numeric: true },
    ],
    rows: [
      ...shares.map(([name, of]) => [name, formatPercent(of(here)), formatPercent(of(now))]),
      ...(rule.threshold === 'cost'
        ? [
            [words.cost, formatFixed(costAt(here, rule), 0), formatFixed(costAt(now, rule), 0)],
            [
              words.perRow,
              formatFixed(costAt(here, rule) / rows, 3),
              formatFixed(costAt(now, rule) / rows, 3),
            ],
          ]
        : []),
    ],
  }
}

/** Row: truly; column: predicted. */
export function decisionMatrix(
  { first, second, rightly, falsely }: Called,
  names: readonly [string, string],
): TableData {
  return {
    columns: [{ name: words.class }, ...names.map((name) => ({ name: words.said(name), text: formatCount }))],
    rows: [
      [names[0], first - falsely, falsely],
      [names[1], second - rightly, rightly],
    ],
  }
}
