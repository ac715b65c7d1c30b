/** Statistics of layers, as their series have them. */
import { layerOfSeries, type Curves, type LayerStatistic } from '../../electron/contract/index.ts'
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

/** Of many, those that lie lowest and highest at the end, in the order of the network. */
export function extremeLayers(lines: readonly LayerLine[]): LayerLine[] {
  if (lines.length <= mostLayers) return [...lines]
  const sorted = lines.toSorted((a, b) => (a.points.at(-1)?.y ?? 0) - (b.points.at(-1)?.y ?? 0))
  const kept = new Set([...sorted.slice(0, mostLayers / 2), ...sorted.slice(-mostLayers / 2)])
  return lines.filter((line) => kept.has(line))
}
