/** The exponential of matrices, as in torch.linalg. */
import { defineFunction } from '../functions/define.ts'
import { edge, uniform } from '../ops/samples.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { identity, requireSquare } from './matrices.ts'

/** How often a matrix is halved at most: of e^65536 float32 holds nothing. */
const halvings = 17

/** Σ xⁱ / i! up to i = 8: the rest is below float32's precision for ‖x‖ ≤ 1/2. */
function series(x: Tensor): Tensor {
  const one = identity(x)
  const square = x.matmul(x)
  const cube = square.matmul(x)
  const [c2, c3, c4, c5, c6, c7, c8] = [2, 6, 24, 120, 720, 5040, 40320].map((n) => 1 / n) as
    [number, number, number, number, number, number, number] // prettier-ignore
  const fourth = square.matmul(square)
  const upper = one.mul(c4).add(x.mul(c5)).add(square.mul(c6)).add(cube.mul(c7)).add(fourth.mul(c8))
  return one.add(x).add(square.mul(c2)).add(cube.mul(c3)).add(fourth.matmul(upper))
}

/**
 * Each matrix is halved until it is small, and the series' result squared as often. Which of them need how many halvings
 * stays on the device.
 */
export function exponential(name: string, A: Tensor): Tensor {
  requireSquare(name, A)
  if (A.numel() === 0) return A.clone()
  const size = A.detach().abs().sum(-2).amax(-1).unsqueeze(-1).unsqueeze(-1)
  const isLarge = Array.from({ length: halvings }, (_, i) => size.gt(2 ** (i - 1)))
  const share = isLarge.map((needed) => needed.choose(0.5, 1)).reduce((a, b) => a.mul(b))
  // The square that is not taken must be small, or its gradient makes NaN of the other's.
  return isLarge.reduce(
    (x, needed) => {
      const taken = needed.choose(x, 0)
      return needed.choose(taken.matmul(taken), x)
    },
    series(A.mul(share)),
  )
}

/** Σ Aⁱ / i! of square matrices [.., n, n]. Source: torch.linalg.matrix_exp. Errors: a RangeError for what is not square. */
export const matrixExp = defineFunction({
  name: 'linalg.matrixExp',
  widens: true,
  isMethod: false,
  torch: 'torch.linalg',
  call: (A: Tensor): Tensor => exponential('linalg.matrixExp', A),
  samples: [
    [uniform([3, 3])],
    [uniform([2, 3, 3], -4, 4)],
    [uniform([1, 1])],
    [edge([0, 0, 0, 0], [2, 2])],
    [edge([-30, 1, 0, -40], [2, 2])],
    [uniform([0, 0])],
  ],
})
