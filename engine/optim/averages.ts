/** What optimizers with running averages have in common. */
import { numberWithin } from '../nn/checks.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Errors: a RangeError for what is not two numbers from 0 to less than 1. */
export function checkBetas(betas: unknown): void {
  if (!Array.isArray(betas) || betas.length !== 2)
    throw new RangeError(`betas must be two numbers, not ${String(betas)}.`)
  for (const [i, beta] of (betas as readonly number[]).entries()) {
    numberWithin(`betas[${i}]`, beta, 0)
    if (beta >= 1) throw new RangeError(`betas[${i}] must be less than 1, not ${beta}.`)
  }
}

/** A parameter's number in a column of its group, to compute with beside it. */
export function ownOf(column: Tensor, parameter: Tensor, index: number): Tensor {
  const one = column.slice(0, index, index + 1)
  return parameter.ndim === 0 ? one.reshape([]) : one
}

/** A column's next numbers, for those parameters alone that move. */
export const nextFor = (moving: Tensor | null, column: Tensor, next: Tensor): Tensor =>
  moving ? moving.gt(0).choose(next, column) : next

/**
 * 1 − βᵗ for each count t: −expm1(t·ln β), by its series where the difference would cancel. It follows from the count alone,
 * so that who resumes goes on with the same bits.
 */
export function missing(beta: number, steps: Tensor): Tensor {
  // e⁻¹⁰⁴ is below every float32, and β = 0 has no logarithm.
  const y = steps.mul(-Math.max(Math.log(beta), -104))
  const series = [1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2, 1].reduce<Tensor | null>(
    (sum, term) => (sum ? sum.mul(y).neg().add(term) : y.newFull([], term)),
    null,
  )!
  return y.lt(0.35).choose(series.mul(y), y.neg().exp().neg().add(1))
}
