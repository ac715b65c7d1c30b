/** How one class or label is told from the others on a split, and whether its probabilities hold: a picture at a time. */
import type { Calibration, Evaluation, RankingCurve } from '../../electron/contract/index.ts'
import { curveNamed } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import type { Point } from './chart-data.ts'
import type { ChartModel } from './chart-model.ts'
import { formatCount, formatFixed, formatPercent } from './format.ts'
import { curvePoints, precisionModel, rocModel } from './ranking-curves.ts'
import { shareAxis } from './share-axis.ts'
import type { TableData } from './table-data.ts'

const words = strings.evaluate.curves

export const curveKinds = ['roc', 'precisionRecall', 'gain', 'lift', 'calibration'] as const
export type CurveKind = (typeof curveKinds)[number]

/** Of a curve: the rows that are called so, as a share of all, beside what is found of the class. */
export const gain = ({ yes, no, hits, falseAlarms }: RankingCurve): Point[] => [
  { x: 0, y: 0 },
  ...hits.map((found, i) => ({ x: (found + falseAlarms[i]!) / (yes + no), y: found / yes })),
]
/** How many times as many are found among the rows that are called so as among any rows. */
export const lift = (curve: RankingCurve): Point[] =>
  gain(curve).flatMap(({ x, y }) => (x === 0 ? [] : [{ x, y: y / x }]))

const level = (y: (x: number) => number): Point[] => [0, 1].map((x) => ({ x, y: y(x) }))

function gainModel(curve: RankingCurve): ChartModel {
  const base = curve.yes / (curve.yes + curve.no)
  return {
    series: [
      { label: words.network, color: 1, data: gain(curve) },
      {
        label: words.perfect,
        color: 3,
        dashed: true,
        data: [
          { x: 0, y: 0 },
          { x: base, y: 1 },
          { x: 1, y: 1 },
        ],
      },
      { label: words.guessing, color: 2, dashed: true, data: level((x) => x) },
    ],
    x: shareAxis(words.called),
    y: shareAxis(words.found),
  }
}

function liftModel(curve: RankingCurve): ChartModel {
  return {
    series: [
      { label: words.network, color: 1, data: lift(curve) },
      { label: words.guessing, color: 2, dashed: true, data: level(() => 1) },
    ],
    x: shareAxis(words.called),
    y: { title: words.lift, min: 0 },
  }
}

/** Points where rows are, and how many rows are there as bars at the foot: a share of all. */
function calibrationModel({ bins, rows }: Calibration): ChartModel {
  return {
    series: [
      {
        label: words.network,
        color: 1,
        data: bins.map(({ said, seen }) => ({ x: said, y: seen })),
      },
      { label: words.honest, color: 2, dashed: true, data: level((x) => x) },
      {
        label: words.shareOfRows,
        kind: 'bars',
        color: 4,
        data: bins.map((bin) => ({ x: (bin.low + bin.high) / 2, y: bin.rows / rows })),
      },
    ],
    x: shareAxis(words.said),
    y: shareAxis(words.seen),
  }
}

type Of = Pick<Evaluation, 'curves' | 'calibration' | 'classification' | 'labels'>

/** What can be drawn by this picture: names of classes or labels, the rarest first; null: whatever is most likely. */
export function drawableNames({ curves = [], calibration = [] }: Of, kind: CurveKind): (string | null)[] {
  const named = curves.toSorted((a, b) => a.yes - b.yes).map(({ name }) => name)
  if (kind !== 'calibration') return named
  const known = new Set(calibration.map(({ name }) => name))
  return [...(known.has(null) ? [null] : []), ...named.filter((name) => known.has(name))]
}

const nothing: ChartModel = { series: [], x: { title: '' }, y: { title: '' } }
const network = (evaluation: Evaluation) => [{ name: words.network, color: 1, evaluation }]

export function testCurve(evaluation: Evaluation, kind: CurveKind, name: string | null): ChartModel {
  if (kind === 'calibration') {
    const found = evaluation.calibration?.find((one) => one.name === name)
    return found === undefined ? nothing : calibrationModel(found)
  }
  const curve = name === null ? null : curveNamed(evaluation, name)
  if (curve === null) return nothing
  const models: Record<Exclude<CurveKind, 'calibration'>, () => ChartModel> = {
    roc: () => rocModel(network(evaluation), curve.name),
    precisionRecall: () => precisionModel(network(evaluation), curve.name),
    gain: () => gainModel(curve),
    lift: () => liftModel(curve),
  }
  return models[kind]()
}

const rate = (value: number): string => formatFixed(value, 4)

export function testCurveTable(evaluation: Evaluation, kind: CurveKind, name: string | null): TableData {
  if (kind === 'calibration')
    return {
      columns: [
        { name: words.from, text: rate, numeric: true },
        { name: words.to, text: rate, numeric: true },
        { name: words.rows, text: formatCount },
        { name: words.meanSaid, text: rate },
        { name: words.shareSeen, text: rate },
      ],
      rows: (evaluation.calibration?.find((one) => one.name === name)?.bins ?? []).map((bin) => [
        bin.low,
        bin.high,
        bin.rows,
        bin.said,
        bin.seen,
      ]),
    }
  if (kind === 'roc' || kind === 'precisionRecall') return curvePoints(network(evaluation), name ?? '')
  const curve = name === null ? null : curveNamed(evaluation, name)
  const points = curve === null ? [] : (kind === 'gain' ? gain : lift)(curve)
  return {
    columns: [
      { name: words.called, text: rate },
      { name: kind === 'gain' ? words.found : words.lift, text: rate },
    ],
    rows: points.map(({ x, y }) => [x, y]),
  }
}

/** What the picture says, in a sentence. */
export function testCurveNote(evaluation: Evaluation, kind: CurveKind, name: string | null): string {
  if (kind === 'calibration') {
    const found = evaluation.calibration?.find((one) => one.name === name)
    if (found === undefined) return ''
    const { ece, mce, chance, said, seen } = found
    const told = ece <= chance ? words.withinChance : words.beyondChance
    const distance = told(formatFixed(ece, 3), formatFixed(mce, 3), formatFixed(chance, 3))
    return `${words.means(formatPercent(said), formatPercent(seen))} ${distance}`
  }
  const curve = name === null ? null : curveNamed(evaluation, name)
  return curve === null ? '' : words.counts(formatCount(curve.yes), formatCount(curve.yes + curve.no))
}
