/**
 * An op is one record: its shape rule, its lowering to primitives, its gradient (written in the same ops),
 * and samples from which every check is made: the gradient check in float64, agreement of the backends, parity with PyTorch.
 */
import type { Prim, Primitives } from '../compiler/primitive.ts'
import type { DType } from '../tensor/dtype.ts'
import type { Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { SampleInput } from './samples.ts'

export interface TensorType {
  readonly shape: Shape
  readonly dtype: DType
}

export interface GradientContext<A> {
  readonly inputs: readonly Tensor[]
  readonly output: Tensor
  readonly attrs: A
}

export interface Sample<A> {
  readonly inputs: readonly SampleInput[]
  readonly attrs: A
}

export interface OpRecord<A> {
  /** PyTorch's name, in camelCase; unique. */
  readonly name: string
  /** Shape and dtype of the result; throws a RangeError in plain words on inputs that do not fit. */
  readonly infer: (inputs: readonly TensorType[], attrs: A) => TensorType
  readonly lower: (k: Primitives, inputs: readonly Prim[], attrs: A, output: TensorType) => Prim
  /** Gradient of each input, null where it has none. Absent: not differentiable. */
  readonly gradient?: (context: GradientContext<A>, grad: Tensor) => readonly (Tensor | null)[]
  readonly samples: readonly Sample<A>[]
  /** The same in PyTorch, as a Python expression over x0, x1, … and the attrs by name: makes the parity fixtures. */
  readonly torch: string
}

/** An op whose attribute type has been forgotten, as the graph keeps it. */
export type Op = OpRecord<unknown>

const registry = new Map<string, Op>()

export function defineOp<A = null>(record: OpRecord<A>): OpRecord<A> {
  if (registry.has(record.name)) throw new Error(`Op ${record.name} is defined twice`)
  // The graph passes each op only the attrs it was applied with, so forgetting their type here is safe.
  registry.set(record.name, record as OpRecord<unknown>)
  return record
}

/** All ops, by name: for tests, documentation and drawing. */
export const allOps = (): ReadonlyMap<string, Op> => registry

export const sameAsInput = (inputs: readonly TensorType[]): TensorType => inputs[0]!
