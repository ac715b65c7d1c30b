/** Principal components of standardized columns, on the engine's CPU: the plane in which rows are spread the most. */
import { linalg, noGrad, openDevice, tensor } from '../../../engine/index.ts'
import { standardized } from './standardize.ts'

export interface Components {
  readonly x: Float64Array
  readonly y: Float64Array
  /** Share of the variance of each of the two. */
  readonly explained: readonly number[]
}

/** Rows × columns, row-major. */
function matrixOf(columns: readonly Float64Array[]): Float32Array<ArrayBuffer> {
  const rows = columns[0]!.length
  const values = new Float32Array(rows * columns.length)
  columns.forEach((column, k) => {
    for (let row = 0; row < rows; row++) values[row * columns.length + k] = column[row]!
  })
  return values
}

/** null: fewer than two columns vary. */
export async function principalComponents(values: readonly Float64Array[]): Promise<Components | null> {
  const columns = values.flatMap((one) => standardized(one, 'mean') ?? [])
  if (columns.length < 2) return null
  const rows = columns[0]!.length
  // More threads take longer to start than all of it does on one.
  const device = await openDevice('wasm', { threads: 1 })
  try {
    const [variances, points] = await noGrad(() => {
      const data = tensor(matrixOf(columns), { shape: [rows, columns.length], device })
      const covariance = data.t().matmul(data).div(rows)
      const { eigenvalues, eigenvectors } = linalg.eigh(covariance)
      // The largest come last.
      const two = eigenvectors.narrow(1, columns.length - 2, 2)
      return Promise.all([eigenvalues.data(), data.matmul(two).data()])
    })
    const total = Float64Array.from(variances).reduce((sum, one) => sum + Math.max(0, one), 0)
    return {
      x: Float64Array.from({ length: rows }, (_, row) => points[2 * row + 1]!),
      y: Float64Array.from({ length: rows }, (_, row) => points[2 * row]!),
      explained: [1, 2].map((place) => Math.max(0, variances[columns.length - place]!) / total),
    }
  } finally {
    device.close()
  }
}
