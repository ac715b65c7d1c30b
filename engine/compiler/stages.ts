/**
 * Long reductions in two stages: partial results first, then theirs. Down the columns of a table it is cut into bands of
 * rows, each walked while it is in the cache; where there are few results, into runs that all of a device's threads
 * share. Sums of sums are also more exact.
 */
import type { Shape } from '../tensor/shape.ts'

export interface Stages {
  /** The input's shape with one reduced axis perhaps cut in two. */
  readonly shape: Shape
  /** Axes of it that are reduced first, and those that number the partial results. */
  readonly within: readonly number[]
  readonly across: readonly number[]
}

/** Rows beyond which bands pay. A batch that has fewer anyhow, and its last one, are reduced alike. */
const manyRows = 2048
/** With more columns there is enough to do at a time, and rows are long enough to be read as they lie. */
const mostColumns = 2048
/** Elements of a band: half of a processor's first cache. */
const bandElements = 8192
const bandRows = { least: 16, most: 256 }
/** So few results leave most threads of a GPU idle; with shorter sums it would be idle in any case. */
const fewResults = 512
const longSum = 2 ** 15
const runElements = { least: 256, most: 8192 }

/** How to reduce `axes` (increasing, none of extent 1) in two stages, or null where one is as good. */
export function stagesOf(shape: Shape, axes: readonly number[]): Stages | null {
  const kept = shape.flatMap((extent, axis) => (extent > 1 && !axes.includes(axis) ? [axis] : []))
  const product = (of: readonly number[]): number => of.reduce((n, axis) => n * shape[axis]!, 1)
  const [results, terms] = [product(kept), product(axes)]
  const isDownColumns = kept.length > 0 && kept[0]! > axes.at(-1)!
  // Of several axes the first may be a batch: whether the others make up a band is the same for all its sizes.
  const isBanded = terms > manyRows || product(axes.slice(1)) >= bandRows.least
  if (isDownColumns && results <= mostColumns && isBanded) {
    const most = Math.min(bandRows.most, Math.max(bandRows.least, Math.floor(bandElements / results)))
    return cut(shape, axes, { least: bandRows.least, most })
  }
  return results <= fewResults && terms >= longSum ? cut(shape, axes, runElements) : null
}

/** Reduces as many of the last axes first as make up a part of the wanted size, or a larger one; null where there is none. */
function cut(
  shape: Shape,
  axes: readonly number[],
  { least, most }: { readonly least: number; readonly most: number },
): Stages | null {
  let terms = 1
  let at = axes.length - 1
  while (at >= 0 && terms * shape[axes[at]!]! <= most) terms *= shape[axes[at--]!]!
  const inner = axes.slice(at + 1)
  if (at < 0) return null
  const axis = axes[at]!
  const part = largestDivisor(shape[axis]!, Math.floor(most / terms))
  if (terms * part < least)
    return at > 0 ? { shape, within: axes.slice(at), across: axes.slice(0, at) } : null
  if (part === 1) return { shape, within: inner, across: axes.slice(0, at + 1) }
  return {
    shape: [...shape.slice(0, axis), shape[axis]! / part, part, ...shape.slice(axis + 1)],
    within: [axis, ...inner].map((i) => i + 1),
    across: axes.slice(0, at + 1),
  }
}

function largestDivisor(of: number, atMost: number): number {
  for (let divisor = Math.min(of, atMost); divisor > 1; divisor--) if (of % divisor === 0) return divisor
  return 1
}
