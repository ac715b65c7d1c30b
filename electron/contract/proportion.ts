/** How sure one can be of a share. */

/** The 0.975 quantile of the normal distribution: 95 % of it lie between −z and z. */
const z95 = 1.959963984540054

export interface Interval {
  readonly low: number
  readonly high: number
}

/** Wilson's interval, of 95 % unless `z` says otherwise (1927, https://doi.org/10.2307/2276774): it stays within 0 and 1, also of few rows. null: of none. */
export function wilson(hits: number, rows: number, z = z95): Interval | null {
  if (rows === 0) return null
  const share = hits / rows
  const square = z * z
  const center = (share + square / (2 * rows)) / (1 + square / rows)
  const half =
    (z / (1 + square / rows)) * Math.sqrt((share * (1 - share)) / rows + square / (4 * rows * rows))
  return { low: Math.max(0, center - half), high: Math.min(1, center + half) }
}

/** Of a mean of so many values that spread so much, by the normal distribution; null: of fewer than two. */
export function meanInterval(mean: number, deviation: number | null, values: number): Interval | null {
  if (deviation === null || values < 2) return null
  const half = (z95 * deviation) / Math.sqrt(values)
  return { low: mean - half, high: mean + half }
}

export const areApart = (a: Interval, b: Interval): boolean => a.high < b.low || b.high < a.low
