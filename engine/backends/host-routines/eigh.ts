import type { HostOperand } from './index.ts'
import { mostSweeps, rotation, turn } from './jacobi.ts'

/** See Routine. By Jacobi's rotations of rows and columns. */
export function eigh(a: HostOperand, eigenvalues: HostOperand, eigenvectors: HostOperand): void {
  const [batches, n] = a.shape as readonly [number, number, number]
  for (let batch = 0; batch < batches; batch++) {
    const start = batch * n * n
    // The lower half, mirrored.
    const w = Float64Array.from({ length: n * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n]
      return a.values[start + (i >= j ? i * n + j : j * n + i)]!
    })
    const vectors = Float64Array.from({ length: n * n }, (_, at) => Number(at % (n + 1) === 0))
    for (let sweep = 0; sweep < mostSweeps && rotateAll(w, vectors, n); sweep++);
    const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => w[i * n + i]! - w[j * n + j]!)
    order.forEach((from, to) => {
      eigenvalues.values[batch * n + to] = w[from * n + from]!
      for (let i = 0; i < n; i++) eigenvectors.values[start + i * n + to] = vectors[i * n + from]!
    })
  }
}

/** One rotation for each element off the diagonal; false where all of them are nothing beside it. */
function rotateAll(w: Float64Array, vectors: Float64Array, n: number): boolean {
  let rotated = false
  for (let p = 0; p < n; p++) {
    for (let q = p + 1; q < n; q++) {
      const off = w[p * n + q]!
      const size = Math.sqrt(Math.abs(w[p * n + p]! * w[q * n + q]!))
      if (off === 0 || Math.abs(off) <= 1e-16 * size) continue
      rotated = true
      const by = rotation(w[p * n + p]!, w[q * n + q]!, off)
      for (let i = 0; i < n; i++) turn(w, i * n + p, w, i * n + q, by)
      for (let i = 0; i < n; i++) turn(w, p * n + i, w, q * n + i, by)
      for (let i = 0; i < n; i++) turn(vectors, i * n + p, vectors, i * n + q, by)
    }
  }
  return rotated
}
