/** Precision and recall of one class or label, of several runs: what the charts on Compare and their tables show. */
import { curveNamed, severalOf } from '../../electron/contract/index.ts'
import type { Evaluation, RankingCurve } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import type { Point } from './chart-data.ts'
import type { ChartModel, Series } from './chart-model.ts'
import { formatCount, formatFixed } from './format.ts'
import { shareAxis } from './share-axis.ts'
import type { TableData } from './table-data.ts'

const words = strings.compare.ranking

/** A run and what was measured of it. */
export interface Ranked {
  readonly name: string
  /** Its place in the palette. */
  readonly color: number
  readonly evaluation: Evaluation
}

/** Classes or labels that any of the runs has a curve of, the rarest first. */
export function namesOf(ranked: readonly Ranked[]): string[] {
  const rows = new Map<string, number>()
  for (const { evaluation } of ranked)
    for (const { name, yes } of evaluation.curves ?? [])
      rows.set(name, Math.min(yes, rows.get(name) ?? Number.POSITIVE_INFINITY))
  return [...rows].sort(([, a], [, b]) => a - b).map(([name]) => name)
}

/** In steps, as average precision adds them up: between two thresholds nothing can be chosen. */
export const precisionRecall = ({ yes, hits, falseAlarms }: RankingCurve): Point[] =>
  hits.flatMap((found, i) => {
    const y = found / (found + falseAlarms[i]!)
    return [
      { x: (hits[i - 1] ?? 0) / yes, y },
      { x: found / yes, y },
    ]
  })

/** From nothing to everything. */
export const roc = ({ yes, no, hits, falseAlarms }: RankingCurve): Point[] => [
  { x: 0, y: 0 },
  ...hits.map((found, i) => ({ x: falseAlarms[i]! / Math.max(1, no), y: found / yes })),
]

const area = (value: number | null): string => (value === null ? '–' : formatFixed(value, 3))

interface Drawn {
  readonly run: Ranked
  readonly curve: RankingCurve
}
const drawnOf = (ranked: readonly Ranked[], name: string): Drawn[] =>
  ranked.flatMap((run) => {
    const curve = curveNamed(run.evaluation, name)
    return curve ? [{ run, curve }] : []
  })

/** What guessing does, in a look that no run has. */
const guessing = (drawn: readonly Drawn[], data: Point[]): Series => ({
  label: words.guessing,
  color: Math.max(...drawn.map(({ run }) => run.color)) + 1,
  dashed: true,
  data,
})

export function precisionModel(ranked: readonly Ranked[], name: string): ChartModel {
  const drawn = drawnOf(ranked, name)
  const first = drawn[0]?.curve
  const base = first ? first.yes / (first.yes + first.no) : 0
  const level = [0, 1].map((x) => ({ x, y: base }))
  return {
    series: [
      ...drawn.map(({ run, curve }) => ({
        label: words.withArea(run.name, area(curve.averagePrecision)),
        color: run.color,
        data: precisionRecall(curve),
      })),
      ...(first ? [guessing(drawn, level)] : []),
    ],
    x: shareAxis(words.recall),
    y: shareAxis(words.precision),
  }
}

export function rocModel(ranked: readonly Ranked[], name: string): ChartModel {
  const drawn = drawnOf(ranked, name)
  const diagonal = [0, 1].map((x) => ({ x, y: x }))
  return {
    series: [
      ...drawn.map(({ run, curve }) => ({
        label: words.withArea(run.name, area(curve.rocAuc)),
        color: run.color,
        data: roc(curve),
      })),
      ...(drawn.length > 0 ? [guessing(drawn, diagonal)] : []),
    ],
    x: shareAxis(words.falseRate),
    y: shareAxis(words.recall),
  }
}

const plain = (value: number): string => formatFixed(value, 4)

/** Every point of every curve. */
export const curvePoints = (ranked: readonly Ranked[], name: string): TableData => ({
  columns: [
    { name: words.run },
    { name: words.probability, text: plain },
    { name: words.recall, text: plain },
    { name: words.precision, text: plain },
    { name: words.falseRate, text: plain },
  ],
  rows: drawnOf(ranked, name).flatMap(({ run, curve: { yes, no, thresholds, hits, falseAlarms } }) =>
    hits.map((found, i) => [
      run.name,
      thresholds[i]!,
      found / yes,
      found / (found + falseAlarms[i]!),
      no === 0 ? null : falseAlarms[i]! / no,
    ]),
  ),
})

const short = (value: number): string => formatFixed(value, 3)

/** What each run does with the class where it predicts it. */
export const atThresholds = (ranked: readonly Ranked[], name: string): TableData => ({
  columns: [
    { name: words.run },
    { name: words.averagePrecision, text: short },
    { name: words.rocAuc, text: short },
    { name: words.recall, text: short },
    { name: words.precision, text: short },
    { name: words.f1, text: short },
    { name: words.threshold, text: short, numeric: true },
    { name: words.rows, text: formatCount },
  ],
  rows: ranked.flatMap(({ name: run, evaluation }) => {
    const one = severalOf(evaluation).find((of) => of.name === name)
    if (!one) return []
    const curve = curveNamed(evaluation, name)
    return [
      [
        run,
        one.averagePrecision,
        curve?.rocAuc ?? null,
        one.recall,
        one.precision,
        one.f1,
        evaluation.threshold ?? null,
        one.support,
      ],
    ]
  }),
})
