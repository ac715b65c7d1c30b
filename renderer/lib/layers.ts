/** Statistics of layers, as their series have them. */
import {
  distributionOfSeries,
  distributionPercentiles,
  layerOfSeries,
  type Curves,
  type Distribution,
  type DistributionPercentile,
  type LayerStatistic,
} from '../../electron/contract/index.ts'
import type { Point } from './chart-data.ts'
import { stepPointsOf } from './curves.ts'

export interface LayerLine {
  /** Of a parameter, its name: `0.weight`. */
  readonly layer: string
  readonly points: Point[]
}

/** More are not told apart at a glance. */
export const mostLayers = 8

export const layersIn = (curves: Curves, statistic: LayerStatistic): LayerLine[] =>
  Object.keys(curves.series).flatMap((name) => {
    const of = layerOfSeries(name)
    return of?.statistic === statistic ? [{ layer: of.layer, points: stepPointsOf(curves, name) }] : []
  })

/** How the numbers of one tensor were spread, step by step: as many values as percentiles. */
export interface LayerDistribution {
  readonly layer: string
  readonly x: readonly number[]
  /** By percentile. */
  readonly values: Readonly<Record<DistributionPercentile, readonly number[]>>
}

export function distributionsIn(curves: Curves, wanted: Distribution): LayerDistribution[] {
  const found = new Map<string, Map<DistributionPercentile, Point[]>>()
  for (const name of Object.keys(curves.series)) {
    const of = distributionOfSeries(name)
    if (of?.distribution !== wanted) continue
    const lines = found.get(of.layer) ?? new Map<DistributionPercentile, Point[]>()
    found.set(of.layer, lines.set(of.percentile, stepPointsOf(curves, name)))
  }
  return [...found].flatMap(([layer, lines]) => {
    if (lines.size < distributionPercentiles.length) return []
    const values = Object.fromEntries(
      [...lines].map(([percentile, points]) => [percentile, points.map(({ y }) => y)]),
    ) as unknown as LayerDistribution['values']
    return [{ layer, x: lines.get(50)!.map(({ x }) => x), values }]
  })
}

/** Of many, those that lie lowest and highest at the end, in the order of the network. */
export function extremeLayers(lines: readonly LayerLine[]): LayerLine[] {
  if (lines.length <= mostLayers) return [...lines]
  const sorted = lines.toSorted((a, b) => (a.points.at(-1)?.y ?? 0) - (b.points.at(-1)?.y ?? 0))
  const kept = new Set([...sorted.slice(0, mostLayers / 2), ...sorted.slice(-mostLayers / 2)])
  return lines.filter((line) => kept.has(line))
}
