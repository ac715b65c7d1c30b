/** At each position along a dimension, something of all elements up to it. */
import * as ops from '../ops/index.ts'
import type { OpRecord } from '../ops/define.ts'
import { booleans, edge, uniform } from '../ops/samples.ts'
import { apply, applyMulti, type Tensor } from '../tensor/core.ts'
import type { DType } from '../tensor/dtype.ts'
import { defineFunction, defineWithOptions, results, type Results } from './define.ts'
import { dimOf, listed } from './operands.ts'
import { signed, special, whole } from './samples.ts'

interface Typed {
  readonly dtype?: DType
}

const along = (op: OpRecord<{ readonly dim: number }>, self: Tensor, dim: number): Tensor =>
  listed(self, (x) => apply(op, [x], { dim: dimOf(dim, x.ndim) }))

const samples = [
  [signed, 1],
  [signed, 0],
  [uniform([2, 9, 3]), -2],
  [special, 0],
  [uniform([]), 0],
  [uniform([0, 3]), 1],
] as const
const ofAny = [...samples, [whole, 1], [booleans([7]), 0]] as const

/**
 * Running sum along `dim`, in self's shape; int32 of truth values. Errors: a RangeError for a dimension that is none, or not given.
 * Source: torch.cumsum.
 */
export const cumsum = defineWithOptions({
  name: 'cumsum',
  positional: [],
  named: ['dtype'],
  call: (self: Tensor, dim: number, { dtype }: Typed): Tensor =>
    along(ops.cumsum, dtype ? self.to(dtype) : self, dim),
  samples: ofAny,
})

/**
 * Running product along `dim`, in self's shape; int32 of truth values. Errors: a RangeError for a dimension that is none, or not given.
 * Source: torch.cumprod.
 */
export const cumprod = defineWithOptions({
  name: 'cumprod',
  positional: [],
  named: ['dtype'],
  call: (self: Tensor, dim: number, { dtype }: Typed): Tensor =>
    along(ops.cumprod, dtype ? self.to(dtype) : self, dim),
  samples: [
    ...ofAny.filter(([x]) => x !== special),
    [edge([2, 0, 3, 0, 4, 5, 0, 6, 7], [3, 3]), 1],
    [edge([NaN, 1, Infinity, -2]), 0],
  ],
})

/**
 * Running ln Σ eˣ along `dim`, without overflow, in self's shape. Errors: a RangeError for a dimension that is none. Source:
 * torch.logcumsumexp.
 */
export const logcumsumexp = defineFunction({
  name: 'logcumsumexp',
  call: (self: Tensor, dim: number): Tensor => along(ops.logcumsumexp, self, dim),
  samples: samples.filter(([x]) => x !== special),
})

type Extremes = Results<'values' | 'indices'>

function extremes(op: typeof ops.cummax, self: Tensor, dim: number): Extremes {
  if (self.ndim === 0) {
    dimOf(dim, 0)
    return results({ values: self.clone(), indices: self.newFull([], 0, 'int32') })
  }
  const [values, indices] = applyMulti(op, [self], { dim: dimOf(dim, self.ndim) })
  return results({ values: values!, indices: indices! })
}

/**
 * { values, indices }: the largest element so far along `dim`, and where it stands, int32, of equal ones the last; both in self's shape.
 * Errors: a RangeError for a dimension that is none. Source: torch.cummax.
 */
export const cummax = defineFunction({
  name: 'cummax',
  call: (self: Tensor, dim: number): Extremes => extremes(ops.cummax, self, dim),
  samples: ofAny.filter(([x]) => x.dtype !== 'bool'),
})

/** As cummax, { values, indices } of the smallest so far. Errors: a RangeError for a dimension that is none. Source: torch.cummin. */
export const cummin = defineFunction({
  name: 'cummin',
  call: (self: Tensor, dim: number): Extremes => extremes(ops.cummin, self, dim),
  samples: ofAny.filter(([x]) => x.dtype !== 'bool'),
})
