/** What reductions there are, for all backends: how two partial results become one, and what of nothing is. */
import { elementTypes, type ComputeType } from '../tensor/dtype.ts'
import type { BinaryFn, ReduceFn } from './primitive.ts'

interface ReductionRule {
  readonly combine: BinaryFn
  /** Changes nothing when it is combined with anything. */
  readonly identity: (dtype: ComputeType) => number
}

export const reductionRules: Readonly<Record<ReduceFn, ReductionRule>> = {
  sum: { combine: 'add', identity: () => 0 },
  prod: { combine: 'mul', identity: () => 1 },
  max: { combine: 'max', identity: (dtype) => elementTypes[dtype].lowest },
  min: { combine: 'min', identity: (dtype) => elementTypes[dtype].highest },
  peak: { combine: 'max', identity: (dtype) => elementTypes[dtype].lowest },
}
