/** Further functions of one or two numbers, made of the others. Shapes broadcast; a number stands for a tensor of it. */
import * as ops from '../ops/index.ts'
import { integers, uniform, edge } from '../ops/samples.ts'
import { applyMulti, type Tensor } from '../tensor/core.ts'
import { eq, isnan, logicalAnd, logicalOr } from './comparison.ts'
import { defineFunction, defineWithOptions, results, type Results } from './define.ts'
import { broadcast, operand, type Operand } from './operands.ts'
import { one, pairs, positive as above, signed, special } from './samples.ts'

/** other − alpha · self, element by element; shapes broadcast. Errors: as sub. Source: torch.rsub. */
export const rsub = defineWithOptions({
  name: 'rsub',
  positional: [],
  named: ['alpha'],
  call: (self: Tensor, other: Operand, { alpha = 1 }: { readonly alpha?: number }): Tensor =>
    operand(other, self).sub(self, { alpha }),
  samples: [...pairs(), [signed, 2], [signed, uniform([4]), { alpha: 2 }]],
})

/** As self. Source: torch.positive. */
export const positive = defineFunction({
  name: 'positive',
  call: (self: Tensor): Tensor => self,
  samples: one(signed),
})

/** Degrees in radians, self · π / 180, in self's shape. Source: torch.deg2rad. */
export const deg2rad = defineFunction({
  name: 'deg2rad',
  call: (self: Tensor): Tensor => self.mul(Math.PI / 180),
  samples: one(signed),
})

/** Radians in degrees, self · 180 / π, in self's shape. Source: torch.rad2deg. */
export const rad2deg = defineFunction({
  name: 'rad2deg',
  call: (self: Tensor): Tensor => self.mul(180 / Math.PI),
  samples: one(signed),
})

/** The greater of both, but never NaN beside a number. Source: torch.fmax. */
export const fmax = defineFunction({
  name: 'fmax',
  call(self: Tensor, other: Tensor): Tensor {
    const [x, y] = broadcast('fmax', self, other) as [Tensor, Tensor]
    return logicalOr(x.ge(y), isnan(y)).choose(x, y)
  },
  samples: [...pairs(), [special, edge([NaN, 1, 2, -2, NaN, 0, 1, NaN, -Infinity])]],
})

/** The lesser of both, but never NaN beside a number. Source: torch.fmin. */
export const fmin = defineFunction({
  name: 'fmin',
  call(self: Tensor, other: Tensor): Tensor {
    const [x, y] = broadcast('fmin', self, other) as [Tensor, Tensor]
    return logicalOr(x.le(y), isnan(y)).choose(x, y)
  },
  samples: [...pairs(), [special, edge([NaN, 1, 2, -2, NaN, 0, 1, NaN, -Infinity])]],
})

/** self · ln(other), 0 where self is 0; shapes broadcast. Errors: a RangeError where they do not. Source: torch.xlogy. */
export const xlogy = defineFunction({
  name: 'xlogy',
  widens: true,
  call(self: Operand, other: Operand): Tensor {
    const model = typeof self === 'object' ? self : (other as Tensor)
    const [x, y] = broadcast('xlogy', operand(self, model), operand(other, model)) as [Tensor, Tensor]
    // Elsewhere the product is 0 by itself, and has a slope.
    const isNothing = logicalAnd(eq(x, 0), logicalOr(y.le(0), eq(y, Infinity)))
    return isNothing.choose(0, x.mul(isNothing.choose(1, y).log()))
  },
  samples: [...pairs(0.1, 3), [above, 2], [edge([0, 1, 0, 2, 0]), edge([1, 2, NaN, 3, 2])]],
})

/** √(self² + other²), element by element; shapes broadcast. Errors: a RangeError where they do not. Source: torch.hypot. */
export const hypot = defineFunction({
  name: 'hypot',
  widens: true,
  call: (self: Tensor, other: Tensor): Tensor => self.square().add(other.square()).sqrt(),
  samples: pairs(),
})

/** |self| with the sign of `other`, of −0 too. Source: torch.copysign. */
export const copysign = defineFunction({
  name: 'copysign',
  widens: true,
  call(self: Tensor, other: Operand): Tensor {
    const [x, y] = broadcast('copysign', self, operand(other, self)) as [Tensor, Tensor]
    const turned = signbit(y).logicalXor(signbit(x.detach()))
    const size = turned.choose(x.neg(), x)
    // Constant in `other`, and still a function of it; at 0 of neither.
    const nothing = y.dtype === 'float32' ? y.mul(0).nanToNum().abs() : 0
    return eq(x, 0).choose(x.mul(0).add(size.detach()), size).sub(nothing)
  },
  samples: [...pairs(), [signed, -1], [signed, 2.5]],
})

/** Whether the sign is minus, of −0 too. Source: torch.signbit. */
export const signbit = defineFunction({
  name: 'signbit',
  call: (self: Tensor): Tensor =>
    self.dtype === 'float32'
      ? logicalOr(self.lt(0), logicalAnd(eq(self, 0), self.pow(-1).lt(0)))
      : self.lt(0),
  samples: one(signed, special, integers([5], -3, 3)),
})

/** 0 below 0 and of NaN, 1 above, and at 0 what `values` says; shapes broadcast. Source: torch.heaviside. */
export const heaviside = defineFunction({
  name: 'heaviside',
  widens: true,
  call: (self: Tensor, values: Tensor): Tensor => {
    const [x, at] = broadcast('heaviside', self.detach(), values.detach()) as [Tensor, Tensor]
    return eq(x, 0).choose(at, x.gt(0).to(x.dtype))
  },
  samples: [[integers([6], -2, 3), integers([6], 3, 9)]],
})

/** self · 2^other, element by element; shapes broadcast. Errors: a RangeError where they do not. Source: torch.ldexp. */
export const ldexp = defineFunction({
  name: 'ldexp',
  widens: true,
  call: (self: Tensor, other: Tensor): Tensor => self.mul(operand(2, other, true).pow(other)),
  samples: [[signed, integers([4], -3, 5)], ...pairs()],
})

/** As pow, in float32 whatever the types. Source: torch.float_power. */
export const floatPower = defineFunction({
  name: 'floatPower',
  widens: true,
  call(self: Operand, exponent: Operand): Tensor {
    const base = typeof self === 'object' ? self.to('float32') : self
    return (base as Tensor).pow(typeof exponent === 'object' ? exponent.to('float32') : exponent)
  },
  samples: [
    [above, 2],
    [integers([3], 1, 4), integers([3], -2, 3)],
  ],
})

/** π below 0, else 0: the angle of a number in the complex plane. Source: torch.angle. */
export const angle = defineFunction({
  name: 'angle',
  widens: true,
  call: (self: Tensor): Tensor => {
    // NaN has none; floor makes the gradient 0 everywhere.
    const none = isnan(self).choose(self, self.mul(0).nanToNum()).to('float32').floor()
    return self.lt(0).choose(Math.PI, none)
  },
  samples: one(signed, integers([5], -3, 3)),
})

/** sin(π·self) / (π·self), 1 at 0, element by element. Source: torch.sinc. */
export const sinc = defineFunction({
  name: 'sinc',
  widens: true,
  call(self: Tensor): Tensor {
    const isZero = eq(self, 0)
    const angle = isZero.choose(1, self).mul(Math.PI)
    return isZero.choose(self.mul(0).add(1), angle.sin().div(angle))
  },
  samples: one(signed, special),
})

/**
 * log₂(2^self + 2^other), without overflow, element by element; shapes broadcast. Errors: a RangeError where they do not. Source:
 * torch.logaddexp2.
 */
export const logaddexp2 = defineFunction({
  name: 'logaddexp2',
  widens: true,
  call: (self: Tensor, other: Tensor): Tensor =>
    self.mul(Math.LN2).logaddexp(other.mul(Math.LN2)).mul(Math.LOG2E),
  samples: [[signed, uniform([3, 4], -3, 3)]],
})

/** Whether each element is ∞, bool. Source: torch.isposinf. */
export const isposinf = defineFunction({
  name: 'isposinf',
  call: (self: Tensor): Tensor => eq(self, Infinity),
  samples: one(signed, edge([Infinity, -Infinity, NaN])),
})

/** Whether each element is −∞, bool. Source: torch.isneginf. */
export const isneginf = defineFunction({
  name: 'isneginf',
  call: (self: Tensor): Tensor => eq(self, -Infinity),
  samples: one(signed, edge([Infinity, -Infinity, NaN])),
})

/** { mantissa, exponent }: self = mantissa · 2^exponent, the mantissa's size from 1/2 up to 1. Source: torch.frexp. Errors: a TypeError for whole numbers. */
export const frexp = defineFunction({
  name: 'frexp',
  call(self: Tensor): Results<'mantissa' | 'exponent'> {
    const [mantissa, exponent] = applyMulti(ops.frexp, [self], null) as [Tensor, Tensor]
    return results({ mantissa, exponent })
  },
  samples: [[signed], [uniform([17], -1000, 1000)], [edge([0, 1, -0.5, Infinity, NaN])]],
})
