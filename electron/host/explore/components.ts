/** Principal components of standardized columns: the plane in which rows are spread the most. */

export interface Components {
  readonly x: Float64Array
  readonly y: Float64Array
  /** Share of the variance of each of the two. */
  readonly explained: readonly number[]
}

/** Rows without a value have the mean, as if nothing were known of them. */
function standardized(values: Float64Array): Float64Array | null {
  let [count, sum] = [0, 0]
  for (const value of values)
    if (!Number.isNaN(value)) {
      sum += value
      count++
    }
  const mean = sum / count
  let square = 0
  for (const value of values) if (!Number.isNaN(value)) square += (value - mean) ** 2
  const deviation = Math.sqrt(square / count)
  return deviation > 0 && Number.isFinite(deviation)
    ? values.map((value) => (Number.isNaN(value) ? 0 : (value - mean) / deviation))
    : null
}

function covariance(columns: readonly Float64Array[]): Float64Array[] {
  const n = columns[0]!.length
  const matrix = columns.map(() => new Float64Array(columns.length))
  columns.forEach((a, i) =>
    columns.slice(0, i + 1).forEach((b, j) => {
      let sum = 0
      for (let row = 0; row < n; row++) sum += a[row]! * b[row]!
      matrix[i]![j] = matrix[j]![i] = sum / n
    }),
  )
  return matrix
}

/** The largest eigenvalue and its vector, by repeated multiplication; orthogonal to `others`. */
function leading(matrix: readonly Float64Array[], others: readonly Float64Array[]): [number, Float64Array] {
  let vector = Float64Array.from(matrix, (_, i) => 1 + 0.1 * Math.sin(i + 1))
  let value = 0
  for (let step = 0; step < 1000; step++) {
    const next = Float64Array.from(matrix, (row) => row.reduce((sum, each, k) => sum + each * vector[k]!, 0))
    for (const other of others) {
      const along = next.reduce((sum, each, k) => sum + each * other[k]!, 0)
      other.forEach((each, k) => (next[k]! -= along * each))
    }
    const length = Math.sqrt(next.reduce((sum, each) => sum + each * each, 0))
    if (length < 1e-12) return [0, next]
    vector = next.map((each) => each / length)
    if (Math.abs(length - value) <= 1e-13 * length) break
    value = length
  }
  // The sign is nobody's: the largest part points up.
  const largest = vector.reduce((best, each) => (Math.abs(each) > Math.abs(best) ? each : best), 0)
  return [value, largest < 0 ? vector.map((each) => -each) : vector]
}

/** null: fewer than two columns vary. */
export function principalComponents(values: readonly Float64Array[]): Components | null {
  const columns = values.flatMap((one) => standardized(one) ?? [])
  if (columns.length < 2) return null
  const matrix = covariance(columns)
  const [first, a] = leading(matrix, [])
  const [second, b] = leading(matrix, [a])
  const total = matrix.reduce((sum, row, i) => sum + row[i]!, 0)
  const along = (vector: Float64Array) =>
    Float64Array.from(columns[0]!, (_, row) =>
      columns.reduce((sum, column, k) => sum + column[row]! * vector[k]!, 0),
    )
  return { x: along(a), y: along(b), explained: [first / total, second / total] }
}
