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
const manyRows = 8192
/** With more columns there is enough to do at a time, and rows are long enough to be read as they lie. */
const mostColumns = 2048
/** Elements of a band: half of a processor's first cache. */
const bandElements = 8192
const bandRows = { least: 16, most: 256 }
/** So many elements of the axes after the first are a run of their own. */
const innerRun = 128
/** So few results leave most threads of a GPU idle; with shorter sums it would be idle in any case. */
const fewResults = 512
const longSum = 2 ** 15
/** Over several axes of which those after the first are no run, more than a batch has. */
const veryLongSum = 2 ** 18
const runElements = { least: 256, most: 8192 }

/**
 * How to reduce `axes` (increasing, none of extent 1) in two stages, or null where one is as good. The first axis may be a
 * batch: where there are others, they alone decide, so that a batch of another size is reduced by the same program.
 */
export function stagesOf(shape: Shape, axes: readonly number[]): Stages | null {
  const kept = shape.flatMap((extent, axis) => (extent > 1 && !axes.includes(axis) ? [axis] : []))
  const product = (of: readonly number[]): number => of.reduce((n, axis) => n * shape[axis]!, 1)
  const results = product(kept.filter((axis) => axis > 0))
  const [first, ...others] = axes
  const [terms, innerTerms] = [product(axes), product(others)]
  const isDownColumns = kept.length > 0 && kept[0]! > axes.at(-1)!
  if (isDownColumns && results <= mostColumns) {
    const most = Math.min(bandRows.most, Math.max(bandRows.least, Math.floor(bandElements / results)))
    const part = { least: bandRows.least, most }
    if (others.length === 0) return terms > manyRows ? cut(shape, axes, part) : null
    return innerTerms > manyRows
      ? beside(first!, shape, others, part)
      : { shape, within: [first!], across: others }
  }
  if (results > fewResults) return null
  if (others.length === 0 || first !== 0) return terms >= longSum ? cut(shape, axes, runElements) : null
  if (innerTerms >= innerRun) return beside(first, shape, others, runElements)
  return terms >= veryLongSum ? cut(shape, axes, runElements) : null
}

interface PartSize {
  readonly least: number
  readonly most: number
}

/** Reduces the other axes, or a part of them, for each index of the first. */
function beside(first: number, shape: Shape, others: readonly number[], size: PartSize): Stages {
  const stages = cut(shape, others, size) ?? { shape, within: others, across: [] }
  return { ...stages, across: [first, ...stages.across] }
}

/** Reduces as many of the last axes first as make up a part of the wanted size, or a larger one; null where there is none. */
function cut(shape: Shape, axes: readonly number[], { least, most }: PartSize): Stages | null {
  let terms = 1
  let at = axes.length - 1
  while (at >= 0 && terms * shape[axes[at]!]! <= most) terms *= shape[axes[at--]!]!
  const whole = axes.slice(at + 1)
  if (at < 0) return null
  const axis = axes[at]!
  const part = largestDivisor(shape[axis]!, Math.floor(most / terms))
  if (terms * part < least)
    return at > 0 ? { shape, within: axes.slice(at), across: axes.slice(0, at) } : null
  if (part === 1) return { shape, within: whole, across: axes.slice(0, at + 1) }
  return {
    shape: [...shape.slice(0, axis), shape[axis]! / part, part, ...shape.slice(axis + 1)],
    within: [axis, ...whole].map((i) => i + 1),
    across: axes.slice(0, at + 1),
  }
}

function largestDivisor(of: number, atMost: number): number {
  for (let divisor = Math.min(of, atMost); divisor > 1; divisor--) if (of % divisor === 0) return divisor
  return 1
}
