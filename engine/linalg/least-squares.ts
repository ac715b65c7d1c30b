/** Systems with more or fewer equations than unknowns, as in torch.linalg. */
import { defineWithOptions, results, type Results } from '../functions/define.ts'
import { uniform, values } from '../ops/samples.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { qr } from './factorizations.ts'
import { batched, transposed } from './matrices.ts'
import { matrixRank, pinv, svdvals } from './singular.ts'
import { solveTriangular } from './solve.ts'

const drivers = ['gels', 'gelsy', 'gelsd', 'gelss'] as const

interface LeastSquaresOptions {
  /** What share of the largest singular value counts as 0; by default max(m, n) times the distance from 1 to the next float32. */
  readonly rcond?: number
  /** 'gelsy' by default; 'gels' is faster, and takes A to be of full rank. 'gelss' is 'gelsd'. */
  readonly driver?: (typeof drivers)[number]
}

/** Of full rank, by an orthogonal factor: of many solutions the shortest. */
function byFactor(A: Tensor, B: Tensor): Tensor {
  if (A.shape.at(-2)! < A.shape.at(-1)!) {
    const { Q, R } = qr(transposed(A))
    return Q.matmul(solveTriangular(transposed(R), B, { upper: false }))
  }
  const { Q, R } = qr(A)
  return solveTriangular(R, transposed(Q).matmul(B), { upper: true })
}

const matrix = values([3, 3], [2, 1, -0.5, 1, -3, 0.7, -0.5, 0.4, 1.5])

/**
 * { solution, residuals, rank, singularValues }: the x with the least ‖A·x − B‖, and of those the shortest, for A [.., m, n]
 * and B [.., m, k], or a vector for each matrix. As in PyTorch residuals (the squared lengths for each column of B) are empty
 * for 'gelsy' and where m ≤ n, rank for 'gels', singular values for both; only the solution has a gradient. Where A is not of
 * full rank PyTorch leaves the residuals out, which are here then too.
 * Source: torch.linalg.lstsq. Errors: a RangeError where A and B do not fit, and for another driver.
 */
export const lstsq = defineWithOptions({
  name: 'linalg.lstsq',
  isMethod: false,
  torch: 'torch.linalg',
  positional: ['rcond'],
  named: ['driver'],
  call(
    A: Tensor,
    B: Tensor,
    { rcond, driver = 'gelsy' }: LeastSquaresOptions,
  ): Results<'solution' | 'residuals' | 'rank' | 'singularValues'> {
    if (!drivers.includes(driver))
      throw new RangeError(`linalg.lstsq: driver is one of ${drivers.join(', ')}, not ${String(driver)}.`)
    const isVector = B.ndim === 1 || (B.ndim === A.ndim - 1 && B.shape.every((n, i) => n === A.shape[i]))
    const columns = isVector ? B.unsqueeze(-1) : B
    if (A.ndim < 2 || A.shape.at(-2) !== columns.shape.at(-2))
      throw new RangeError(`linalg.lstsq: ${formatShape(A.shape)} does not fit ${formatShape(B.shape)}.`)
    const [a, b] = batched('linalg.lstsq', A, columns)
    const tolerance = rcond === undefined ? {} : { rtol: rcond }
    const solution = driver === 'gels' ? byFactor(a, b) : pinv(a, tolerance).matmul(b)
    const shown = isVector ? solution.squeeze(-1) : solution
    const [m, n] = a.shape.slice(-2) as [number, number]
    const fixed = a.detach()
    const left = (): Tensor => fixed.matmul(solution.detach()).sub(b.detach()).square().sum(-2)
    return results({
      solution: shown,
      residuals: driver === 'gelsy' || m <= n ? a.newZeros([0]) : left(),
      rank: driver === 'gels' ? a.newFull([0], 0, 'int32') : matrixRank(fixed, tolerance),
      singularValues: driver === 'gels' || driver === 'gelsy' ? a.newZeros([0]) : svdvals(fixed),
    })
  },
  samples: [
    [uniform([5, 3]), uniform([5, 2])],
    [uniform([3, 5]), uniform([3, 2])],
    [matrix, uniform([3, 1])],
    [uniform([2, 4, 3]), uniform([2, 4, 1]), { driver: 'gelsd' }],
    ...drivers.map((driver) => [uniform([5, 3]), uniform([5, 2]), { driver }] as const),
    [uniform([3, 5]), uniform([3, 2]), { driver: 'gels' }],
    [matrix, uniform([3, 2]), { driver: 'gels' }],
  ],
})
