/** Questions about shapes, which need no tensors. */
import { broadcastShapes as both, type Shape } from '../tensor/shape.ts'

/**
 * The shape that all of these broadcast to: [2, 1] and [3] make [2, 3]. Errors: a RangeError for shapes that do not broadcast.
 * Source: torch.broadcast_shapes.
 */
export const broadcastShapes = (...shapes: readonly Shape[]): number[] =>
  shapes.reduce<number[]>((sofar, shape) => both(sofar, shape, 'shapes'), [])
