/** Truth values, element by element. Shapes broadcast; beside NaN every comparison but ne is false. */
import * as ops from '../ops/index.ts'
import { booleans, edge, uniform } from '../ops/samples.ts'
import type { Tensor } from '../tensor/core.ts'
import { isFloating } from '../tensor/dtype.ts'
import { defineFunction, defineWithOptions } from './define.ts'
import { applyBinary, applyUnary, operand, replacement, type Operand } from './operands.ts'
import { one, pairs, signed, special, whole } from './samples.ts'

const samples = [
  ...pairs(),
  [signed, 0.5],
  [whole, 2],
  [whole, whole],
  [special, edge([0, 0, 1, 0, -1, 2.5, NaN, Infinity, 1])],
]

/**
 * Whether self < other, bool, element by element; shapes broadcast, and nothing holds for NaN. Errors: a RangeError for shapes that do
 * not broadcast. Source: torch.lt.
 */
export const lt = defineFunction({
  name: 'lt',
  call: (self: Tensor, other: Operand): Tensor => applyBinary(ops.lt, self, other),
  samples,
})

/**
 * Whether self > other, bool, element by element; shapes broadcast, and nothing holds for NaN. Errors: a RangeError for shapes that do
 * not broadcast. Source: torch.gt.
 */
export const gt = defineFunction({
  name: 'gt',
  call: (self: Tensor, other: Operand): Tensor => applyBinary(ops.lt, operand(other, self), self),
  samples,
})

/**
 * Whether self ≤ other, bool, element by element; shapes broadcast, and nothing holds for NaN. Errors: a RangeError for shapes that do
 * not broadcast. Source: torch.le.
 */
export const le = defineFunction({
  name: 'le',
  // Not the opposite of gt: beside NaN both are false.
  call: (self: Tensor, other: Operand): Tensor => applyBinary(ops.maximum, lt(self, other), eq(self, other)),
  samples,
})

/**
 * Whether self ≥ other, bool, element by element; shapes broadcast, and nothing holds for NaN. Errors: a RangeError for shapes that do
 * not broadcast. Source: torch.ge.
 */
export const ge = defineFunction({
  name: 'ge',
  call: (self: Tensor, other: Operand): Tensor => applyBinary(ops.maximum, gt(self, other), eq(self, other)),
  samples,
})

/**
 * Whether self = other, bool, element by element; shapes broadcast, and NaN equals nothing. Errors: a RangeError for shapes that do not
 * broadcast. Source: torch.eq.
 */
export const eq = defineFunction({
  name: 'eq',
  call: (self: Tensor, other: Operand): Tensor => applyBinary(ops.eq, self, other),
  samples,
})

/**
 * Whether self ≠ other, bool, element by element; shapes broadcast, and NaN differs from everything. Errors: a RangeError for shapes that
 * do not broadcast. Source: torch.ne.
 */
export const ne = defineFunction({
  name: 'ne',
  call: (self: Tensor, other: Operand): Tensor => logicalNot(eq(self, other)),
  samples,
})

/** Whether each element is 0 or false, bool. Source: torch.logical_not. */
export const logicalNot = defineFunction({
  name: 'logicalNot',
  call: (self: Tensor): Tensor => applyUnary(ops.logicalNot, self),
  samples: one(booleans([3, 4]), special, whole),
})

/**
 * Whether both are other than 0, bool, element by element; shapes broadcast. Errors: a RangeError where they do not. Source:
 * torch.logical_and.
 */
export const logicalAnd = defineFunction({
  name: 'logicalAnd',
  call: (self: Tensor, other: Tensor): Tensor => applyBinary(ops.logicalAnd, self, other),
  samples: [
    [booleans([3, 4]), booleans([3, 4], 1)],
    [special, edge([1, 0, 0, 2, 1, 0, 0, 1, NaN])],
  ],
})

/** Whether one of both is other than 0. Source: torch.logical_or. */
export const logicalOr = defineFunction({
  name: 'logicalOr',
  call: (self: Tensor, other: Tensor): Tensor => logicalNot(logicalAnd(logicalNot(self), logicalNot(other))),
  samples: [
    [booleans([3, 4]), booleans([3, 4], 1)],
    [special, edge([1, 0, 0, 2, 1, 0, 0, 1, NaN])],
  ],
})

/** Whether exactly one of both is other than 0. Source: torch.logical_xor. */
export const logicalXor = defineFunction({
  name: 'logicalXor',
  call: (self: Tensor, other: Tensor): Tensor => ne(self.to('bool'), other.to('bool')),
  samples: [
    [booleans([3, 4]), booleans([3, 4], 1)],
    [special, edge([1, 0, 0, 2, 1, 0, 0, 1, NaN])],
  ],
})

/** Whether each element is no number, bool. Source: torch.isnan. */
export const isnan = defineFunction({
  name: 'isnan',
  call: (self: Tensor): Tensor => ne(self, self),
  samples: one(signed, special, whole),
})

/** Whether each element is ∞ or −∞, bool. Source: torch.isinf. */
export const isinf = defineFunction({
  name: 'isinf',
  call: (self: Tensor): Tensor =>
    isFloating(self.dtype) ? eq(self.abs(), Infinity) : self.newFull(self.shape, 0, 'bool'),
  samples: one(signed, special, whole),
})

/** Whether self is neither infinite nor NaN. Source: torch.isfinite. */
export const isfinite = defineFunction({
  name: 'isfinite',
  call: (self: Tensor): Tensor =>
    isFloating(self.dtype) ? lt(self.abs(), Infinity) : self.newFull(self.shape, 1, 'bool'),
  samples: one(signed, special, whole),
})

export interface Tolerances {
  readonly rtol?: number
  readonly atol?: number
  readonly equalNan?: boolean
}

/** |self − other| ≤ atol + rtol · |other|. Source: torch.isclose. */
export const isclose = defineWithOptions({
  name: 'isclose',
  positional: ['rtol', 'atol', 'equalNan'],
  call(self: Tensor, other: Tensor, { rtol = 1e-5, atol = 1e-8, equalNan = false }: Tolerances): Tensor {
    const near = le(self.sub(other).abs(), other.abs().mul(rtol).add(atol))
    // Infinities are close to themselves alone.
    const close = logicalOr(eq(self, other), logicalAnd(near, isfinite(other)))
    return equalNan ? logicalOr(close, logicalAnd(isnan(self), isnan(other))) : close
  },
  samples: [
    [signed, signed],
    [signed, uniform([3, 4], -2.1, 2), 0.05, 0.01],
  ],
})

/**
 * `input` where the condition, bool, holds, `other` elsewhere; all three broadcast, and numbers stand for tensors. Of two numbers
 * float32. Errors: a RangeError for shapes that do not broadcast. Source: torch.where.
 */
export const where = defineFunction({
  name: 'where',
  isMethod: false,
  call: (condition: Tensor, input: Operand, other: Operand): Tensor => condition.choose(input, other),
  samples: [
    [booleans([3, 4]), signed, uniform([3, 4], -1, 1)],
    [booleans([3, 1]), uniform([4]), uniform([3, 4], -1, 1)],
    [booleans([3, 4]), signed, 0.5],
  ],
})

/** self, with `value` where the mask holds. Source: torch.Tensor.masked_fill. */
export const maskedFill = defineFunction({
  name: 'maskedFill',
  call(self: Tensor, mask: Tensor, value: Operand): Tensor {
    return mask.choose(replacement(value, self), self)
  },
  torch: 'torch.Tensor',
  samples: [
    [signed, booleans([3, 4]), -1],
    [signed, booleans([4]), 0.5],
  ],
})

interface Replacements {
  readonly nan?: number
  readonly posinf?: number
  readonly neginf?: number
}

/** Numbers instead of NaN (0), ∞ and −∞ (the largest and smallest float32). Source: torch.nan_to_num. */
export const nanToNum = defineWithOptions({
  name: 'nanToNum',
  positional: ['nan', 'posinf', 'neginf'],
  call(
    self: Tensor,
    { nan = 0, posinf = 3.4028234663852886e38, neginf = -3.4028234663852886e38 }: Replacements,
  ): Tensor {
    if (!isFloating(self.dtype)) return self.clone()
    const finite = eq(self, Infinity).choose(posinf, eq(self, -Infinity).choose(neginf, self))
    return isnan(self).choose(nan, finite)
  },
  samples: [[signed], [special], [special, 1, 2, 3]],
})
