/** The logarithm of the gamma function and its derivative. Polynomials without a source are minimax fits to 40-digit values. */
import type { Expr } from '../expr.ts'
import type { Formula, ScalarFunction } from './formula.ts'

// ---- in float64 ----

/** From here the asymptotic series are good to the last digit. */
const asymptotic = 15

/** sin(πx) and cos(πx) of the part of x that the nearest whole number leaves. */
const angleOf = (x: number): number => Math.PI * (x - Math.round(x))

/** Stirling's series (Abramowitz & Stegun 6.1.41), reached by Γ(x + 1) = x·Γ(x), and below 0 by reflection (6.1.17). */
function exactLgamma(x: number): number {
  if (Math.abs(x) === Infinity) return Infinity
  if (x <= 0) {
    const sine = Math.abs(Math.sin(angleOf(x)))
    return sine === 0 ? Infinity : Math.log(Math.PI / sine) - exactLgamma(1 - x)
  }
  let [y, product] = [x, 1]
  for (; y < asymptotic; y++) product *= y
  const z = 1 / (y * y)
  const series =
    (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z * (1 / 1188 - (z * 691) / 360360))))) / y
  return (y - 0.5) * Math.log(y) - y + Math.log(2 * Math.PI) / 2 + series - Math.log(product)
}

/** Abramowitz & Stegun 6.3.18, reached by ψ(x + 1) = ψ(x) + 1/x, and below 0 by reflection (6.3.7). */
function exactDigamma(x: number): number {
  if (x === 0) return Object.is(x, -0) ? Infinity : -Infinity
  if (x < 0)
    return Number.isInteger(x) || x === -Infinity ? NaN : exactDigamma(1 - x) - Math.PI / Math.tan(angleOf(x))
  if (x === Infinity) return Infinity
  let [y, shift] = [x, 0]
  for (; y < asymptotic; y++) shift += 1 / y
  const z = 1 / (y * y)
  const series =
    z * (1 / 12 - z * (1 / 120 - z * (1 / 252 - z * (1 / 240 - z * (1 / 132 - (z * 691) / 32760)))))
  return Math.log(y) - 0.5 / y - series - shift
}

// ---- in float32 ----

/** What the nearest whole number leaves of x. */
const rest = (f: Formula, x: Expr): Expr => f.sub(x, f.floor(f.add(x, 0.5)))

/** sin(πr), |r| ≤ ½. */
const sinOfTurn = (f: Formula, r: Expr): Expr =>
  f.mul(f.polynomial(f.mul(r, r), [0.077560387, -0.598242126, 2.55006973, -5.16770968, 3.14159264]), r)

/** cos(πr), |r| ≤ ½, by the sine of what is left to a quarter turn, which keeps the digits near its zero. */
const cosOfTurn = (f: Formula, r: Expr): Expr => {
  const half = f.mul(f.sub(0.5, f.abs(r)), 0.5)
  const sine = sinOfTurn(f, half)
  // cos(πr) = sin(2πh) = 2·sin(πh)·cos(πh), h at most ¼.
  return f.mul(f.mul(sine, f.sqrt(f.sub(1, f.mul(sine, sine)))), 2)
}

/**
 * Up to 3.5 by the polynomial around 2, where lnΓ is 0, and Γ(x + 1) = x·Γ(x), so that the zeros at 1 and 2 keep their
 * digits; above by Stirling's series; below 0 by reflection.
 */
function lgammaFormula(f: Formula, x: Expr): Expr {
  const a = f.abs(x)
  const [below, isFirst, isSecond, isNear] = [0.5, 1.5, 2.5, 3.5].map((limit) => f.lt(a, limit)) as [
    Expr,
    Expr,
    Expr,
    Expr,
  ]
  const t = f.sub(a, f.where(below, 0, f.where(isFirst, 1, f.where(isSecond, 2, 3))))
  const aroundTwo = f.mul(
    f.polynomial(t, [
      1.22364433e-4, -2.53618601e-4, 5.01516512e-4, -1.18595932e-3, 2.89173272e-3, -7.38615863e-3,
      2.05807344e-2, -6.73522822e-2, 3.22467035e-1, 4.22784335e-1,
    ]),
    t,
  ) // prettier-ignore
  const step = f.unary('log1p', f.where(isFirst, t, f.where(isSecond, 0, f.add(t, 1))))
  const log = f.log(a)
  // lnΓ(1 + a) where a is below ½.
  const afterOne = f.sub(aroundTwo, step)
  const near = f.where(below, f.sub(afterOne, log), f.where(isSecond, afterOne, f.add(aroundTwo, step)))
  const inverse = f.div(1, a)
  const series = f.mul(
    f.polynomial(f.mul(inverse, inverse), [7.19358865e-4, -2.77489014e-3, 8.33333047e-2]),
    inverse,
  )
  const stirling = f.add(
    f.add(f.mul(f.sub(a, 0.5), f.sub(log, 1)), 0.5 * Math.log(2 * Math.PI) - 0.5),
    series,
  )
  const positive = f.where(isNear, near, stirling)
  // lnΓ(−a) = ln(π / |sin πa|) − lnΓ(1 + a).
  const sine = f.abs(sinOfTurn(f, rest(f, a)))
  const next = f.where(below, afterOne, f.add(positive, log))
  const reflected = f.where(f.eq(sine, 0), Infinity, f.sub(f.log(f.div(Math.PI, sine)), next))
  const value = f.where(f.lt(x, 0), reflected, positive)
  return f.where(f.eq(a, Infinity), Infinity, value)
}

/** The asymptotic series of 4 and more, and 1/x + 1/(x + 1) + 1/(x + 2) + 1/(x + 3) for the way there. */
function digammaFormula(f: Formula, x: Expr): Expr {
  const isNegative = f.lt(x, 0)
  const a = f.where(isNegative, f.sub(1, x), x)
  const isShort = f.lt(a, 4)
  const pair = (b: Expr): Expr => f.div(f.add(f.add(b, b), 1), f.mul(b, f.add(b, 1)))
  const shift = f.where(isShort, f.add(pair(a), pair(f.add(a, 2))), 0)
  const inverse = f.div(1, f.where(isShort, f.add(a, 4), a))
  const z = f.mul(inverse, inverse)
  const series = f.mul(f.polynomial(z, [-1 / 240, 1 / 252, -1 / 120, 1 / 12]), z)
  const positive = f.sub(f.sub(f.sub(f.neg(f.log(inverse)), f.mul(inverse, 0.5)), series), shift)
  const r = rest(f, x)
  const cotangent = f.div(f.mul(cosOfTurn(f, r), Math.PI), sinOfTurn(f, r))
  const reflected = f.where(f.eq(r, 0), NaN, f.sub(positive, cotangent))
  const value = f.where(isNegative, reflected, positive)
  // The pole at 0 is on the side that the sign says.
  const atZero = f.where(f.lt(f.asInt(x), 0), Infinity, -Infinity)
  const kept = f.where(f.eq(x, 0), atZero, value)
  return f.where(f.eq(f.abs(x), Infinity), f.where(isNegative, NaN, Infinity), kept)
}

export const lgamma: ScalarFunction = { exact: exactLgamma, formula: lgammaFormula, cost: 4 }
export const digamma: ScalarFunction = { exact: exactDigamma, formula: digammaFormula, cost: 3 }
