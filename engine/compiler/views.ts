/** Movement primitives as functions on coordinates: output coordinates → input coordinates. */
import { numel, type Shape } from '../tensor/shape.ts'
import { add, constant, flatten, scale, unflatten, type Index } from './index-expr.ts'
import type { Prim } from './primitive.ts'

export const isMovement = (prim: Prim): boolean =>
  ['reshape', 'permute', 'expand', 'shrink', 'flip', 'window'].includes(prim.spec.kind)

/** For every movement except `pad`, whose outside has no input coordinates. */
export function moveIndices(prim: Prim, indices: readonly Index[]): Index[] {
  const { spec } = prim
  const inputShape = prim.inputs[0]!.shape
  switch (spec.kind) {
    case 'reshape':
      return reshapeIndices(indices, prim.shape, inputShape)
    case 'permute': {
      const out = new Array<Index>(inputShape.length)
      spec.order.forEach((axis, i) => (out[axis] = indices[i]!))
      return out
    }
    case 'expand':
      return inputShape.map((extent, i) => (extent === 1 ? constant(0) : indices[i]!))
    case 'shrink':
      return indices.map((index, i) => add(index, constant(spec.bounds[i]![0])))
    case 'flip':
      return indices.map((index, i) =>
        spec.axes.includes(i) ? add(constant(inputShape[i]! - 1), scale(index, -1)) : index,
      )
    case 'window': {
      const out = indices.slice(0, inputShape.length)
      spec.windows.forEach(({ axis, stride, dilation }, k) => {
        const inside = scale(indices[inputShape.length + k]!, dilation)
        out[axis] = add(scale(out[axis]!, stride), inside)
      })
      return out
    }
    default:
      throw new Error(`${spec.kind} does not move coordinates`)
  }
}

/** Dimensions are matched group by group, so that only those that really merge or split meet a division. */
function reshapeIndices(indices: readonly Index[], from: Shape, to: Shape): Index[] {
  const out: Index[] = []
  let i = 0
  let j = 0
  while (i < from.length || j < to.length) {
    const [startFrom, startTo] = [i, j]
    let left = from[i++] ?? 1
    let right = to[j++] ?? 1
    while (left !== right) {
      if (left < right) left *= from[i++] ?? 1
      else right *= to[j++] ?? 1
    }
    const groupFrom = from.slice(startFrom, i)
    const groupTo = to.slice(startTo, j)
    if (numel(groupTo) === 1 && groupTo.length > 0) out.push(...groupTo.map(() => constant(0)))
    else out.push(...unflatten(flatten(indices.slice(startFrom, i), groupFrom), groupTo))
  }
  return out
}
