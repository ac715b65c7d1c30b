/** Parts that formulas share: the exponential of what is left of a number beside whole powers of 2. */
import type { Expr } from '../expr.ts'
import type { Formula } from './formula.ts'

/** ln 2 in two parts, the upper one exact in few bits (Cody & Waite). */
export const ln2High = 0.693359375
export const ln2Low = -2.1219444e-4

/** (e^r − 1 − r) / r², of |r| below ½·ln 2 (Cephes, expf.c). */
export const expTail = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
]

/** x = n·ln 2 + r with n whole: 2ⁿ⁻¹, half the power since 2¹²⁸ is not a number, and e^r − 1. */
export function expParts(f: Formula, x: Expr): { half: Expr; rest: Expr } {
  const n = f.floor(f.add(f.mul(x, Math.LOG2E), 0.5))
  const r = f.sub(f.sub(x, f.mul(n, ln2High)), f.mul(n, ln2Low))
  const rest = f.add(f.mul(f.mul(f.polynomial(r, expTail), r), r), r)
  return { half: f.asFloat(f.shl(f.add(f.toInt(n), 126), 23)), rest }
}

/** e^x to the last digit or two on every backend, which a target's own exp need not be; 0 below 2⁻¹²⁵. */
export function accurateExp(f: Formula, x: Expr): Expr {
  const lowest = -125 * Math.LN2
  const { half, rest } = expParts(f, f.min(f.max(x, lowest), 88.8))
  return f.where(f.lt(x, lowest), 0, f.mul(f.mul(f.add(rest, 1), half), 2))
}
