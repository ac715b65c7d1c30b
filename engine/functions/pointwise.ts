/** Functions of one number, element by element. Integers are taken as float32, as PyTorch does. */
import * as ops from '../ops/index.ts'
import { integers, uniform } from '../ops/samples.ts'
import type { Tensor } from '../tensor/core.ts'
import { isFloating } from '../tensor/dtype.ts'
import { defineFunction, defineWithOptions } from './define.ts'
import { applyUnary } from './operands.ts'
import { widening } from './widening.ts'
import { ends, one, otherEnds, positive, signed, special, unit, whole } from './samples.ts'

/** e to the power of each element; ∞ from about 88.7 on. Source: torch.exp. */
export const exp = defineFunction({
  name: 'exp',
  call: (self: Tensor): Tensor => applyUnary(ops.exp, self),
  samples: one(signed, special, whole, uniform([17], -20, 5)),
})

/** 2 to the power of each element. Source: torch.exp2. */
export const exp2 = defineFunction({
  name: 'exp2',
  widens: true,
  call: (self: Tensor): Tensor => exp(self.mul(Math.LN2)),
  samples: one(signed),
})

/** Natural logarithm, element by element; −∞ at 0 and NaN below. Source: torch.log. */
export const log = defineFunction({
  name: 'log',
  call: (self: Tensor): Tensor => applyUnary(ops.log, self),
  samples: one(positive, uniform([17], 100, 1e6)),
})

/** Logarithm to the base 2, element by element; −∞ at 0 and NaN below. Source: torch.log2. */
export const log2 = defineFunction({
  name: 'log2',
  widens: true,
  call: (self: Tensor): Tensor => log(self).mul(Math.LOG2E),
  samples: one(positive),
})

/** Logarithm to the base 10, element by element; −∞ at 0 and NaN below. Source: torch.log10. */
export const log10 = defineFunction({
  name: 'log10',
  widens: true,
  call: (self: Tensor): Tensor => log(self).mul(Math.LOG10E),
  samples: one(positive),
})

/** Square root, element by element; NaN below 0, and a slope of ∞ at 0. Source: torch.sqrt. */
export const sqrt = defineFunction({
  name: 'sqrt',
  call: (self: Tensor): Tensor => applyUnary(ops.sqrt, self),
  samples: one(positive),
})

/** 1 / √self, element by element; ∞ at 0 and NaN below. Source: torch.rsqrt. */
export const rsqrt = defineFunction({
  name: 'rsqrt',
  widens: true,
  call: (self: Tensor): Tensor => self.pow(-0.5),
  samples: one(positive),
})

/** 1 / self, float32 of whole numbers. Source: torch.reciprocal. */
export const reciprocal = defineFunction({
  name: 'reciprocal',
  call: (self: Tensor): Tensor => (isFloating(self.dtype) ? self : self.to('float32')).pow(-1),
  samples: one(positive, integers([4], 1, 9)),
})

/** Sine of radians, element by element; float32 of whole numbers. Source: torch.sin. */
export const sin = defineFunction({
  name: 'sin',
  call: (self: Tensor): Tensor => applyUnary(ops.sin, self),
  samples: one(signed, uniform([17], -10, 10)),
})

/** Cosine of radians, element by element; float32 of whole numbers. Source: torch.cos. */
export const cos = defineFunction({
  name: 'cos',
  call: (self: Tensor): Tensor => applyUnary(ops.cos, self),
  samples: one(signed, uniform([17], -10, 10)),
})

/** Tangent of radians, element by element; float32 of whole numbers. Source: torch.tan. */
export const tan = defineFunction({
  name: 'tan',
  widens: true,
  call: (self: Tensor): Tensor => sin(self).div(cos(self)),
  samples: one(unit),
})

/** Hyperbolic tangent, from −1 to 1, element by element; float32 of whole numbers. Source: torch.tanh. */
export const tanh = defineFunction({
  name: 'tanh',
  call: (self: Tensor): Tensor => applyUnary(ops.tanh, self),
  samples: one(signed, special, uniform([17], -12, 12)),
})

/** Gauss error function, 2/√π ∫₀ˣ e^(−t²) dt, from −1 to 1, element by element. Source: torch.erf. */
export const erf = defineFunction({
  name: 'erf',
  call: (self: Tensor): Tensor => applyUnary(ops.erf, self),
  samples: one(signed, uniform([17], -5, 5)),
})

/** 1 / (1 + e⁻ˣ), from 0 to 1, element by element; float32 of whole numbers. Source: torch.sigmoid. */
export const sigmoid = defineFunction({
  name: 'sigmoid',
  call: (self: Tensor): Tensor => applyUnary(ops.sigmoid, self),
  samples: one(signed, special, uniform([17], -30, 30)),
})

/** ln(p / (1 − p)); `eps` keeps p within [eps, 1 − eps]. Source: torch.logit. */
export const logit = defineWithOptions({
  name: 'logit',
  widens: true,
  positional: ['eps'],
  call(self: Tensor, { eps }: { readonly eps?: number }): Tensor {
    const p = eps === undefined ? self : self.clamp(eps, 1 - eps)
    return log(p.div(p.neg().add(1)))
  },
  samples: [[uniform([3, 4], 0.05, 0.95)], [uniform([3, 4], 0.01, 0.99), 0.1]],
})

/** self where it is positive, 0 elsewhere. Source: torch.relu. */
export const relu = defineFunction({
  name: 'relu',
  call: (self: Tensor): Tensor => applyUnary(ops.relu, self),
  samples: one(signed, special, whole),
})

export interface GeluOptions {
  /** By the normal distribution itself ('none', the default), or by a formula close to it ('tanh'). */
  readonly approximate?: 'none' | 'tanh'
}

/** x·Φ(x), Φ the normal distribution (Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415). Source: torch.nn.functional.gelu. */
export const gelu = defineWithOptions({
  name: 'gelu',
  torch: 'torch.nn.functional',
  positional: [],
  named: ['approximate'],
  call(self: Tensor, { approximate = 'none' }: GeluOptions): Tensor {
    if (approximate === 'none') return applyUnary(ops.gelu, self)
    if (approximate !== 'tanh')
      throw new RangeError(`gelu: approximate is 'none' or 'tanh', not ${String(approximate)}.`)
    return nearGelu(self)
  },
  samples: [...one(signed, uniform([17], -6, 6)), [signed, { approximate: 'tanh' }]],
})

/** Of float16 it is computed in float32 and rounded once. */
const nearGelu = widening(
  'gelu',
  (x: Tensor): Tensor => {
    const inner = x
      .mul(x)
      .mul(x)
      .mul(0.044715)
      .add(x)
      .mul(Math.sqrt(2 / Math.PI))
    return x.mul(0.5).mul(inner.tanh().add(1))
  },
  false,
)

/**
 * ln(e^self + e^other), without overflow, element by element; shapes broadcast. Errors: a RangeError where they do not. Source:
 * torch.logaddexp.
 */
export const logaddexp = defineFunction({
  name: 'logaddexp',
  widens: true,
  call(self: Tensor, other: Tensor): Tensor {
    const isFirst = self.ge(other)
    const [larger, smaller] = [isFirst.choose(self, other), isFirst.choose(other, self)]
    const sum = larger.add(exp(smaller.sub(larger)).log1p())
    // Of two infinities of one sign there is no difference.
    return larger.isinf().logicalAnd(larger.eq(smaller)).choose(larger, sum)
  },
  samples: [
    [signed, uniform([3, 4], -3, 3)],
    [uniform([5], 50, 90), uniform([5], 50, 90, 1)],
    [ends, otherEnds],
  ],
})
