/** Questions about shapes, which need no tensors. */
import { broadcastShapes as both, type Shape } from '../tensor/shape.ts'

/**
 * The shape that all of these broadcast to: [2, 1] and [3] make [2, 3]. Errors: a RangeError for shapes that do not broadcast, and for
 * what is no list of whole numbers from 0. Source: torch.broadcast_shapes.
 */
export function broadcastShapes(...shapes: readonly Shape[]): number[] {
  for (const shape of shapes as readonly unknown[])
    if (!Array.isArray(shape) || !shape.every((n) => Number.isInteger(n) && n >= 0))
      throw new RangeError(
        `broadcastShapes takes shapes, lists of whole numbers from 0, not ${JSON.stringify(shape)}.`,
      )
  return shapes.reduce<number[]>((sofar, shape) => both(sofar, shape, 'shapes'), [])
}
