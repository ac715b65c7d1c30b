/** Matrices taken apart. Each is copied to float64, worked on, and rounded once, when it is stored. */
import type { HostOperand } from './index.ts'

/** One matrix of a batch, by rows. */
const matrixAt = ({ values, shape }: HostOperand, batch: number): Float64Array => {
  const size = shape[1]! * shape[2]!
  return Float64Array.from(values.subarray(batch * size, (batch + 1) * size))
}

const store = ({ values, shape }: HostOperand, batch: number, matrix: ArrayLike<number>): void =>
  values.set(matrix, batch * shape[1]! * shape[2]!)

/** See Routine. */
export function cholesky(a: HostOperand, out: HostOperand): void {
  const [batches, n] = a.shape as readonly [number, number, number]
  for (let batch = 0; batch < batches; batch++) {
    const source = matrixAt(a, batch)
    const l = new Float64Array(n * n)
    for (let j = 0; j < n; j++) {
      for (let i = j; i < n; i++) {
        let rest = source[i * n + j]!
        for (let k = 0; k < j; k++) rest -= l[i * n + k]! * l[j * n + k]!
        // Of a negative number there is no root, and NaN spreads from here.
        l[i * n + j] = i === j ? Math.sqrt(rest > 0 ? rest : NaN) : rest / l[j * n + j]!
      }
    }
    store(out, batch, l.some(Number.isNaN) ? l.fill(NaN) : l)
  }
}

/** See Routine. Doolittle's, with the largest element of a column as pivot. */
export function lu(a: HostOperand, out: HostOperand, order: HostOperand): void {
  const [batches, m, n] = a.shape as readonly [number, number, number]
  for (let batch = 0; batch < batches; batch++) {
    const w = matrixAt(a, batch)
    const rows = Int32Array.from({ length: m }, (_, i) => i)
    for (let k = 0; k < Math.min(m, n); k++) {
      let pivot = k
      for (let i = k + 1; i < m; i++) if (Math.abs(w[i * n + k]!) > Math.abs(w[pivot * n + k]!)) pivot = i
      if (pivot !== k) {
        const row = w.slice(k * n, (k + 1) * n)
        w.copyWithin(k * n, pivot * n, (pivot + 1) * n)
        w.set(row, pivot * n)
        ;[rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!]
      }
      // A column of zeros has nothing to take away.
      if (w[k * n + k] === 0) continue
      for (let i = k + 1; i < m; i++) {
        const factor = (w[i * n + k]! /= w[k * n + k]!)
        for (let j = k + 1; j < n; j++) w[i * n + j]! -= factor * w[k * n + j]!
      }
    }
    store(out, batch, w)
    store(order, batch, rows)
  }
}

/** See Routine. */
export function solveTriangular(
  a: HostOperand,
  b: HostOperand,
  out: HostOperand,
  { upper, unitriangular }: { readonly upper: boolean; readonly unitriangular: boolean },
): void {
  const [batches, n, columns] = b.shape as readonly [number, number, number]
  for (let batch = 0; batch < batches; batch++) {
    const [t, x] = [matrixAt(a, batch), matrixAt(b, batch)]
    for (let step = 0; step < n; step++) {
      const i = upper ? n - 1 - step : step
      const row = x.subarray(i * columns, (i + 1) * columns)
      for (let k = upper ? i + 1 : 0; k < (upper ? n : i); k++) {
        const factor = t[i * n + k]!
        for (let c = 0; c < columns; c++) row[c]! -= factor * x[k * columns + c]!
      }
      if (!unitriangular) for (let c = 0; c < columns; c++) row[c]! /= t[i * n + i]!
    }
    store(out, batch, x)
  }
}

/** See Routine. Householder's reflections, with LAPACK's signs: R's diagonal may be negative (geqrf, orgqr). */
export function qr(a: HostOperand, q: HostOperand, r: HostOperand): void {
  const [batches, m, n] = a.shape as readonly [number, number, number]
  const k = Math.min(m, n)
  for (let batch = 0; batch < batches; batch++) {
    const w = matrixAt(a, batch)
    const scales = Array.from({ length: k }, (_, j) => reflect(w, m, n, j))
    store(
      r,
      batch,
      Float64Array.from({ length: k * n }, (_, at) => (at % n < Math.floor(at / n) ? 0 : w[at]!)),
    )
    const columns = q.shape[2]!
    const vectors = Float64Array.from({ length: m * columns }, (_, at) =>
      Number(Math.floor(at / columns) === at % columns),
    )
    for (let j = k - 1; j >= 0; j--) applyReflection(w, n, j, scales[j]!, vectors, m, columns, 0)
    store(q, batch, vectors)
  }
}

/** Turns column j into a multiple of a unit vector, which it leaves with the vector of the reflection below it, and turns the rest with it. */
function reflect(w: Float64Array, m: number, n: number, j: number): number {
  let below = 0
  for (let i = j + 1; i < m; i++) below += w[i * n + j]! ** 2
  const head = w[j * n + j]!
  if (below === 0) return 0
  const length = head > 0 ? -Math.sqrt(head ** 2 + below) : Math.sqrt(head ** 2 + below)
  for (let i = j + 1; i < m; i++) w[i * n + j]! /= head - length
  w[j * n + j] = length
  const scale = (length - head) / length
  applyReflection(w, n, j, scale, w, m, n, j + 1)
  return scale
}

/** Applies the reflection kept in column j of w to the columns of `target` [m, columns] from `first` on. */
function applyReflection(
  w: Float64Array,
  n: number,
  j: number,
  scale: number,
  target: Float64Array,
  m: number,
  columns: number,
  first: number,
): void {
  for (let c = first; c < columns; c++) {
    let along = target[j * columns + c]!
    for (let i = j + 1; i < m; i++) along += w[i * n + j]! * target[i * columns + c]!
    along *= scale
    target[j * columns + c]! -= along
    for (let i = j + 1; i < m; i++) target[i * columns + c]! -= along * w[i * n + j]!
  }
}
