/** Routines on arrays in this process' memory: float64 for the reference, the WebAssembly memory's own for its backend. */
import type { Routine, RoutineType } from '../../compiler/routines.ts'
import type { Lanes } from '../../tensor/dtype.ts'
import { cholesky, lu, qr, solveTriangular } from './factorize.ts'
import { eigh } from './eigh.ts'
import { scan } from './scan.ts'
import { argsort } from './sort.ts'
import { svd } from './svd.ts'

/** A contiguous tensor. */
export interface HostOperand extends RoutineType {
  readonly values: Float64Array | Lanes
}

/** Computes with float64 inside and fills `outputs`. */
export function runRoutine(
  routine: Routine,
  inputs: readonly HostOperand[],
  outputs: readonly HostOperand[],
): void {
  const [x, b] = inputs as readonly [HostOperand, HostOperand]
  const [first, second, third] = outputs as readonly [HostOperand, HostOperand, HostOperand]
  switch (routine.name) {
    case 'argsort':
      return argsort(x, first, routine.descending)
    case 'scan':
      return scan(x, first, routine.fn)
    case 'cholesky':
      return cholesky(x, first)
    case 'lu':
      return lu(x, first, second)
    case 'solveTriangular':
      return solveTriangular(x, b, first, routine)
    case 'qr':
      return qr(x, first, second)
    case 'eigh':
      return eigh(x, first, second)
    case 'svd':
      return svd(x, first, second, third)
  }
}
