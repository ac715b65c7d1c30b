/** What PyTorch has for complex numbers and for copies, of real numbers in memory that is always in order; and few more of its names. */
import { booleans, uniform } from '../ops/samples.ts'
import type { Tensor } from '../tensor/core.ts'
import { defineFunction, defineWithOptions } from './define.ts'
import { clone, narrow, split } from './movement.ts'
import { operand, type Operand } from './operands.ts'
import { one, signed, special, whole } from './samples.ts'

/** self: numbers here are real. Source: torch.real. */
export const real = defineFunction({
  name: 'real',
  call: (self: Tensor): Tensor => self,
  samples: one(signed),
})

/** self: numbers here are real. Source: torch.conj. */
export const conj = defineFunction({
  name: 'conj',
  call: (self: Tensor): Tensor => self,
  samples: one(signed),
})

/** A copy: numbers here are real. Source: torch.conj_physical. */
export const conjPhysical = defineFunction({
  name: 'conjPhysical',
  call: (self: Tensor): Tensor => clone(self),
  samples: one(signed),
})

/** self: numbers here are real. Source: torch.resolve_conj. */
export const resolveConj = defineFunction({
  name: 'resolveConj',
  call: (self: Tensor): Tensor => self,
  samples: one(signed),
})

/** self: no sign is kept beside the numbers. Source: torch.resolve_neg. */
export const resolveNeg = defineFunction({
  name: 'resolveNeg',
  call: (self: Tensor): Tensor => self,
  samples: one(signed),
})

/** Whether each is a real number: yes. Source: torch.isreal. */
export const isreal = defineFunction({
  name: 'isreal',
  call: (self: Tensor): Tensor => self.newFull(self.shape, 1, 'bool'),
  samples: one(signed, special, whole),
})

/** `value` in self's shape and type, a number or a tensor of one. Source: torch.fill. */
export const fill = defineFunction({
  name: 'fill',
  isMethod: false,
  call: (self: Tensor, value: Operand): Tensor =>
    // Constant in self, and still a function of it.
    self.newFull([], 0, 'bool').choose(self, operand(value, self)).to(self.dtype),
  samples: [
    [signed, 2.5],
    [whole, 3],
    [signed, uniform([])],
    [booleans([3]), true],
  ],
})

/** As narrow, in memory of its own. Source: torch.narrow_copy. */
export const narrowCopy = defineFunction({
  name: 'narrowCopy',
  call: (self: Tensor, dim: number, start: number, length: number): Tensor =>
    clone(narrow(self, dim, start, length)),
  // Whole numbers: PyTorch has no gradient of it.
  samples: [
    [whole, 1, 1, 2],
    [whole, -1, 0, 0],
  ],
})

/** Parts of the sizes listed. Source: torch.split_with_sizes. Errors: as split. */
export const splitWithSizes = defineWithOptions({
  name: 'splitWithSizes',
  positional: ['dim'],
  call: (self: Tensor, splitSizes: readonly number[], { dim = 0 }: { readonly dim?: number }): Tensor[] =>
    split(self, splitSizes, { dim }),
  samples: [
    [uniform([7, 2]), [2, 5]],
    [signed, [1, 3], -1],
  ],
})
