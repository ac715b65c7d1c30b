/** Curves of runs in the window: fetched once, then longer by what events bring, and never more than a chart can show. */
import type { Curve, Curves, MetricPoint, Metrics } from '../../electron/contract/index.ts'
import type { Point } from './chart-data.ts'

/** Points that are asked for of each series. */
export const askedPoints = 1000
/** A series that has grown to so many is thinned. */
const mostPoints = 4 * askedPoints

type Key = keyof Curve
export const noCurves: Curves = { recorded: 0, series: {} }

const at = (curve: Curve, rows: readonly number[]): Curve => {
  const take = (key: Key) => rows.map((row) => curve[key][row]!)
  return { epoch: take('epoch'), step: take('step'), seconds: take('seconds'), value: take('value') }
}

/** The first and the last point, and of every stretch the lowest and the highest: no spike is lost. */
export function thinned(curve: Curve, limit: number): Curve {
  const { value } = curve
  const last = value.length - 1
  if (last < limit) return curve
  const stretches = Math.max(1, Math.floor((limit - 2) / 2))
  const kept = new Set([0, last])
  for (let i = 0; i < stretches; i++) {
    const from = Math.floor((i * value.length) / stretches)
    const to = Math.floor(((i + 1) * value.length) / stretches)
    let [low, high] = [from, from]
    for (let row = from; row < to; row++) {
      if (value[row]! < value[low]!) low = row
      if (value[row]! > value[high]!) high = row
    }
    kept.add(low).add(high)
  }
  return at(
    curve,
    [...kept].sort((a, b) => a - b),
  )
}

/** `later` stands where both have something to say: a reconnect may send points twice. */
function joined(earlier: Curve | undefined, later: Curve): Curve {
  const first = later.step[0]
  if (!earlier || first === undefined) return earlier ?? later
  const end = earlier.step.findIndex((step) => step >= first)
  const join = (key: Key) => [...(end < 0 ? earlier[key] : earlier[key].slice(0, end)), ...later[key]]
  const whole = { epoch: join('epoch'), step: join('step'), seconds: join('seconds'), value: join('value') }
  return whole.value.length > mostPoints ? thinned(whole, mostPoints / 2) : whole
}

const lastStep = ({ series }: Curves): number =>
  Math.max(-1, ...Object.values(series).map(({ step }) => step.at(-1) ?? -1))

/** What was recorded since is behind what was there, or in its place where it was recorded anew. */
export function withPoints(curves: Curves, points: readonly MetricPoint[]): Curves {
  const series: Record<string, Curve> = {}
  for (const { epoch, step, seconds, values } of points)
    for (const [name, value] of Object.entries(values)) {
      if (!Number.isFinite(value)) continue
      const curve = (series[name] ??= { epoch: [], step: [], seconds: [], value: [] })
      curve.epoch.push(epoch)
      curve.step.push(step)
      curve.seconds.push(seconds)
      curve.value.push(value)
    }
  const last = lastStep(curves)
  return merged(curves, { recorded: points.filter(({ step }) => step > last).length, series })
}

function merged(earlier: Curves, later: Curves): Curves {
  const names = new Set([...Object.keys(earlier.series), ...Object.keys(later.series)])
  return {
    recorded: earlier.recorded + later.recorded,
    series: Object.fromEntries(
      [...names].map((name) => {
        const [before, after] = [earlier.series[name], later.series[name]]
        return [name, after ? joined(before, after) : before!]
      }),
    ),
  }
}

/** What was fetched, and behind it what events brought since it was asked for. */
export function withFetched(fetched: Curves, since: Curves): Curves {
  const last = lastStep(fetched)
  const after = Object.fromEntries(
    Object.entries(since.series).map(([name, curve]) => {
      const rows = curve.step.flatMap((step, row) => (step > last ? [row] : []))
      return [name, at(curve, rows)]
    }),
  )
  const recorded = Math.max(0, ...Object.values(after).map(({ step }) => step.length))
  return merged(fetched, { recorded, series: after })
}

export function pointsOf({ series }: Curves, name: string): Point[] {
  const curve = series[name]
  return curve ? curve.epoch.map((x, row) => ({ x, y: curve.value[row]! })) : []
}

/** The same by steps. */
export function stepPointsOf({ series }: Curves, name: string): Point[] {
  const curve = series[name]
  return curve ? curve.step.map((x, row) => ({ x, y: curve.value[row]! })) : []
}

/**
 * An exponential average that forgets all but `weight` of what it was at each point, without the pull of its start at 0
 * (Kingma & Ba 2015, section 3).
 */
export function smoothed(points: readonly Point[], weight: number): Point[] {
  let [average, known] = [0, 0]
  return points.map(({ x, y }) => {
    average = weight * average + (1 - weight) * y
    known = weight * known + (1 - weight)
    return { x, y: average / known }
  })
}

/** The newest value of each series. */
export const lastValues = ({ series }: Curves): Metrics =>
  Object.fromEntries(
    Object.entries(series).flatMap(([name, { value }]) =>
      value.length > 0 ? [[name, value.at(-1)!] as const] : [],
    ),
  )

export const lastEpoch = ({ series }: Curves): number =>
  Math.max(0, ...Object.values(series).map(({ epoch }) => epoch.at(-1) ?? 0))

/** The steps that these epochs took, as far as points of them are known. */
export function stepsOfRange(
  { series }: Curves,
  { min, max }: { readonly min: number; readonly max: number },
): { since: number; until: number } | null {
  const [longest] = Object.values(series).sort((a, b) => b.step.length - a.step.length)
  if (longest === undefined || longest.step.length === 0) return null
  const from = longest.epoch.findLastIndex((epoch) => epoch <= min)
  const to = longest.epoch.findIndex((epoch) => epoch >= max)
  return { since: longest.step[from] ?? 0, until: longest.step[to] ?? longest.step.at(-1)! }
}

/** Fewer points are shown than were recorded. */
export const isThinned = ({ recorded, series }: Curves): boolean =>
  Object.values(series).some(({ step }) => step.length < recorded * 0.9) && recorded > askedPoints
