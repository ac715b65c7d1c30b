/** Sums, products and what is made of them, element by element. Shapes broadcast; a number stands for a tensor of it. */
import * as ops from '../ops/index.ts'
import { edge, integers, uniform } from '../ops/samples.ts'
import { apply, Tensor } from '../tensor/core.ts'
import { isFloating, promote } from '../tensor/dtype.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import { defineFunction, defineWithOptions } from './define.ts'
import { applyBinary, applyUnary, broadcast, operand, type Operand } from './operands.ts'
import { ends, one, otherEnds, pairs, positive, signed, special, whole } from './samples.ts'

export interface Alpha {
  readonly alpha?: number
}

const scaled = (other: Operand, { alpha = 1 }: Alpha): Operand => {
  if (alpha === 1) return other
  return other instanceof Tensor ? mul(other, alpha) : Number(other) * alpha
}

/**
 * self + alpha · other, element by element; shapes broadcast. Of whole numbers whole ones, of truth values “or”, and with a float
 * float32. Errors: a RangeError for shapes that do not broadcast, a TypeError for what is no tensor or number. Source: torch.add.
 */
export const add = defineWithOptions({
  name: 'add',
  positional: [],
  named: ['alpha'],
  call: (self: Tensor, other: Operand, options: Alpha): Tensor =>
    applyBinary(ops.add, self, scaled(other, options)),
  samples: [...pairs(), [signed, 2], [whole, 2.5], [signed, uniform([4]), { alpha: -2 }]],
})

/**
 * self − alpha · other, element by element; shapes broadcast. Errors: a RangeError for shapes that do not broadcast, a TypeError for
 * truth values: use logicalNot. Source: torch.sub.
 */
export const sub = defineWithOptions({
  name: 'sub',
  positional: [],
  named: ['alpha'],
  call: (self: Tensor, other: Operand, options: Alpha): Tensor =>
    applyBinary(ops.sub, self, scaled(other, options)),
  samples: [...pairs(), [signed, 2], [signed, uniform([4]), { alpha: 3 }]],
})

/**
 * self · other, element by element; shapes broadcast. Of whole numbers whole ones, of truth values “and”, and with a float float32.
 * Errors: a RangeError for shapes that do not broadcast, a TypeError for what is no tensor or number. Source: torch.mul.
 */
export const mul = defineFunction({
  name: 'mul',
  call: (self: Tensor, other: Operand): Tensor => applyBinary(ops.mul, self, other),
  samples: [...pairs(), [signed, -0.5], [whole, 3]],
})

export interface Rounding {
  /** How the quotient becomes a whole number: cut toward zero, or the next below. */
  readonly roundingMode?: 'trunc' | 'floor'
}

/**
 * self / other, element by element, float32 unless rounded; shapes broadcast. By 0 ±∞ or NaN. Errors: a RangeError for shapes that do not
 * broadcast and, rounded, for whole numbers and the divisor 0; a TypeError for another roundingMode. Source: torch.div.
 */
export const div = defineWithOptions({
  name: 'div',
  positional: [],
  named: ['roundingMode'],
  call(self: Tensor, other: Operand, { roundingMode }: Rounding): Tensor {
    const quotient = applyBinary(ops.div, self, other)
    if (roundingMode === undefined) return quotient
    refuseZero('div', self, other)
    if (roundingMode !== 'trunc' && roundingMode !== 'floor')
      throw new TypeError(`div: roundingMode is 'trunc' or 'floor', not ${String(roundingMode)}.`)
    // As Python's //, which comes from the remainder: an infinity has none.
    const rounded =
      roundingMode === 'floor' ? floor(quotient).add(noGrad(() => mul(self, 0))) : trunc(quotient)
    const dtype = promote(self.dtype, operand(other, self).dtype)
    return rounded.to(dtype === 'bool' ? 'int32' : dtype)
  },
  samples: [
    ...pairs(0.5, 3),
    [signed, 4],
    [whole, 2],
    [signed, 0.7, { roundingMode: 'floor' }],
    [whole, 2, { roundingMode: 'trunc' }],
    [whole, 2, { roundingMode: 'floor' }],
  ],
})

/** Errors: a RangeError for whole numbers and a divisor 0, as far as that is a number. */
function refuseZero(name: string, self: Tensor, other: Operand): void {
  if ((other === 0 || other === false) && !isFloating(self.dtype))
    throw new RangeError(`${name}: whole numbers cannot be divided by 0; use to('float32').`)
}

/**
 * ⌊self / other⌋, which has no gradient. Errors: a RangeError for whole numbers and the number 0; a 0 among whole numbers in a tensor, where
 * PyTorch raises an error, gives no number to count on. Source: torch.floor_divide.
 */
export const floorDivide = defineFunction({
  name: 'floorDivide',
  call: (self: Tensor, other: Operand): Tensor => noGrad(() => div(self, other, { roundingMode: 'floor' })),
  samples: [[signed, 0.7], [whole, 3], ...pairs(0.5, 3)],
})

/** Where a divisor is an infinity, of which no multiple can be taken away; null where none is. */
function endless(other: Operand, self: Tensor): { readonly divisor: Tensor; readonly where: Tensor } | null {
  if (other instanceof Tensor)
    return isFloating(other.dtype) ? { divisor: other, where: other.abs().eq(Infinity) } : null
  if (other !== Infinity && other !== -Infinity) return null
  const divisor = operand(other, self)
  return { divisor, where: divisor.newFull([], 1, 'bool') }
}

/** Truth values as the numbers 0 and 1. */
const counted = (self: Tensor): Tensor => (self.dtype === 'bool' ? self.to('int32') : self)

/** self where it is finite, NaN elsewhere: what is left by an infinity. */
const leftOver = (self: Tensor): Tensor =>
  add(
    self,
    noGrad(() => mul(self.detach(), 0)),
  ).to('float32')

/**
 * self − other · ⌊self / other⌋: the remainder with the divisor's sign, as Python's %. Errors: a RangeError for whole numbers and the number
 * 0; a 0 among whole numbers in a tensor, where PyTorch raises an error, leaves self. Source: torch.remainder.
 */
export const remainder = defineFunction({
  name: 'remainder',
  widens: true,
  call(self: Tensor, other: Operand): Tensor {
    refuseZero('remainder', self, other)
    const x = counted(self)
    const infinite = endless(other, x)
    if (infinite === null) return sub(x, mul(floorDivide(x, other), other))
    const { divisor, where } = infinite
    const rest = leftOver(x)
    // Of the other sign it is the infinity, and has self's slope as everywhere.
    const isOpposite = rest
      .lt(0)
      .logicalAnd(divisor.gt(0))
      .logicalOr(rest.gt(0).logicalAnd(divisor.lt(0)))
    const byInfinity = add(rest, isOpposite.logicalAnd(where).choose(divisor, 0))
    if (!(other instanceof Tensor)) return byInfinity
    const finite = where.choose(1, other)
    return where.choose(byInfinity, sub(x, mul(floorDivide(x, finite), finite)))
  },
  samples: [
    [signed, 0.7],
    [signed, -0.7],
    [whole, 3],
  ],
})

/**
 * self − other · trunc(self / other): the remainder with the dividend's sign, as C's fmod. Errors: a RangeError for whole numbers and the
 * number 0; a 0 among whole numbers in a tensor, where PyTorch raises an error, leaves self. Source: torch.fmod.
 */
export const fmod = defineFunction({
  name: 'fmod',
  widens: true,
  call(self: Tensor, other: Operand): Tensor {
    refuseZero('fmod', self, other)
    const x = counted(self)
    const infinite = endless(other, x)
    const cut = (by: Operand): Tensor => sub(x, mul(div(x, by, { roundingMode: 'trunc' }).detach(), by))
    if (infinite === null) return cut(other)
    if (!(other instanceof Tensor)) return leftOver(x)
    return infinite.where.choose(leftOver(x), cut(infinite.where.choose(1, other)))
  },
  samples: [
    [signed, 0.7],
    [signed, -0.7],
    [whole, 3],
  ],
})

/** −self, element by element. Errors: a TypeError for bool: use logicalNot. Source: torch.neg. */
export const neg = defineFunction({
  name: 'neg',
  call: (self: Tensor): Tensor => applyUnary(ops.neg, self),
  samples: one(signed, special, whole),
})

/** The size of each element, |self|, in self's shape and type. Source: torch.abs. */
export const abs = defineFunction({
  name: 'abs',
  call: (self: Tensor): Tensor => applyUnary(ops.abs, self),
  samples: one(signed, special, whole),
})

/** −1, 0 or 1 by the sign of each element, in self's type; 0 of NaN. Source: torch.sign. */
export const sign = defineFunction({
  name: 'sign',
  call: (self: Tensor): Tensor => {
    // Of 0 it is self, so that there is a gradient, which floor makes 0.
    const rest = self.eq(0).choose(self, 0)
    return floor(self.gt(0).choose(1, self.lt(0).choose(-1, rest))).to(self.dtype)
  },
  samples: one(signed, special, whole),
})

/**
 * self to the power of a number or a tensor; self may be a number beside a tensor. A negative self has a power where the
 * exponent is whole, and is NaN elsewhere. Errors: a RangeError for whole numbers and a negative whole exponent, a TypeError without a
 * tensor. Source: torch.pow.
 */
export const pow = defineFunction({
  name: 'pow',
  call: (self: Operand, exponent: Operand): Tensor => {
    if (self instanceof Tensor && typeof exponent === 'number') {
      const isWhole = !isFloating(self.dtype) && Number.isInteger(exponent)
      if (isWhole && exponent < 0)
        throw new RangeError(
          `pow: whole numbers have no power ${exponent} among whole numbers; use to('float32').`,
        )
      return apply(ops.pow, [isWhole && self.dtype === 'bool' ? self.to('int32') : self], { exponent })
    }
    const model = exponent instanceof Tensor ? exponent : self
    if (!(model instanceof Tensor)) throw new TypeError('pow needs a tensor on one side.')
    return applyBinary(ops.powTensor, operand(self, model), operand(exponent, model))
  },
  samples: [
    [signed, 2],
    [signed, 3],
    [positive, -0.5],
    [positive, 1.7],
    [positive, 0.5],
    [whole, 2],
    [signed, 0],
    ...pairs(0.1, 3),
    [signed, integers([4], -3, 4)],
    [whole, integers([3, 4], 0, 5)],
    [special, uniform([9], -3, 3)],
    [special, integers([9], -3, 3)],
  ],
})

/** self · self, element by element, in self's shape. Source: torch.square. */
export const square = defineFunction({
  name: 'square',
  call: (self: Tensor): Tensor => mul(self, self),
  samples: one(signed, whole),
})

/**
 * The greater of both, element by element, NaN where one is; shapes broadcast, and equal ones share the gradient. Errors: a RangeError
 * for shapes that do not broadcast. Source: torch.maximum.
 */
export const maximum = defineFunction({
  name: 'maximum',
  call: (self: Tensor, other: Operand): Tensor => applyBinary(ops.maximum, self, other),
  samples: pairs(),
})

/**
 * The lesser of both, element by element, NaN where one is; shapes broadcast, and equal ones share the gradient. Errors: a RangeError for
 * shapes that do not broadcast. Source: torch.minimum.
 */
export const minimum = defineFunction({
  name: 'minimum',
  call: (self: Tensor, other: Operand): Tensor => applyBinary(ops.minimum, self, other),
  samples: pairs(),
})

export interface Bounds {
  readonly min?: Operand
  readonly max?: Operand
}

/** self, but at least min and at most max; at a bound the gradient passes. Source: torch.clamp. */
export const clamp = defineWithOptions({
  name: 'clamp',
  positional: ['min', 'max'],
  call(self: Tensor, { min, max }: Bounds): Tensor {
    if (min === undefined && max === undefined) throw new TypeError('clamp needs a min, a max, or both.')
    // A NaN stays one, and gets no gradient.
    let out = isFloating(self.dtype) ? self.isnan().choose(self.detach(), self) : self
    if (min !== undefined) {
      const [x, low] = broadcast('clamp', out, operand(min, out))
      out = x!.lt(low!).choose(low!, x!)
    }
    if (max !== undefined) {
      const [x, high] = broadcast('clamp', out, operand(max, out))
      out = x!.gt(high!).choose(high!, x!)
    }
    return out
  },
  samples: [
    [signed, -0.5, 0.5],
    [signed, { min: 0 }],
    [signed, { max: 0.25 }],
    [signed, uniform([4], -1, 0), uniform([4], 0, 1)],
    [whole, -2, 2],
    [special, -1, 1],
  ],
})

/**
 * self, but at least min, a number or a tensor that broadcasts. Errors: a RangeError for shapes that do not broadcast. Source:
 * torch.clamp_min.
 */
export const clampMin = defineFunction({
  name: 'clampMin',
  call: (self: Tensor, min: Operand): Tensor => clamp(self, { min }),
  samples: [[signed, 0.1]],
})

/**
 * self, but at most max, a number or a tensor that broadcasts. Errors: a RangeError for shapes that do not broadcast. Source:
 * torch.clamp_max.
 */
export const clampMax = defineFunction({
  name: 'clampMax',
  call: (self: Tensor, max: Operand): Tensor => clamp(self, { max }),
  samples: [[signed, 0.1]],
})

/** The next whole number from each element down, in self's type. Source: torch.floor. */
export const floor = defineFunction({
  name: 'floor',
  call: (self: Tensor): Tensor => applyUnary(ops.floor, self),
  samples: one(signed, special, whole),
})

/** The next whole number from each element up, in self's type. Source: torch.ceil. */
export const ceil = defineFunction({
  name: 'ceil',
  call: (self: Tensor): Tensor => (isFloating(self.dtype) ? neg(floor(neg(self))) : self.clone()),
  samples: one(signed, special, whole),
})

/** Each element cut toward zero, in self's type. Source: torch.trunc. */
export const trunc = defineFunction({
  name: 'trunc',
  call: (self: Tensor): Tensor =>
    isFloating(self.dtype) ? self.lt(0).choose(ceil(self), floor(self)) : self.clone(),
  samples: one(signed, special, whole),
})

/** What trunc cuts off: self − trunc(self), with the sign of self. Source: torch.frac. */
export const frac = defineFunction({
  name: 'frac',
  call: (self: Tensor): Tensor => sub(self, trunc(self)),
  samples: one(signed, special),
})

/** The nearest number of so many decimals (0 by default, negative ones are tens); of two, the even one. Source: torch.round. */
export const round = defineWithOptions({
  name: 'round',
  widens: true,
  positional: [],
  named: ['decimals'],
  call(self: Tensor, { decimals = 0 }: { readonly decimals?: number }): Tensor {
    if (!isFloating(self.dtype)) return self.clone()
    if (!Number.isInteger(decimals))
      throw new RangeError(`round: decimals is a whole number, not ${decimals}.`)
    if (decimals > 0) return div(round(mul(self, 10 ** decimals)), 10 ** decimals)
    if (decimals < 0) return mul(round(div(self, 10 ** -decimals)), 10 ** -decimals)
    const below = floor(self)
    const over = sub(self, below)
    const isOdd = sub(below, mul(floor(mul(below, 0.5)), 2)).ne(0)
    const up = over.gt(0.5).logicalOr(over.eq(0.5).logicalAnd(isOdd))
    return up.choose(ceil(self), below)
  },
  samples: [
    [signed],
    [uniform([9], -4, 4)],
    [special],
    [signed, { decimals: 2 }],
    [uniform([9], -400, 400), { decimals: -1 }],
  ],
})

/**
 * self + value · tensor1 · tensor2, element by element; shapes broadcast. Errors: a RangeError where they do not. Source: torch.addcmul.
 */
export const addcmul = defineWithOptions({
  name: 'addcmul',
  widens: true,
  positional: [],
  named: ['value'],
  call: (
    self: Tensor,
    tensor1: Tensor,
    tensor2: Tensor,
    { value = 1 }: { readonly value?: number },
  ): Tensor => add(self, mul(mul(tensor1, tensor2), value)),
  samples: [
    [signed, uniform([3, 4], -1, 1), uniform([4]), { value: 0.5 }],
    [signed, signed, signed],
  ],
})

/**
 * self + value · tensor1 / tensor2, element by element; shapes broadcast. Errors: a RangeError where they do not. Source: torch.addcdiv.
 */
export const addcdiv = defineWithOptions({
  name: 'addcdiv',
  widens: true,
  positional: [],
  named: ['value'],
  call: (
    self: Tensor,
    tensor1: Tensor,
    tensor2: Tensor,
    { value = 1 }: { readonly value?: number },
  ): Tensor => add(self, mul(div(tensor1, tensor2), value)),
  samples: [[signed, uniform([3, 4], -1, 1), positive, { value: 0.5 }]],
})

/** self + weight · (end − self). Source: torch.lerp. */
export const lerp = defineFunction({
  name: 'lerp',
  widens: true,
  call(self: Tensor, end: Tensor, weight: Operand): Tensor {
    // From the nearer end, so that a weight of 1 gives the other exactly. One sum, because two of which one is chosen
    // would both be differentiated, and an infinity in the other gives 0 · ∞.
    const way = sub(end, self)
    if (!(weight instanceof Tensor)) {
      const part = Number(weight)
      return part < 0.5 ? add(self, mul(way, part)) : add(end, mul(way, part - 1))
    }
    const isNear = weight.lt(0.5)
    return add(isNear.choose(self, end), mul(way, isNear.choose(weight, sub(weight, 1))))
  },
  samples: [
    [signed, uniform([3, 4], -1, 1), 0.3],
    [signed, uniform([3, 4], -1, 1), 0.8],
    [signed, uniform([3, 4], -1, 1), uniform([3, 4], 0, 1)],
    [ends, otherEnds, -0.7],
    [ends, otherEnds, 0.8],
    [ends, otherEnds, edge([-Infinity, -0.7, 0.3, 0.5, 1, 2, Infinity, NaN])],
  ],
})
