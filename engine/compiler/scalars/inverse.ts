/** Inverse trigonometric functions. The polynomials are those of Cephes' single-precision library (Moshier, https://www.netlib.org/cephes/). */
import type { Expr } from '../expr.ts'
import type { Formula, ScalarFunction } from './formula.ts'

/** By atan a = π/4 + atan((a − 1)/(a + 1)) = π/2 − atan(1/a), whichever leaves the smaller argument: one division for all. */
function atanFormula(f: Formula, x: Expr): Expr {
  const a = f.abs(x)
  const isFar = f.lt(2.414213562373095, a)
  const isMiddle = f.lt(0.4142135623730951, a)
  const numerator = f.where(isFar, -1, f.where(isMiddle, f.sub(a, 1), a))
  const denominator = f.where(isFar, a, f.where(isMiddle, f.add(a, 1), 1))
  const t = f.div(numerator, denominator)
  const z = f.mul(t, t)
  const p = f.polynomial(z, [8.05374449538e-2, -1.38776856032e-1, 1.99777106478e-1, -3.33329491539e-1])
  const rest = f.add(f.mul(f.mul(p, z), t), t)
  const start = f.where(isFar, Math.PI / 2, f.where(isMiddle, Math.PI / 4, 0))
  return f.withSign(f.add(start, rest), x)
}

/** asin a where a is at most ½, else asin √((1 − a)/2), from which both functions follow; and which of the two it is. */
function arcParts(f: Formula, a: Expr): { isSteep: Expr; angle: Expr } {
  const isSteep = f.lt(0.5, a)
  const z = f.where(isSteep, f.mul(f.sub(1, a), 0.5), f.mul(a, a))
  const t = f.where(isSteep, f.sqrt(f.max(z, 0)), a)
  const p = f.polynomial(
    z,
    [4.2163199048e-2, 2.4181311049e-2, 4.5470025998e-2, 7.4953002686e-2, 1.6666752422e-1],
  )
  return { isSteep, angle: f.add(f.mul(f.mul(p, z), t), t) }
}

function asinFormula(f: Formula, x: Expr): Expr {
  const a = f.abs(x)
  const { isSteep, angle } = arcParts(f, a)
  const value = f.where(isSteep, f.sub(Math.PI / 2, f.mul(angle, 2)), angle)
  return f.withinOne(a, f.withSign(value, x))
}

function acosFormula(f: Formula, x: Expr): Expr {
  const a = f.abs(x)
  const { isSteep, angle } = arcParts(f, a)
  const twice = f.mul(angle, 2)
  const steep = f.where(f.lt(x, 0), f.sub(Math.PI, twice), twice)
  return f.withinOne(a, f.where(isSteep, steep, f.sub(Math.PI / 2, f.withSign(angle, x))))
}

export const atan: ScalarFunction = { exact: Math.atan, formula: atanFormula }
export const asin: ScalarFunction = { exact: Math.asin, formula: asinFormula }
export const acos: ScalarFunction = { exact: Math.acos, formula: acosFormula }
