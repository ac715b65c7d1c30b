/** What two operands have in common: numbers beside tensors become tensors, and shapes are broadcast. */
import type { OpRecord } from '../ops/define.ts'
import { apply, describeValue, Tensor } from '../tensor/core.ts'
import { isTracing } from '../tensor/realize.ts'
import { broadcastShapes, normalizeDim, sameShape, type Shape } from '../tensor/shape.ts'

export type Operand = Tensor | number | boolean

/** A number beside an integer tensor stays an integer where it is one; `plain`: beside nothing but other numbers. */
export function operand(value: Operand, beside: Tensor, plain = false): Tensor {
  if (value instanceof Tensor) return value
  if (typeof value === 'boolean') return beside.newFull([], Number(value), 'bool')
  if (typeof value !== 'number')
    throw new TypeError(`An operand is a tensor or a number, not ${describeValue(value)}.`)
  const integral = !plain && beside.dtype !== 'float32' && beside.dtype !== 'bool' && Number.isInteger(value)
  return beside.newFull([], value, integral ? beside.dtype : 'float32')
}

export const stretched = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : x.expand(shape)

/** All in the shape they broadcast to. */
export function broadcast(what: string, ...tensors: readonly Tensor[]): Tensor[] {
  const shape = tensors.map((t) => t.shape).reduce((a, b) => broadcastShapes(a, b, `operands of ${what}`))
  return tensors.map((t) => stretched(t, shape))
}

export const applyBinary = (op: OpRecord<null>, self: Tensor, other: Operand): Tensor =>
  apply(op, broadcast(op.name, self, operand(other, self)), null)

/** As normalizeDim; a single number, which has no dimension, takes 0 and −1, as in PyTorch. */
export const dimOf = (dim: number, rank: number): number =>
  rank === 0 && dim === -1 ? 0 : normalizeDim(dim, rank)

/** What `body` makes of a tensor of at least one dimension; a single number goes as a list of one, and comes back as a number. */
export const listed = (x: Tensor, body: (list: Tensor) => Tensor): Tensor =>
  x.ndim === 0 ? body(x.reshape([1])).reshape([]) : body(x)

/**
 * The numbers in a tensor that decides over a shape. Errors: a TypeError where they are not known yet, on a device that
 * runs behind or inside a captured step.
 */
export function knownNumbers(what: string, given: Tensor): readonly number[] {
  const { device } = given
  if (!device.readSync || isTracing())
    throw new TypeError(
      `${what}: what a tensor on ${device.name} holds is not known yet, and it decides over a shape; give a number, from await item().`,
    )
  given.realize()
  return [...device.readSync(given.node.storage!.buffer, given.dtype)]
}

export const applyUnary = (op: OpRecord<null>, self: Tensor): Tensor => apply(op, [self], null)
