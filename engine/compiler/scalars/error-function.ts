/** The error function and what is made of it. Polynomials without a source are minimax fits to 40-digit values. */
import type { Expr } from '../expr.ts'
import { accurateExp } from './exponential.ts'
import type { Formula, ScalarFunction } from './formula.ts'

// ---- in float64 ----

/** Its Maclaurin series (Abramowitz & Stegun 7.1.5). */
function erfSeries(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 200; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

/** erfc(x)·e^(x²): Lentz's continued fraction, for x from 2 up (Abramowitz & Stegun 7.1.14). */
function scaledFraction(x: number): number {
  let fraction = 0
  for (let n = 80; n > 0; n--) fraction = n / 2 / (x + fraction)
  return 1 / Math.sqrt(Math.PI) / (x + fraction)
}

const fractionFrom = 2

function exactErf(x: number): number {
  const a = Math.abs(x)
  if (a > 6) return Math.sign(x)
  return Math.sign(x) * (a < fractionFrom ? erfSeries(a) : 1 - Math.exp(-a * a) * scaledFraction(a))
}

function exactErfc(x: number): number {
  if (!(x >= fractionFrom)) return 1 - exactErf(x)
  return x > 30 ? 0 : Math.exp(-x * x) * scaledFraction(x)
}

function exactErfcx(x: number): number {
  if (x === Infinity) return 0
  return x >= fractionFrom ? scaledFraction(x) : Math.exp(x * x) * exactErfc(x)
}

/** The z with erfc(z) = q for q from 0 to 1: Halley's method from Winitzki's estimate (2008, "A handy approximation for the error function and its inverse"). */
function inverseErfc(q: number): number {
  if (q === 0) return Infinity
  const log = Math.log(q * (2 - q))
  const b = 2 / (Math.PI * 0.147) + log / 2
  let z = Math.sqrt(Math.max(0, Math.sqrt(b * b - log / 0.147) - b))
  for (let i = 0; i < 8; i++) {
    const step = ((exactErfc(z) - q) * Math.sqrt(Math.PI)) / 2 / Math.exp(-z * z)
    z += step / (1 + step * z)
  }
  return z
}

function exactErfinv(x: number): number {
  const a = Math.abs(x)
  if (!(a <= 1)) return NaN
  if (a > 0.5) return Math.sign(x) * inverseErfc(1 - a)
  let z = (a * Math.sqrt(Math.PI)) / 2
  for (let i = 0; i < 5; i++) z -= ((exactErf(z) - a) * Math.sqrt(Math.PI)) / 2 / Math.exp(-z * z)
  return x < 0 ? -z : x === 0 ? x : z
}

function exactNdtri(p: number): number {
  if (!(p >= 0 && p <= 1)) return NaN
  if (p < 0.5) return -Math.SQRT2 * inverseErfc(2 * p)
  return Math.SQRT2 * (p > 0.75 ? inverseErfc(2 * (1 - p)) : exactErfinv(2 * p - 1))
}

// ---- in float32 ----

/** Rational, in ±4 and ±1 beyond: the form that Eigen and XLA use (xla/hlo/builder/lib/math.cc, ErfImpl32). */
function erfFormula(f: Formula, x: Expr): Expr {
  const c = f.min(f.max(x, -4), 4)
  const z = f.mul(c, c)
  const p = f.polynomial(z, [
    -2.72614225801306e-10, 2.77068142495902e-8, -2.10102402082508e-6, -5.69250639462346e-5,
    -7.34990630326855e-4, -2.95459980854025e-3, -1.60960333262415e-2,
  ]) // prettier-ignore
  const q = f.polynomial(
    z,
    [
      -1.45660718464996e-5, -2.13374055278905e-4, -1.68282697438203e-3, -7.37332916720468e-3,
      -1.42647390514189e-2,
    ],
  )
  return f.div(f.mul(c, p), q)
}

/** erfc(a)·e^(a²) for a ≥ 0: (1 + 2a) times it is nearly constant, and a polynomial in (a − 2)/(a + 2). */
function scaled(f: Formula, a: Expr): Expr {
  const u = f.div(f.sub(a, 2), f.add(a, 2))
  const p = f.polynomial(u, [
    5.92328797e-5, 1.61227525e-4, -3.46472657e-4, -1.39679287e-3, 1.20587627e-3, 8.690139e-3, -8.01387093e-3,
    -5.4212322e-2, 1.64048535e-1, -1.66031048e-1, -9.27637162e-2, 1.27697839,
  ]) // prettier-ignore
  return f.div(p, f.add(f.add(a, a), 1))
}

/** e^(±a²): the square in two parts, of which the first is exact, since the exponential multiplies its rounding by a². */
function expOfSquare(f: Formula, a: Expr, sign: 1 | -1): Expr {
  const high = f.asFloat(f.and(f.asInt(a), -0x1000))
  const low = f.mul(f.mul(f.sub(a, high), f.add(a, high)), sign)
  // |low| is below 0.08.
  const rest = f.add(f.mul(f.polynomial(low, [1 / 24, 1 / 6, 1 / 2, 1]), low), 1)
  return f.mul(accurateExp(f, f.mul(f.mul(high, high), sign)), rest)
}

function erfcFormula(f: Formula, x: Expr): Expr {
  // Further out there is nothing left.
  const a = f.min(f.abs(x), 12)
  const tail = f.mul(expOfSquare(f, a, -1), scaled(f, a))
  return f.where(f.lt(x, 0), f.sub(2, tail), tail)
}

function erfcxFormula(f: Formula, x: Expr): Expr {
  const a = f.min(f.abs(x), 3e38)
  const tail = scaled(f, a)
  const grown = f.mul(expOfSquare(f, f.min(a, 12), 1), 2)
  return f.where(f.lt(x, 0), f.sub(grown, tail), tail)
}

/** Giles 2010, "Approximating the erfinv function", single precision. */
function erfinvFormula(f: Formula, x: Expr): Expr {
  const a = f.abs(x)
  const w = f.neg(f.log(f.mul(f.sub(1, a), f.add(1, a))))
  const central = f.polynomial(f.sub(w, 2.5), [
    2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3,
    -4.17768164e-3, 2.46640727e-1, 1.50140941,
  ]) // prettier-ignore
  const outer = f.polynomial(f.sub(f.sqrt(f.max(w, 0)), 3), [
    -2.00214257e-4, 1.00950558e-4, 1.34934322e-3, -3.67342844e-3, 5.73950773e-3, -7.6224613e-3,
    9.43887047e-3, 1.00167406, 2.83297682,
  ]) // prettier-ignore
  const value = f.mul(f.where(f.lt(w, 5), central, outer), a)
  const edge = f.where(f.eq(a, 1), Infinity, value)
  return f.withinOne(a, f.withSign(edge, x))
}

/** Wichura 1988, algorithm AS 241, PPND7. */
function ndtriFormula(f: Formula, p: Expr): Expr {
  const q = f.sub(p, 0.5)
  const r = f.sub(0.180625, f.mul(q, q))
  const central = f.mul(
    q,
    f.div(
      f.polynomial(r, [59.10937472, 159.29113202, 50.434271938, 3.3871327179]),
      f.polynomial(r, [67.1875636, 78.757757664, 17.895169469, 1]),
    ),
  )
  const smaller = f.where(f.lt(p, 0.5), p, f.sub(1, p))
  const s = f.sqrt(f.max(f.neg(f.log(smaller)), 0))
  const near = f.sub(s, 1.6)
  const far = f.sub(s, 5)
  const isNear = f.lt(s, 5)
  const numerator = f.where(
    isNear,
    f.polynomial(near, [0.17023821103, 1.3067284816, 2.75681539, 1.4234372777]),
    f.polynomial(far, [0.017337203997, 0.42868294337, 3.081226386, 6.657905115]),
  )
  const denominator = f.where(
    isNear,
    f.polynomial(near, [0.12021132975, 0.7370016425, 1]),
    f.polynomial(far, [0.012258202635, 0.24197894225, 1]),
  )
  const tail = f.where(f.eq(smaller, 0), Infinity, f.div(numerator, denominator))
  const signed = f.where(f.lt(q, 0), f.neg(tail), tail)
  const value = f.where(f.lt(f.abs(q), 0.425), central, signed)
  return f.where(f.lt(0.5, f.abs(q)), NaN, value)
}

export const erf: ScalarFunction = { exact: exactErf, formula: erfFormula }
export const erfc: ScalarFunction = { exact: exactErfc, formula: erfcFormula, cost: 2 }
export const erfcx: ScalarFunction = { exact: exactErfcx, formula: erfcxFormula, cost: 2 }
export const erfinv: ScalarFunction = { exact: exactErfinv, formula: erfinvFormula, cost: 2 }
/** The quantile of the normal distribution. */
export const ndtri: ScalarFunction = { exact: exactNdtri, formula: ndtriFormula, cost: 3 }
