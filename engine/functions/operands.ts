/** What two operands have in common: numbers beside tensors become tensors, and shapes are broadcast. */
import * as ops from '../ops/index.ts'
import type { OpRecord } from '../ops/define.ts'
import type { Device } from '../backends/device.ts'
import { apply, operand, Tensor, type Operand } from '../tensor/core.ts'
import { isFloating } from '../tensor/dtype.ts'
import { LazyNode, Storage } from '../tensor/graph.ts'
import { isHalf } from '../tensor/half.ts'
import { isTracing } from '../tensor/realize.ts'
import {
  broadcastShapes,
  formatShape,
  normalizeDim,
  normalizeDims,
  numel,
  type Shape,
} from '../tensor/shape.ts'

export { operand, type Operand }

/** All in the shape they broadcast to. */
export function broadcast(what: string, ...tensors: readonly Tensor[]): Tensor[] {
  const shape = tensors.map((t) => t.shape).reduce((a, b) => broadcastShapes(a, b, `operands of ${what}`))
  return tensors.map((t) => t.expand(shape))
}

export function applyBinary(op: OpRecord<null>, self: Tensor, other: Operand): Tensor {
  if (isHalf(self) || (other instanceof Tensor && isHalf(other))) return besideHalf(op, self, other)
  return apply(op, broadcast(op.name, self, operand(other, self)), null)
}

/** What replaces some of self's elements: truth values stay such. */
export function replacement(value: Operand, self: Tensor): Tensor {
  if (self.dtype !== 'bool') return operand(value, self)
  return value instanceof Tensor
    ? value.to('bool')
    : operand(typeof value === 'number' ? value !== 0 : value, self)
}

/** Whole numbers become float16 before anything is computed with them, as in PyTorch. */
const unlessWhole = (x: Tensor): Tensor => (isFloating(x.dtype) || x.dtype === 'bool' ? x : x.to('float16'))

/** A number beside float16 takes part as float32, as on PyTorch's GPUs, but is compared as a float16. */
function besideHalf(op: OpRecord<null>, self: Tensor, other: Operand): Tensor {
  const isExact = typeof other === 'number' && op.half !== 'kept' && !comparisons.has(op)
  const beside = isExact
    ? apply(ops.full, [], { shape: [], value: other, dtype: 'float16', exact: true }, self.device)
    : operand(other, self)
  return apply(op, broadcast(op.name, unlessWhole(self), unlessWhole(beside)), null)
}

const comparisons: ReadonlySet<OpRecord<null>> = new Set([ops.lt, ops.eq])

/** As normalizeDim; a single number, which has no dimension, takes 0 and −1, as in PyTorch. */
export const dimOf = (dim: number, rank: number): number =>
  rank === 0 && dim === -1 ? 0 : normalizeDim(dim, rank)

export type Dims = number | readonly number[]

/** No dimensions mean all of them, as an empty list does in PyTorch. */
export const dimsOf = (self: Tensor, dim: Dims | undefined): number[] => {
  if (self.ndim > 0) return normalizeDims(Array.isArray(dim) && dim.length === 0 ? undefined : dim, self.ndim)
  const named = dim === undefined ? [] : typeof dim === 'number' ? [dim] : dim
  named.forEach((d) => dimOf(d, 0))
  return []
}

export const atLeastList = (x: Tensor): Tensor => (x.ndim === 0 ? x.reshape([1]) : x)

/** Positions from the end as positions from the start. */
export const wrapped = (positions: Tensor, extent: number): Tensor =>
  positions.lt(0).choose(positions.add(extent), positions)

/** What `body` makes of a tensor of at least one dimension; a single number goes as a list of one, and comes back as a number. */
export const listed = (x: Tensor, body: (list: Tensor) => Tensor): Tensor =>
  x.ndim === 0 ? body(x.reshape([1])).reshape([]) : body(x)

/** Whether values can be read at once: not on a device that runs behind, and not inside a captured step. */
export const isReadable = (device: Device): boolean => device.readSync !== undefined && !isTracing()

/** The numbers in a tensor on a device that gives them at once. */
function readNow(given: Tensor): readonly number[] {
  const { device, node } = given.realize()
  return [...device.readSync!(node.storage!.buffer, given.dtype)]
}

/**
 * The numbers in a tensor that decides over a shape. Errors: a TypeError where they are not known yet, on a device that
 * runs behind or inside a captured step.
 */
export function knownNumbers(
  what: string,
  given: Tensor,
  instead = 'give a number, from await item()',
): readonly number[] {
  if (!isReadable(given.device))
    throw new TypeError(
      `${what}: what a tensor on ${given.device.name} holds is not known yet, and it decides over a shape; ${instead}.`,
    )
  return readNow(given)
}

/**
 * What depends on values: itself on the CPU, where they are known at once, and a promise of it on a GPU. `await` takes
 * both.
 */
export type Known<T> = T | Promise<T>

/** What `use` makes of a tensor's numbers, at once where they are known. Errors: a TypeError inside a captured step. */
export function whenKnown<T>(
  what: string,
  given: Tensor,
  use: (numbers: readonly number[]) => T,
  instead = 'Use where or maskedFill there, which keep the shape.',
): Known<T> {
  if (isTracing()) throw new TypeError(`${what}: a captured step cannot wait for values. ${instead}`)
  if (isReadable(given.device)) return use(readNow(given))
  return given.data().then((numbers) => use([...numbers]))
}

/** Whole numbers known here as an int32 tensor there. */
export function holding(numbers: readonly number[], device: Device, shape: Shape = [numbers.length]): Tensor {
  const storage = new Storage(device, device.allocate(numbers.length, 'int32'))
  device.write(storage.buffer, Int32Array.from(numbers))
  return new Tensor(LazyNode.source(shape, 'int32', storage))
}

/** The coordinates along each dimension of a tensor's places in row-major order. */
export function coordinates({ shape, device }: Tensor, places: readonly number[]): Tensor[] {
  return shape.map((extent, d) => {
    const inner = numel(shape.slice(d + 1))
    return holding(
      places.map((place) => Math.floor(place / inner) % extent),
      device,
    )
  })
}

/** Where, in row-major order, numbers are other than 0. */
export const placesIn = (numbers: readonly number[]): number[] =>
  numbers.flatMap((v, i) => (v === 0 ? [] : [i]))

/** Where a mask holds, one list for each of its dimensions. Errors: a TypeError where its values are not known yet. */
export function heldBy(what: string, mask: Tensor): Tensor[] {
  return coordinates(mask, placesIn(knownNumbers(what, mask, 'use where, maskedFill or await maskedSelect')))
}

export const applyUnary = (op: OpRecord<null>, self: Tensor): Tensor => apply(op, [self], null)

/** Errors: a RangeError where an index reaches beyond what is written to, along any other dimension than `dim`. */
export function refuseLarger(name: string, index: Tensor, self: Tensor, dim: number): void {
  const fits = index.ndim === self.ndim && index.shape.every((n, i) => i === dim || n <= self.shape[i]!)
  if (!fits && index.numel() > 0)
    throw new RangeError(
      `${name}: an index ${formatShape(index.shape)} does not fit ${formatShape(self.shape)} along dimension ${dim}.`,
    )
}
