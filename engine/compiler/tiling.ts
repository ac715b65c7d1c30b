/** Sums of padded parts that lie side by side: what becomes of the gradients of slices. */
import type { Prim } from './primitive.ts'

export interface Tile {
  readonly part: Prim
  /** Where it starts in the whole. */
  readonly offset: readonly number[]
}

/** More parts than anybody slices a tensor into one by one. */
const mostTiles = 64

/** The parts whose sum a + b is, where each element of it comes from one of them alone; null otherwise. */
export function tiling(a: Prim, b: Prim): Tile[] | null {
  const pads = [...padsOf(a), ...padsOf(b)]
  if (pads.length > mostTiles || pads.includes(null)) return null
  const tiles = (pads as Prim[]).map((pad) => {
    const { padding } = pad.spec as Extract<Prim['spec'], { kind: 'pad' }>
    return { part: pad.inputs[0]!, offset: padding.map(([before]) => before) }
  })
  const axis = a.shape.findIndex((extent, i) => tiles[0]!.part.shape[i] !== extent)
  const alike = tiles.every(({ part }) => a.shape.every((n, i) => i === axis || part.shape[i] === n))
  if (!alike) return null
  let end = 0
  for (const { part, offset } of tiles.toSorted((s, t) => s.offset[axis]! - t.offset[axis]!)) {
    if (offset[axis] !== end) return null
    end += part.shape[axis]!
  }
  return end === a.shape[axis] ? tiles : null
}

/** The paddings a sum consists of; null among them for anything else. */
function padsOf(prim: Prim, depth = 0): (Prim | null)[] {
  if (prim.spec.kind === 'pad') return [prim]
  const isSum = prim.spec.kind === 'binary' && prim.spec.fn === 'add'
  return isSum && depth < mostTiles ? prim.inputs.flatMap((input) => padsOf(input, depth + 1)) : [null]
}
