/** Which of the searched settings mattered, and how surely that can be told. */
import { isRange, plural, type Dimension, type Importance, type TriedValue } from '../../contract/index.ts'
import { varianceShares, type Example } from './forest.ts'
import type { Tried } from './space.ts'

/** A run, and what came of it, the smaller the better. */
export interface Judged {
  readonly settings: Tried
  readonly value: number
}

/** Fewer tell nothing at all. */
export const fewestRuns = 8
/** Below so many for each setting, what is told may be chance. */
const plentyForEach = 10

const keyOf = (value: TriedValue | undefined): string => JSON.stringify(value ?? null)

/** Where each run stands on a dimension, from 0 to 1. Values without an order stand in that of what came of them. */
function placesOf(dimension: Dimension, runs: readonly Judged[]): number[] {
  const { path } = dimension
  if (isRange(dimension)) {
    const { from, to, scale } = dimension
    const at = (value: number): number => (scale === 'logarithmic' && from > 0 ? Math.log(value) : value)
    return runs.map(({ settings }) => {
      const value = settings[path]
      return typeof value === 'number' ? (at(value) - at(from)) / (at(to) - at(from)) : 0.5
    })
  }
  const means = new Map<string, { sum: number; count: number }>()
  for (const { settings, value } of runs) {
    const known = means.get(keyOf(settings[path])) ?? { sum: 0, count: 0 }
    means.set(keyOf(settings[path]), { sum: known.sum + value, count: known.count + 1 })
  }
  const order = [...means].sort(([, a], [, b]) => a.sum / a.count - b.sum / b.count).map(([key]) => key)
  return runs.map(({ settings }) => (order.indexOf(keyOf(settings[path])) + 0.5) / order.length)
}

/** What went wrong altogether counts as the worst of the others: how wrong it went says nothing of settings. */
function bounded(runs: readonly Judged[]): Judged[] {
  const finite = runs
    .map(({ value }) => value)
    .filter(Number.isFinite)
    .sort((a, b) => a - b)
  if (finite.length === 0) return []
  const [best, middle] = [finite[0]!, finite[Math.floor(finite.length / 2)]!]
  const most = Math.min(finite.at(-1)!, middle + 3 * Math.max(middle - best, 1e-12))
  return runs.map((run) => ({ ...run, value: Math.min(run.value, most) }))
}

/** `when`: at what moment all of them were judged, in words. null: nothing can be told. */
export function importanceOf(
  space: readonly Dimension[],
  judged: readonly Judged[],
  when: string,
): Importance | null {
  const runs = bounded(judged)
  if (runs.length < fewestRuns || space.length === 0) return null
  const places = space.map((dimension) => placesOf(dimension, runs))
  const examples = runs.map(({ value }, i): Example => ({ at: places.map((one) => one[i]!), value }))
  const shares = varianceShares(examples, space.length)
  if (shares === null) return null
  const settings = space.map(({ path }, i) => ({ path, ...shares[i]! })).sort((a, b) => b.share - a.share)
  const few = runs.length < plentyForEach * space.length
  return {
    runs: runs.length,
    settings,
    said:
      `What each setting by itself accounts for in the differences between ${plural(runs.length, 'run')} ${when}, by the variance that a forest of regression trees gives to it (fANOVA); what is missing to 100 % comes of settings together. ` +
      (few
        ? `These are few runs for ${plural(space.length, 'setting')}: the order may be chance where the bounds overlap.`
        : 'The bounds are between what nine of ten trees lie.'),
  }
}
