/** float32 to the precision of a half (IEEE 754's binary16), in which float16 tensors are kept. */
import { toHalf } from '../../tensor/dtype.ts'
import type { Expr } from '../expr.ts'
import type { Formula, ScalarFunction } from './formula.ts'

/** Bits of float32: from here on halves have all their digits, from here on there is none. */
const smallestNormal = 0x38800000
const beyondLargest = 0x47800000
const infinity = 0x7f800000
/** Those of a fraction that a half has no room for. */
const cut = 0x1fff

/**
 * By its bits, since some compilers take it that there are no infinities, and that what is added and subtracted again may
 * stay away. What is rounded up carries into the exponent, as it should.
 */
function roundToHalfFormula(f: Formula, x: Expr): Expr {
  const bits = f.asInt(x)
  const size = f.and(bits, 0x7fffffff)
  // To the nearest; of two, the one whose last digit is even.
  const up = f.add(f.and(f.shr(size, 13), 1), cut >> 1)
  const normal = f.and(f.add(size, up), ~cut)
  const limited = f.where(f.lt(normal, beyondLargest), normal, f.int(infinity))
  // Between 1/2 and 1 float32 counts in steps of 2⁻²⁴, as the smallest halves do.
  const steps = f.sub(f.asInt(f.add(f.asFloat(size), 0.5)), 0x3f000000)
  const tiny = f.asInt(f.mul(f.toFloat(steps), 2 ** -24))
  const sign = f.and(bits, -0x80000000)
  const rounded = f.asFloat(f.or(f.where(f.lt(size, smallestNormal), tiny, limited), sign))
  return f.where(f.isNaN(x), x, rounded)
}

/** To the nearest half; of two, the even one. From 65520 on it is infinite. */
export const roundToHalf: ScalarFunction = { exact: toHalf, formula: roundToHalfFormula }
