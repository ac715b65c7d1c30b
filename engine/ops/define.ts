/**
 * An op is one record: its shape rule, its lowering to primitives, its gradient (written in the same ops),
 * and samples from which every check is made: the gradient check in float64, agreement of the backends, parity with PyTorch.
 */
import type { Prim, Primitives } from '../compiler/primitive.ts'
import { computeType, type ComputeType, type DType } from '../tensor/dtype.ts'
import { refuseMixed } from '../tensor/half.ts'
import type { Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/core.ts'
import type { SampleInput } from './samples.ts'

export interface TensorType {
  readonly shape: Shape
  readonly dtype: DType
}

/** A result's type as devices compute it. */
export interface ComputedType {
  readonly shape: Shape
  readonly dtype: ComputeType
}

/**
 * How float16 goes through an op. `kept`: its elements come out as they went in, or are left out. `seen`: infer decides what
 * becomes of it. `alone`: as by default, but never beside float32.
 */
export type HalfRule = 'kept' | 'seen' | 'alone'

export interface GradientContext<A> {
  readonly inputs: readonly Tensor[]
  readonly output: Tensor
  /** All of them, of an op that has several; `output` is the first. */
  readonly outputs: readonly Tensor[]
  readonly attrs: A
  /** Applies an op that is no method of tensors, such as another's gradient. */
  readonly apply: Apply
  readonly applyMulti: ApplyMulti
}

export type Apply = <B>(op: OpRecord<B>, inputs: readonly Tensor[], attrs: B) => Tensor
export type ApplyMulti = <B>(op: MultiOpRecord<B>, inputs: readonly Tensor[], attrs: B) => Tensor[]

export interface Sample<A> {
  readonly inputs: readonly SampleInput[]
  readonly attrs: A
}

interface Described<A> {
  /** PyTorch's name, in camelCase; unique. */
  readonly name: string
  readonly samples: readonly Sample<A>[]
  /** Multiplications, each with an addition, of the products the op is made of; none where absent. */
  readonly multiplyAdds?: (inputs: readonly TensorType[], outputs: readonly TensorType[]) => number
  /**
   * What is not the default: float16 goes in and comes out, beside float32 as float32; the op computes in float32, and its
   * results are rounded at its end. Infer is told of float32 alone.
   */
  readonly half?: HalfRule
  /** Which of its inputs must be floats, because their bits are read as such; for an op that takes any type, absent. */
  readonly floats?: 'all' | readonly number[]
  /** The same in PyTorch, as a Python expression over x0, x1, … and the attrs by name: makes the parity fixtures. */
  readonly torch: string
}

export interface OpRecord<A> extends Described<A> {
  /** Shape and dtype of the result; throws a RangeError in plain words on inputs that do not fit. */
  readonly infer: (inputs: readonly TensorType[], attrs: A) => TensorType
  readonly lower: (k: Primitives, inputs: readonly Prim[], attrs: A, output: ComputedType) => Prim
  /** Gradient of each input, null where it has none. Absent: not differentiable. */
  readonly gradient?: (context: GradientContext<A>, grad: Tensor) => readonly (Tensor | null)[]
  /**
   * Of an op whose result is another look at its input's memory in PyTorch: the result's elements back at their places in
   * the input's shape, zeros where it shows none.
   */
  readonly back?: (value: Tensor, input: TensorType, attrs: A) => Tensor
}

/** An op with several results. */
export interface MultiOpRecord<A> extends Described<A> {
  /** What the results are called, such as values and indices. */
  readonly outputs: readonly string[]
  readonly infer: (inputs: readonly TensorType[], attrs: A) => readonly TensorType[]
  readonly lower: (
    k: Primitives,
    inputs: readonly Prim[],
    attrs: A,
    outputs: readonly ComputedType[],
  ) => readonly Prim[]
  /** From the gradient of each output, null where nothing depends on it; at least one is given. */
  readonly gradient?: (
    context: GradientContext<A>,
    grads: readonly (Tensor | null)[],
  ) => readonly (Tensor | null)[]
}

/** An op whose attribute type has been forgotten, as the graph keeps it. */
export type Op = OpRecord<unknown> | MultiOpRecord<unknown>

const registry = new Map<string, Op>()

function register(record: Op): void {
  if (registry.has(record.name)) throw new Error(`Op ${record.name} is defined twice`)
  registry.set(record.name, record)
}

export function defineOp<A = null>(record: OpRecord<A>): OpRecord<A> {
  // The graph passes each op only the attrs it was applied with, so forgetting their type here is safe.
  register(record as OpRecord<unknown>)
  return record
}

export function defineMultiOp<A = null>(record: MultiOpRecord<A>): MultiOpRecord<A> {
  register(record as MultiOpRecord<unknown>)
  return record
}

/** All ops, by name: for tests, documentation and drawing. */
export const allOps = (): ReadonlyMap<string, Op> => registry

function inferred(op: Op, inputs: readonly TensorType[], attrs: unknown): readonly TensorType[] {
  requireFloats(op, inputs)
  return 'outputs' in op ? op.infer(inputs, attrs) : [op.infer(inputs, attrs)]
}

/** Errors: a TypeError for what is not computed with as float32, whose bits would be taken for those of floats. */
function requireFloats({ name, floats }: Op, inputs: readonly TensorType[]): void {
  if (floats === undefined) return
  const read = floats === 'all' ? inputs : floats.flatMap((i) => inputs[i] ?? [])
  const other = read.find(({ dtype }) => dtype !== 'float32')
  if (other) throw new TypeError(`${name} takes float32, not ${other.dtype}: use to('float32').`)
}

const isHalf = ({ dtype }: { readonly dtype: DType }): boolean => dtype === 'float16'

export function typesOf(op: Op, inputs: readonly TensorType[], attrs: unknown): readonly TensorType[] {
  return inputs.some(isHalf) ? halfTypes(op, inputs, attrs) : inferred(op, inputs, attrs)
}

/** Whether elements of float16 go through it without being computed with: views look at what is there. */
export const keepsHalf = (op: Op): boolean => op.half === 'kept' || ('back' in op && op.back !== undefined)

const retyped = (types: readonly TensorType[], from: DType, to: DType): readonly TensorType[] =>
  types.map(({ shape, dtype }) => ({ shape, dtype: dtype === from ? to : dtype }))

function halfTypes(op: Op, inputs: readonly TensorType[], attrs: unknown): readonly TensorType[] {
  if (op.half === 'seen' || keepsHalf(op)) return inferred(op, inputs, attrs)
  const types = inferred(op, retyped(inputs, 'float16', 'float32'), attrs)
  const isMixed = inputs.some(({ dtype }) => dtype === 'float32')
  if (isMixed && op.half === 'alone') refuseMixed(op.name)
  return isMixed ? types : retyped(types, 'float32', 'float16')
}

const loweredBy = (
  op: Op,
  k: Primitives,
  inputs: readonly Prim[],
  attrs: unknown,
  types: readonly ComputedType[],
): readonly Prim[] =>
  'outputs' in op ? op.lower(k, inputs, attrs, types) : [op.lower(k, inputs, attrs, types[0]!)]

/** Results of float16 are rounded to it when the op ends, whatever they are fused with. */
export function lowered(
  op: Op,
  k: Primitives,
  inputs: readonly Prim[],
  attrs: unknown,
  types: readonly TensorType[],
): readonly Prim[] {
  // Without float16 the types are those that are computed with.
  if (!types.some(isHalf)) return loweredBy(op, k, inputs, attrs, types as readonly ComputedType[])
  const computed = types.map(({ shape, dtype }) => ({ shape, dtype: computeType(dtype) }))
  const results = loweredBy(op, k, inputs, attrs, computed)
  if (keepsHalf(op)) return results
  return results.map((result, i) => (isHalf(types[i]!) ? k.roundToHalf(result) : result))
}

export const sameAsInput = (inputs: readonly TensorType[]): TensorType => inputs[0]!

/** Functions of real numbers: integers are taken as float32, as PyTorch does. */
export const real = ([x]: readonly TensorType[]): TensorType => ({ shape: x!.shape, dtype: 'float32' })
