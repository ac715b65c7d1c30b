/** Histogram bins for people to look at. */

export interface Spread {
  readonly min: number
  readonly max: number
  readonly q25: number
  readonly q75: number
  readonly count: number
}

const mostBins = 30
const fewestBins = 5
/** Of bins that hold more whole numbers than these, one more or less is not seen. */
const mostInBin = 20

/**
 * Equal bins by Freedman & Diaconis (1981), width 2·IQR/∛n, between 5 and 30 of them.
 * Few whole numbers get a bin each, centered on the number; more of them share bins that hold as many each, for where one holds two and
 * the next three, an even distribution looks like a comb.
 */
export function histogramEdges({ min, max, q25, q75, count }: Spread, wholeNumbers = false): number[] {
  if (count === 0) return [0, 1]
  if (wholeNumbers && max - min < mostBins)
    return Array.from({ length: max - min + 2 }, (_, i) => min + i - 0.5)
  if (min === max) {
    const half = Math.abs(min) > 1 ? Math.abs(min) / 2 : 0.5
    return [min - half, max + half]
  }
  // Halved before subtracting: the range of two finite numbers may be infinite.
  const halfRange = max / 2 - min / 2
  const halfWidth = (q75 / 2 - q25 / 2) * 2 * Math.cbrt(1 / count)
  const ideal = halfWidth > 0 ? Math.ceil(halfRange / halfWidth) : mostBins
  const bins = Math.min(Math.max(ideal, fewestBins), mostBins)
  const each = Math.ceil((max - min + 1) / bins)
  if (wholeNumbers && each <= mostInBin)
    return Array.from({ length: Math.ceil((max - min + 1) / each) + 1 }, (_, i) => min - 0.5 + i * each)
  return Array.from({ length: bins + 1 }, (_, i) =>
    i === bins ? max : (min / 2 + (halfRange / bins) * i) * 2,
  )
}

/** Counts per bin; the last bin includes its upper edge. Values outside are not counted. */
export function histogramCounts(values: Iterable<number>, edges: readonly number[]): number[] {
  const bins = edges.length - 1
  const counts = new Array<number>(bins).fill(0)
  const low = edges[0]!
  const high = edges[bins]!
  const width = high / bins - low / bins
  for (const value of values)
    if (value >= low && value <= high) counts[Math.min(bins - 1, Math.floor((value - low) / width))]!++
  return counts
}
