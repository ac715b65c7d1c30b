/** What two operands have in common: numbers beside tensors become tensors, and shapes are broadcast. */
import type { OpRecord } from '../ops/define.ts'
import { apply, operand, type Operand, type Tensor } from '../tensor/core.ts'
import { isTracing } from '../tensor/realize.ts'
import { broadcastShapes, normalizeDim } from '../tensor/shape.ts'

export { operand, type Operand }

/** All in the shape they broadcast to. */
export function broadcast(what: string, ...tensors: readonly Tensor[]): Tensor[] {
  const shape = tensors.map((t) => t.shape).reduce((a, b) => broadcastShapes(a, b, `operands of ${what}`))
  return tensors.map((t) => t.expand(shape))
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
