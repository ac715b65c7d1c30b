/** Hyperbolic functions and their inverses. The polynomials are those of Cephes' single-precision library (Moshier, https://www.netlib.org/cephes/). */
import type { Expr } from '../expr.ts'
import { accurateExp } from './exponential.ts'
import type { Formula, ScalarFunction } from './formula.ts'

function tanhFormula(f: Formula, x: Expr): Expr {
  const a = f.abs(x)
  const far = f.sub(1, f.div(2, f.add(f.exp(f.add(a, a)), 1)))
  const signed = f.where(f.lt(x, 0), f.neg(far), far)
  const z = f.mul(x, x)
  const p = f.polynomial(
    z,
    [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1],
  )
  return f.where(f.lt(a, 0.625), f.add(f.mul(f.mul(p, z), x), x), signed)
}

/**
 * ½·eᵃ and ½·e⁻ᵃ for a ≥ 0, from e^(a/2): the first is finite where eᵃ is not. Halved by its exponent: a driver may multiply three
 * factors in any order, and NVIDIA's does.
 */
function halves(f: Formula, a: Expr): [Expr, Expr] {
  const root = accurateExp(f, f.mul(a, 0.5))
  const half = f.asFloat(f.sub(f.asInt(root), 0x00800000))
  return [f.mul(half, root), f.div(0.5, f.mul(root, root))]
}

function sinhFormula(f: Formula, x: Expr): Expr {
  const a = f.abs(x)
  const z = f.mul(a, a)
  const p = f.polynomial(z, [2.03721912945e-4, 8.33028376239e-3, 1.66667160211e-1])
  const near = f.add(f.mul(f.mul(p, z), a), a)
  return f.withSign(f.where(f.lt(a, 1), near, f.sub(...halves(f, a))), x)
}

/** Above this the square is all that is left under the root, and further on there is none. */
const large = 2 ** 30

/** ln(a + √(a² + 1)), with what 1 + … would cut off. */
function asinhFormula(f: Formula, x: Expr): Expr {
  const a = f.abs(x)
  const isLarge = f.lt(large, a)
  const z = f.mul(a, a)
  const grown = f.add(a, f.div(z, f.add(f.sqrt(f.add(z, 1)), 1)))
  const value = f.add(f.unary('log1p', f.where(isLarge, a, grown)), f.where(isLarge, Math.LN2, 0))
  return f.withSign(value, x)
}

function acoshFormula(f: Formula, x: Expr): Expr {
  const isLarge = f.lt(large, x)
  const t = f.sub(x, 1)
  const root = f.sqrt(f.max(f.mul(t, f.add(x, 1)), 0))
  const value = f.add(f.unary('log1p', f.where(isLarge, x, f.add(t, root))), f.where(isLarge, Math.LN2, 0))
  return f.where(f.lt(x, 1), NaN, value)
}

function atanhFormula(f: Formula, x: Expr): Expr {
  const a = f.abs(x)
  const value = f.mul(f.unary('log1p', f.div(f.add(a, a), f.sub(1, a))), 0.5)
  return f.withinOne(a, f.withSign(value, x))
}

export const tanh: ScalarFunction = { exact: Math.tanh, formula: tanhFormula }
export const sinh: ScalarFunction = { exact: Math.sinh, formula: sinhFormula }
export const cosh: ScalarFunction = {
  exact: Math.cosh,
  formula: (f, x) => f.add(...halves(f, f.abs(x))),
}
export const asinh: ScalarFunction = { exact: Math.asinh, formula: asinhFormula }
export const acosh: ScalarFunction = { exact: Math.acosh, formula: acoshFormula }
export const atanh: ScalarFunction = { exact: Math.atanh, formula: atanhFormula }
