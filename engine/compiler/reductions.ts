/** What reductions there are, for all backends: how two partial results become one, and what of nothing is. */
import type { DType } from '../tensor/dtype.ts'
import type { BinaryFn, ReduceFn } from './primitive.ts'

interface ReductionRule {
  readonly combine: BinaryFn
  /** Changes nothing when it is combined with anything. */
  readonly identity: (dtype: DType) => number
}

const lowest = (dtype: DType): number => {
  if (dtype === 'float32') return -Infinity
  return dtype === 'int32' ? -(2 ** 31) : 0
}

const highest = (dtype: DType): number => {
  if (dtype === 'float32') return Infinity
  if (dtype === 'bool') return 1
  return dtype === 'int32' ? 2 ** 31 - 1 : 2 ** 32 - 1
}

export const reductionRules: Readonly<Record<ReduceFn, ReductionRule>> = {
  sum: { combine: 'add', identity: () => 0 },
  prod: { combine: 'mul', identity: () => 1 },
  max: { combine: 'max', identity: lowest },
  min: { combine: 'min', identity: highest },
}
