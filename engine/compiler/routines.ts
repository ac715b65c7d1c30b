/**
 * Routines: computations that are no expression of single elements, such as sorting. Each backend has them written out
 * (backends/host-routines, backends/webgpu/routines). All inputs and outputs have three axes: those along which
 * something is ordered or added up stand in the middle, [outer, extent, inner], and matrices last, [batch, rows, columns].
 */
import type { ComputeType } from '../tensor/dtype.ts'
import type { Shape } from '../tensor/shape.ts'

export type ScanFn = 'sum' | 'prod' | 'max' | 'min' | 'logaddexp'

export type Routine =
  /** x [outer, n, inner] → the positions that put x in order, int32. Equal elements keep theirs; NaN is above all else. */
  | { readonly name: 'argsort'; readonly descending: boolean }
  /** x [outer, n, inner] → at each position what `fn` makes of all elements up to it. NaN is handed on. */
  | { readonly name: 'scan'; readonly fn: ScanFn }
  /** Symmetric a [batch, n, n], of which the lower half is read → lower L with L·Lᵀ = a; NaN where there is none. */
  | { readonly name: 'cholesky' }
  /** a [batch, m, n] → L and U in one matrix, and the order of a's rows [batch, m, 1], int32, in which they make L·U. */
  | { readonly name: 'lu' }
  /** Triangular a [batch, n, n], b [batch, n, k] → x with a·x = b. The other half of a is not read. */
  | { readonly name: 'solveTriangular'; readonly upper: boolean; readonly unitriangular: boolean }
  /**
   * a [batch, m, n] → Q [batch, m, k] with orthonormal columns and upper R [batch, k, n], k = min(m, n); a complete Q is
   * [batch, m, m].
   */
  | { readonly name: 'qr'; readonly complete: boolean }
  /** Symmetric a [batch, n, n], of which the lower half is read → eigenvalues [batch, n, 1], rising, and vectors as columns. */
  | { readonly name: 'eigh' }
  /** a [batch, m, n], m ≥ n → U [batch, m, n], S [batch, n, 1], falling, and V [batch, n, n] with U·diag(S)·Vᵀ = a. */
  | { readonly name: 'svd' }

export interface RoutineType {
  readonly shape: Shape
  readonly dtype: ComputeType
}

/** What a routine gives of inputs of these types. */
export function routineOutputs(
  routine: Routine,
  inputs: readonly RoutineType[],
): readonly [RoutineType, ...RoutineType[]] {
  const [x, b] = inputs as readonly [RoutineType, RoutineType]
  const [batch, m, n] = x.shape as readonly [number, number, number]
  switch (routine.name) {
    case 'argsort':
      return [{ shape: x.shape, dtype: 'int32' }]
    case 'scan':
    case 'cholesky':
      return [x]
    case 'lu':
      return [x, { shape: [batch, m, 1], dtype: 'int32' }]
    case 'solveTriangular':
      return [b]
    case 'qr': {
      const k = Math.min(m, n)
      return [
        { shape: [batch, m, routine.complete ? m : k], dtype: x.dtype },
        { shape: [batch, k, n], dtype: x.dtype },
      ]
    }
    case 'eigh':
      return [{ shape: [batch, n, 1], dtype: x.dtype }, x]
    case 'svd':
      return [x, { shape: [batch, n, 1], dtype: x.dtype }, { shape: [batch, n, n], dtype: x.dtype }]
  }
}
