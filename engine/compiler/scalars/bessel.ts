/** Modified Bessel functions of the first kind, times e^(−|x|), which keeps them finite. Polynomials are minimax fits to 40-digit values. */
import type { Expr } from '../expr.ts'
import { accurateExp } from './exponential.ts'
import type { Formula, ScalarFunction } from './formula.ts'

/** The power series (Abramowitz & Stegun 9.6.10); far out, the asymptotic one (9.7.1). */
function exactScaled(order: 0 | 1, x: number): number {
  const a = Math.abs(x)
  if (a > 50) {
    let [term, sum] = [1, 1]
    for (let k = 1; k < 12; k++) sum += term *= -(4 * order - (2 * k - 1) ** 2) / (8 * k * a)
    return sum / Math.sqrt(2 * Math.PI * a)
  }
  const z = (a * a) / 4
  let term = order === 0 ? 1 : a / 2
  let sum = term
  for (let k = 1; term > 1e-18 * sum; k++) sum += term *= z / (k * (k + order))
  return sum * Math.exp(-a)
}

/** Where the series in 1/a takes over from the one in a². */
const border = 7.75

/** √a · e^(−a) · I(a) as a polynomial in 1/a. */
const farOut = (f: Formula, a: Expr, coefficients: readonly number[]): Expr =>
  f.div(f.polynomial(f.div(1, a), coefficients), f.sqrt(a))

/** (a/2)², of an a that cannot overflow. */
const squaredHalf = (f: Formula, a: Expr): Expr => {
  const half = f.mul(f.min(a, 8), 0.5)
  return f.mul(half, half)
}

function i0eFormula(f: Formula, x: Expr): Expr {
  const a = f.abs(x)
  const z = squaredHalf(f, a)
  const p = f.polynomial(z, [
    1.37011016e-13, 5.55141398e-12, 6.51219648e-10, 3.89883381e-8, 1.93146985e-6, 6.94346684e-5,
    1.73613406e-3, 2.77777485e-2, 2.50000017e-1, 1, 1,
  ]) // prettier-ignore
  const far = farOut(
    f,
    a,
    [0.413628492, -0.0212717287, 0.0345297487, 0.0278686192, 0.0498700089, 0.398942276],
  )
  return f.where(f.lt(a, border), f.mul(p, accurateExp(f, f.neg(a))), far)
}

function i1eFormula(f: Formula, x: Expr): Expr {
  const a = f.abs(x)
  const z = squaredHalf(f, a)
  const p = f.polynomial(z, [
    1.38668717e-12, 4.91407548e-11, 5.22544952e-9, 2.72778249e-7, 1.15893261e-5, 3.47173822e-4,
    6.94452759e-3, 8.33332669e-2, 0.500000017, 1,
  ]) // prettier-ignore
  const far = farOut(
    f,
    a,
    [-0.481864087, 0.0182593839, -0.0470194346, -0.0465405694, -0.149605945, 0.398942286],
  )
  const near = f.mul(f.mul(p, f.mul(a, 0.5)), accurateExp(f, f.neg(a)))
  return f.withSign(f.where(f.lt(a, border), near, far), x)
}

export const i0e: ScalarFunction = { exact: (x) => exactScaled(0, x), formula: i0eFormula, cost: 2 }
export const i1e: ScalarFunction = {
  exact: (x) => (x < 0 ? -1 : 1) * exactScaled(1, x),
  formula: i1eFormula,
  cost: 2,
}
