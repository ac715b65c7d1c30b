/** What everything else is made of. The polynomials are those of Cephes' single-precision library (Moshier, https://www.netlib.org/cephes/). */
import type { Expr } from '../expr.ts'
import { expParts, expTail, ln2High, ln2Low } from './exponential.ts'
import type { Formula, ScalarFunction } from './formula.ts'

/** Added to a small number it leaves the nearest whole one in its lowest bits. */
const rounder = 1.5 * 2 ** 23

/** Results below 2⁻¹²⁵ are 0, not subnormal numbers: computing with those is many times slower, and nobody needs them. */
function expFormula(f: Formula, x: Expr): Expr {
  const lowest = -125 * Math.LN2
  // Beyond the upper limit the result is infinite anyway.
  const clamped = f.min(f.max(x, lowest), 88.8)
  const shifted = f.add(f.mul(clamped, Math.LOG2E), rounder)
  const n = f.sub(shifted, rounder)
  const r = f.sub(f.sub(clamped, f.mul(n, ln2High)), f.mul(n, ln2Low))
  const p = f.polynomial(r, expTail)
  const y = f.add(f.add(f.mul(f.mul(p, r), r), r), 1)
  // Half the power, since 2¹²⁸ is not a number: the bits of `shifted` end in those of n.
  const half = f.asFloat(f.shl(f.add(f.asInt(shifted), 126), 23))
  const power = f.mul(f.mul(y, half), 2)
  return f.where(f.lt(x, lowest), 0, power)
}

/** x = 2^e · (1 + m), for normal positive x; `bias` is what its exponent stands above e. */
function logParts(f: Formula, x: Expr, bias: Expr | number): { m: Expr; e: Expr } {
  const bits = f.asInt(x)
  const biased = f.sub(f.and(f.shr(bits, 23), 0xff), bias)
  const mantissa = f.asFloat(f.or(f.and(bits, 0x007fffff), 0x3f000000))
  const low = f.lt(mantissa, Math.SQRT1_2)
  const e = f.toFloat(f.sub(biased, f.where(low, f.int(1), f.int(0))))
  const m = f.sub(f.where(low, f.add(mantissa, mantissa), mantissa), 1)
  return { m, e }
}

/** e·ln 2 + ln(1 + m), for m from √½ − 1 to √2 − 1. */
function logOfParts(f: Formula, { m, e }: { m: Expr; e: Expr }): Expr {
  const z = f.mul(m, m)
  const p = f.polynomial(m, [
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
  ]) // prettier-ignore
  const small = f.sub(f.add(f.mul(f.mul(m, z), p), f.mul(e, ln2Low)), f.mul(z, 0.5))
  return f.add(f.add(m, small), f.mul(e, ln2High))
}

function logFormula(f: Formula, x: Expr): Expr {
  const tiny = f.lt(x, 1.17549435e-38)
  const normal = f.where(tiny, f.mul(x, 2 ** 23), x)
  const value = logOfParts(f, logParts(f, normal, f.where(tiny, f.int(126 + 23), f.int(126))))
  const edge = f.where(f.eq(x, 0), -Infinity, f.where(f.lt(x, 0), NaN, value))
  // An infinite or NaN input is its own logarithm.
  return f.where(f.lt(x, Infinity), edge, x)
}

/** Near 0 the polynomial takes x itself; further out the digits that 1 + x loses are none of the result's. */
function log1pFormula(f: Formula, x: Expr): Expr {
  const near = f.and(f.lt(Math.SQRT1_2 - 1, x), f.lt(x, Math.SQRT2 - 1))
  const parts = logParts(f, f.add(x, 1), 126)
  const value = logOfParts(f, { m: f.where(near, x, parts.m), e: f.where(near, 0, parts.e) })
  const edge = f.where(f.eq(x, -1), -Infinity, f.where(f.lt(x, -1), NaN, value))
  const kept = f.where(f.eq(x, 0), x, edge)
  return f.where(f.lt(x, Infinity), kept, x)
}

/** 2ⁿ·(e^r − 1) + (2ⁿ − 1), of which the second part is exact; halved, since 2¹²⁸ is not a number. */
function expm1Formula(f: Formula, x: Expr): Expr {
  const { half, rest } = expParts(f, f.min(f.max(x, -20), 88.8))
  const value = f.mul(f.add(f.mul(half, rest), f.sub(half, 0.5)), 2)
  return f.where(f.eq(x, 0), x, value)
}

/** Accurate to a few units in the last place for |x| below about 8,000; beyond, float32 cannot place the angle. */
function sinOrCos(f: Formula, x: Expr, isCos: boolean): Expr {
  const quarter = f.floor(f.add(f.mul(x, 2 / Math.PI), 0.5))
  // π/2 in three parts, the upper ones exact in few bits (Cody & Waite).
  const r = f.sub(
    f.sub(f.sub(x, f.mul(quarter, 1.5703125)), f.mul(quarter, 4.837512969970703125e-4)),
    f.mul(quarter, 7.54978995489188216e-8),
  )
  const z = f.mul(r, r)
  const sine = f.add(
    f.mul(f.mul(f.polynomial(z, [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1]), z), r),
    r,
  )
  const tail = f.polynomial(z, [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2])
  const cosine = f.add(f.sub(f.mul(f.mul(tail, z), z), f.mul(z, 0.5)), 1)
  const q = isCos ? f.add(f.toInt(quarter), 1) : f.toInt(quarter)
  const chosen = f.where(f.eq(f.and(q, 1), 1), cosine, sine)
  return f.where(f.eq(f.and(q, 2), 2), f.neg(chosen), chosen)
}

// ---- what every processor has ----

export const neg: ScalarFunction = { exact: (x) => -x }
export const abs: ScalarFunction = { exact: Math.abs }
export const floor: ScalarFunction = { exact: Math.floor }
export const sqrt: ScalarFunction = { exact: Math.sqrt }

export const exp: ScalarFunction = { exact: Math.exp, formula: expFormula }
export const expm1: ScalarFunction = { exact: Math.expm1, formula: expm1Formula }
export const log: ScalarFunction = { exact: Math.log, formula: logFormula }
export const log1p: ScalarFunction = { exact: Math.log1p, formula: log1pFormula }
export const sin: ScalarFunction = { exact: Math.sin, formula: (f, x) => sinOrCos(f, x, false) }
export const cos: ScalarFunction = { exact: Math.cos, formula: (f, x) => sinOrCos(f, x, true) }
