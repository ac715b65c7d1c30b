/** Integers and truth values bit by bit. Shapes broadcast; float32 is refused, as in PyTorch. */
import * as ops from '../ops/index.ts'
import { booleans, edge, integers } from '../ops/samples.ts'
import type { Tensor } from '../tensor/core.ts'
import { defineFunction } from './define.ts'
import { applyBinary, applyUnary, type Operand } from './operands.ts'
import { signed, special, whole } from './samples.ts'

const samples = [
  [whole, integers([3, 4], -9, 10)],
  [whole, integers([4], 0, 4)],
  [whole, 6],
  [booleans([3, 4]), booleans([3, 4], 1)],
  [booleans([3, 4]), whole],
]
const shifts = [
  [whole, integers([3, 4], 0, 5)],
  [whole, integers([4], 0, 4)],
  [whole, 2],
]

/** Bits that both have. Errors: a TypeError for float32. Source: torch.bitwise_and. */
export const bitwiseAnd = defineFunction({
  name: 'bitwiseAnd',
  call: (self: Tensor, other: Operand): Tensor => applyBinary(ops.bitwiseAnd, self, other),
  samples,
})

/** Bits that one of both has. Errors: a TypeError for float32. Source: torch.bitwise_or. */
export const bitwiseOr = defineFunction({
  name: 'bitwiseOr',
  call: (self: Tensor, other: Operand): Tensor => applyBinary(ops.bitwiseOr, self, other),
  samples,
})

/** Bits that exactly one of both has. Errors: a TypeError for float32. Source: torch.bitwise_xor. */
export const bitwiseXor = defineFunction({
  name: 'bitwiseXor',
  call: (self: Tensor, other: Operand): Tensor => applyBinary(ops.bitwiseXor, self, other),
  samples,
})

/** Bits that self has not. Errors: a TypeError for float32. Source: torch.bitwise_not. */
export const bitwiseNot = defineFunction({
  name: 'bitwiseNot',
  call: (self: Tensor): Tensor => applyUnary(ops.bitwiseNot, self),
  samples: [[whole], [booleans([3, 4])]],
})

/** self · 2^other by moving bits; 0 where `other` is no number of bits to move by. Errors: a TypeError for float32 and bool. Source: torch.bitwise_left_shift. */
export const bitwiseLeftShift = defineFunction({
  name: 'bitwiseLeftShift',
  call: (self: Tensor, other: Operand): Tensor => applyBinary(ops.bitwiseLeftShift, self, other),
  samples: shifts,
})

/** ⌊self / 2^other⌋ by moving bits, down to the sign alone. Errors: a TypeError for float32 and bool. Source: torch.bitwise_right_shift. */
export const bitwiseRightShift = defineFunction({
  name: 'bitwiseRightShift',
  call: (self: Tensor, other: Operand): Tensor => applyBinary(ops.bitwiseRightShift, self, other),
  samples: shifts,
})

/** The next float32 after self on the way to `other`; it has no gradient. Source: torch.nextafter. */
export const nextafter = defineFunction({
  name: 'nextafter',
  call: (self: Tensor, other: Tensor): Tensor => applyBinary(ops.nextafter, self.detach(), other.detach()),
  samples: [
    [signed, edge([2, -2, 0, NaN], [4])],
    [special, edge([1, -1, 1, 0, 3, -3, 0, 0, 0])],
  ],
})
