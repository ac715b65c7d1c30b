/** Columns on one scale, so that none counts more than another for its unit. */

/**
 * By mean and standard deviation (of n) of the values that there are; null: they are all the same. `gaps`: what stands where
 * there is no value, the mean, as if nothing were known of the row, or the median, where most rows are.
 */
export function standardized(values: Float64Array, gaps: 'mean' | 'median'): Float64Array | null {
  const present = values.filter((value) => !Number.isNaN(value))
  const { length } = present
  // In parts, so that the sum of huge values does not overflow.
  const mean = present.reduce((sum, value) => sum + value / length, 0)
  const deviation = Math.sqrt(present.reduce((sum, value) => sum + (value - mean) ** 2 / length, 0))
  if (!(deviation > 0) || !Number.isFinite(deviation)) return null
  const gap = gaps === 'mean' ? mean : present.sort()[length >> 1]!
  return values.map((value) => ((Number.isNaN(value) ? gap : value) - mean) / deviation)
}
