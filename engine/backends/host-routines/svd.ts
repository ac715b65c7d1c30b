import type { HostOperand } from './index.ts'
import { mostSweeps, rotation, turn, type Rotation } from './jacobi.ts'

/** Columns are at right angles when their product is no more than this part of their lengths'. */
const rightAngle = 1e-15

/** See Routine. By Jacobi's rotations of the columns (Golub & Van Loan, Matrix Computations, 8.6.3). */
export function svd(a: HostOperand, left: HostOperand, lengths: HostOperand, right: HostOperand): void {
  const [batches, m, n] = a.shape as readonly [number, number, number]
  for (let batch = 0; batch < batches; batch++) {
    const start = batch * m * n
    const columns = Array.from({ length: n }, (_, j) =>
      Float64Array.from({ length: m }, (_, i) => a.values[start + i * n + j]!),
    )
    const vectors = Array.from({ length: n }, (_, j) =>
      Float64Array.from({ length: n }, (_, i) => Number(i === j)),
    )
    for (let sweep = 0; sweep < mostSweeps && turnAll(columns, vectors); sweep++);
    const sizes = columns.map((column) => Math.sqrt(dot(column, column)))
    const order = sizes.map((_, j) => j).sort((i, j) => sizes[j]! - sizes[i]!)
    const units = completed(
      order.map((j) => columns[j]!),
      order.map((j) => sizes[j]!),
    )
    order.forEach((from, to) => {
      lengths.values[batch * n + to] = sizes[from]!
      for (let i = 0; i < m; i++) left.values[start + i * n + to] = units[to]![i]!
      for (let i = 0; i < n; i++) right.values[(batch * n + i) * n + to] = vectors[from]![i]!
    })
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** One rotation for each pair of columns; false where all of them are at right angles. */
function turnAll(columns: readonly Float64Array[], vectors: readonly Float64Array[]): boolean {
  let turned = false
  for (let p = 0; p < columns.length; p++) {
    for (let q = p + 1; q < columns.length; q++) {
      const [a, b] = [columns[p]!, columns[q]!]
      const [first, second, product] = [dot(a, a), dot(b, b), dot(a, b)]
      if (product === 0 || Math.abs(product) <= rightAngle * Math.sqrt(first * second)) continue
      turned = true
      const by = rotation(first, second, product)
      turnColumns(a, b, by)
      turnColumns(vectors[p]!, vectors[q]!, by)
    }
  }
  return turned
}

function turnColumns(a: Float64Array, b: Float64Array, by: Rotation): void {
  for (let i = 0; i < a.length; i++) turn(a, i, b, i, by)
}

/** Columns of length 1; what is none, because it is too short to have a direction, becomes any at right angles to the others. */
function completed(columns: readonly Float64Array[], sizes: readonly number[]): Float64Array[] {
  const least = Number.EPSILON * (sizes[0] ?? 0)
  const units: Float64Array[] = []
  columns.forEach((column, j) => {
    units.push(sizes[j]! > least ? column.map((x) => x / sizes[j]!) : anyUnit(units, column.length))
  })
  return units
}

/** The axis furthest from all of them, without what it has in common with them. */
function anyUnit(others: readonly Float64Array[], length: number): Float64Array {
  const rests = Array.from({ length }, (_, axis) =>
    others.reduce((rest, other) => rest - other[axis]! ** 2, 1),
  )
  const unit = new Float64Array(length)
  unit[rests.indexOf(Math.max(...rests))] = 1
  // Twice is enough (Parlett, The Symmetric Eigenvalue Problem, 6.9).
  for (const other of [...others, ...others]) {
    const along = dot(other, unit)
    for (let i = 0; i < length; i++) unit[i]! -= along * other[i]!
  }
  const size = Math.sqrt(dot(unit, unit))
  return unit.map((x) => x / size)
}
