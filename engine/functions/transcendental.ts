/** Inverse trigonometric, hyperbolic, error and gamma functions, element by element. Integers are taken as float32, as PyTorch does. */
import * as ops from '../ops/index.ts'
import { edge, integers, uniform } from '../ops/samples.ts'
import type { Tensor } from '../tensor/core.ts'
import { alias, defineFunction } from './define.ts'
import { applyBinary, applyUnary } from './operands.ts'
import { one, pairs, positive, signed, special, unit, whole } from './samples.ts'

/** Both ends of −1 … 1, and what is outside. */
const ends = edge([-1, 1, 0.5, -0.5, 1.5, -1.5])

/** Inverse sine, in radians; NaN outside −1 … 1. Source: torch.asin. */
export const asin = defineFunction({
  name: 'asin',
  call: (self: Tensor): Tensor => applyUnary(ops.asin, self),
  samples: one(unit, ends, special),
})

/** As asin. Source: torch.arcsin. */
export const arcsin = alias('arcsin', asin, [[unit]])

/** Inverse cosine, in radians; NaN outside −1 … 1. Source: torch.acos. */
export const acos = defineFunction({
  name: 'acos',
  call: (self: Tensor): Tensor => applyUnary(ops.acos, self),
  samples: one(unit, ends, special),
})

/** As acos. Source: torch.arccos. */
export const arccos = alias('arccos', acos, [[unit]])

/** Inverse tangent, in radians from −π/2 to π/2, element by element. Source: torch.atan. */
export const atan = defineFunction({
  name: 'atan',
  call: (self: Tensor): Tensor => applyUnary(ops.atan, self),
  samples: one(signed, uniform([17], -20, 20), special, whole),
})

/** As atan. Source: torch.arctan. */
export const arctan = alias('arctan', atan, [[signed]])

/** The angle, from −π to π, at which the point (other, self) is seen from (0, 0). Shapes broadcast. Source: torch.atan2. */
export const atan2 = defineFunction({
  name: 'atan2',
  call: (self: Tensor, other: Tensor): Tensor => applyBinary(ops.atan2, self, other),
  samples: [...pairs(), [whole, integers([3, 4], 1, 5)]],
})

/** As atan2. Source: torch.arctan2. */
export const arctan2 = alias('arctan2', atan2, pairs().slice(0, 2))

/** Hyperbolic sine, (eˣ − e⁻ˣ) / 2, element by element; float32 of whole numbers. Source: torch.sinh. */
export const sinh = defineFunction({
  name: 'sinh',
  call: (self: Tensor): Tensor => applyUnary(ops.sinh, self),
  samples: one(signed, special, uniform([5], -1e-5, 1e-5)),
})

/** Hyperbolic cosine, (eˣ + e⁻ˣ) / 2, element by element; float32 of whole numbers. Source: torch.cosh. */
export const cosh = defineFunction({
  name: 'cosh',
  call: (self: Tensor): Tensor => applyUnary(ops.cosh, self),
  samples: one(signed, special),
})

/** Inverse hyperbolic sine, ln(x + √(x² + 1)), element by element. Source: torch.asinh. */
export const asinh = defineFunction({
  name: 'asinh',
  call: (self: Tensor): Tensor => applyUnary(ops.asinh, self),
  samples: one(signed, special, uniform([17], -1e4, 1e4)),
})

/** As asinh. Source: torch.arcsinh. */
export const arcsinh = alias('arcsinh', asinh, [[signed]])

/** Inverse hyperbolic cosine, ln(x + √(x² − 1)), element by element; NaN below 1. Source: torch.acosh. */
export const acosh = defineFunction({
  name: 'acosh',
  call: (self: Tensor): Tensor => applyUnary(ops.acosh, self),
  samples: one(uniform([3, 4], 1.1, 4), special),
})

/** As acosh. Source: torch.arccosh. */
export const arccosh = alias('arccosh', acosh, [[uniform([3, 4], 1.1, 4)]])

/** Inverse hyperbolic tangent; NaN outside −1 … 1. Source: torch.atanh. */
export const atanh = defineFunction({
  name: 'atanh',
  call: (self: Tensor): Tensor => applyUnary(ops.atanh, self),
  samples: one(unit, ends, special),
})

/** As atanh. Source: torch.arctanh. */
export const arctanh = alias('arctanh', atanh, [[unit]])

/** ln(1 + self), exact for small numbers too; −∞ at −1 and NaN below, element by element. Source: torch.log1p. */
export const log1p = defineFunction({
  name: 'log1p',
  call: (self: Tensor): Tensor => applyUnary(ops.log1p, self),
  samples: one(positive, unit, uniform([5], 0, 1e-5), special),
})

/** e to the power of self, less 1, exact for small numbers too, element by element. Source: torch.expm1. */
export const expm1 = defineFunction({
  name: 'expm1',
  call: (self: Tensor): Tensor => applyUnary(ops.expm1, self),
  samples: one(signed, uniform([5], -1e-5, 1e-5), special),
})

/** 1 − erf, exact where that is small, from 0 to 2, element by element. Source: torch.erfc. */
export const erfc = defineFunction({
  name: 'erfc',
  call: (self: Tensor): Tensor => applyUnary(ops.erfc, self),
  samples: one(signed, special, uniform([17], -5, 8)),
})

/** The number whose erf is self: ±∞ at ±1 and NaN beyond, element by element. Source: torch.erfinv. */
export const erfinv = defineFunction({
  name: 'erfinv',
  call: (self: Tensor): Tensor => applyUnary(ops.erfinv, self),
  samples: one(unit, ends, special),
})

/** ln |Γ(self)|, element by element; Γ(n) is (n − 1)! of whole numbers. Source: torch.lgamma. */
export const lgamma = defineFunction({
  name: 'lgamma',
  call: (self: Tensor): Tensor => applyUnary(ops.lgamma, self),
  samples: one(positive, uniform([17], 3, 100), uniform([5], -2.9, -2.1), whole),
})

/** The derivative of lgamma, element by element; NaN at the poles below 0, infinite at 0. Source: torch.digamma. */
export const digamma = defineFunction({
  name: 'digamma',
  call: (self: Tensor): Tensor => applyUnary(ops.digamma, self),
  samples: one(positive, uniform([17], 3, 100), uniform([5], -2.9, -2.1)),
})

/**
 * ln Γₚ(self), of the multivariate gamma function of p dimensions, p = 1, 2, …; infinite or NaN where PyTorch refuses
 * elements of (p − 1)/2 and less. Errors: a RangeError for another p. Source: torch.mvlgamma.
 */
export const mvlgamma = defineFunction({
  name: 'mvlgamma',
  widens: true,
  call: (self: Tensor, p: number): Tensor => {
    if (!Number.isInteger(p) || p < 1)
      throw new RangeError(`mvlgamma: p is a whole number from 1 up, not ${p}.`)
    const terms = Array.from({ length: p }, (_, j) => lgamma(self.sub(j / 2)))
    return terms.reduce((sum, term) => sum.add(term)).add((p * (p - 1) * Math.log(Math.PI)) / 4)
  },
  samples: [
    [uniform([3, 4], 1.1, 5), 3],
    [positive, 1],
  ],
})

/** The modified Bessel function of the first kind and order 0, element by element; i0e does not overflow. Source: torch.i0. */
export const i0 = defineFunction({
  name: 'i0',
  call: (self: Tensor): Tensor => applyUnary(ops.i0, self),
  samples: one(signed, uniform([17], -20, 20)),
})
