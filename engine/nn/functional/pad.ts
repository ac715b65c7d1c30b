import { defineWithOptions } from '../../functions/define.ts'
import { signed } from '../../functions/samples.ts'
import { uniform } from '../../ops/samples.ts'
import { formatShape } from '../../tensor/shape.ts'
import { cat, type Tensor } from '../../tensor/tensor.ts'
import { oneOf } from '../checks.ts'
import { place } from './place.ts'

/** What stands around a tensor: a number, its mirror image without the edge, its edge, or what comes from the other side. */
export type PadMode = 'constant' | 'reflect' | 'replicate' | 'circular'
const modes: readonly PadMode[] = ['constant', 'reflect', 'replicate', 'circular']

export interface PadOptions {
  /** 'constant' by default. */
  readonly mode?: PadMode
  /** What a constant padding holds; 0 by default. */
  readonly value?: number
}

/**
 * More elements before and after the last dimensions: `padding` lists [before, after] of the last one, then of the one before
 * it, and so on; negative numbers cut off. Source: torch.nn.functional.pad.
 * Errors: a RangeError for a list that does not fit the input, and for a mirror image larger than what is there.
 */
export const pad = defineWithOptions({
  name: 'pad',
  ...place,
  positional: ['mode', 'value'],
  call(input: Tensor, padding: readonly number[], { mode = 'constant', value = 0 }: PadOptions): Tensor {
    oneOf('mode', mode, modes)
    if (padding.length % 2 !== 0 || padding.length > 2 * input.ndim || !padding.every(Number.isInteger))
      throw new RangeError(
        `pad: [${padding.join(', ')}] is no list of pairs of whole numbers for ${formatShape(input.shape)}.`,
      )
    const pairs = input.shape.map((_, d): readonly [number, number] => {
      const at = 2 * (input.ndim - 1 - d)
      return [padding[at] ?? 0, padding[at + 1] ?? 0]
    })
    if (mode === 'constant') return constant(cropped(input, pairs), pairs, value)
    if (mode === 'circular')
      return pairs.reduce((x, [before, after], d) => wrapped(x, d, before, after), cropped(input, pairs))
    const around = mode === 'reflect' ? mirrored : repeated
    return cropped(
      pairs.reduce((x, [before, after], d) => around(x, d, Math.max(0, before), Math.max(0, after)), input),
      pairs,
    )
  },
  samples: [
    [signed, [1, 2]],
    [signed, [0, 1, 2, -1], 'constant', 1.5],
    [uniform([2, 3, 4]), [2, 1], 'reflect'],
    [uniform([1, 2, 3, 4]), [1, 2, 0, 2], 'replicate'],
    [uniform([1, 2, 3, 4]), [1, 2, 2, 0], 'circular'],
  ],
})

/** As pad with a constant, 0 unless another value is given. Source: torch.constant_pad_nd. Errors: as pad. */
export const constantPadNd = defineWithOptions({
  name: 'constantPadNd',
  isMethod: false,
  positional: ['value'],
  call: (input: Tensor, padding: readonly number[], { value = 0 }: { readonly value?: number }): Tensor =>
    pad(input, padding, 'constant', value),
  samples: [
    [uniform([2, 3]), [1, 2]],
    [uniform([2, 3]), [0, 1, 2, 0], 1.5],
    [uniform([0, 3]), [1, 1], 2],
    [uniform([2, 3]), [-1, 1]],
  ],
})

type Pairs = readonly (readonly [number, number])[]

/** Without what negative numbers cut off. */
function cropped(x: Tensor, pairs: Pairs): Tensor {
  if (pairs.every(([before, after]) => before >= 0 && after >= 0)) return x
  return x.shrink(
    pairs.map(([before, after], d) => {
      const [start, end] = [Math.max(0, -before), x.shape[d]! - Math.max(0, -after)]
      if (start > end)
        throw new RangeError(`pad: ${before} and ${after} cut off more than ${formatShape(x.shape)} has.`)
      return [start, end] as const
    }),
  )
}

function constant(x: Tensor, pairs: Pairs, value: number): Tensor {
  const added = pairs.map(([before, after]) => [Math.max(0, before), Math.max(0, after)] as const)
  if (added.every(([before, after]) => before === 0 && after === 0)) return x
  const zeros = x.pad(added)
  return value === 0 ? zeros : x.newFull(x.shape, 1, 'bool').pad(added).choose(zeros, value)
}

function joined(parts: readonly Tensor[], d: number): Tensor {
  const some = parts.filter((part) => part.shape[d] !== 0)
  return some.length === 0 ? parts[0]! : cat(some, d)
}

function mirrored(x: Tensor, d: number, before: number, after: number): Tensor {
  if (before === 0 && after === 0) return x
  const extent = x.shape[d]!
  if (before >= extent || after >= extent)
    throw new RangeError(
      `pad: a mirror image has at most ${extent - 1} elements along dimension ${d} of ${formatShape(x.shape)}, not ${Math.max(before, after)}.`,
    )
  return joined([x.narrow(d, 1, before).flip(d), x, x.narrow(d, extent - 1 - after, after).flip(d)], d)
}

function repeated(x: Tensor, d: number, before: number, after: number): Tensor {
  if (before === 0 && after === 0) return x
  const extent = x.shape[d]!
  if (extent === 0) throw new RangeError(`pad: dimension ${d} of ${formatShape(x.shape)} has no edge.`)
  const edge = (at: number, times: number): Tensor => x.narrow(d, at, 1).expand(x.shape.with(d, times))
  return joined([edge(0, before), x, edge(extent - 1, after)], d)
}

function wrapped(x: Tensor, d: number, before: number, after: number): Tensor {
  const [left, right] = [Math.max(0, before), Math.max(0, after)]
  if (left === 0 && right === 0) return x
  const extent = x.shape[d]!
  if (left > extent || right > extent)
    throw new RangeError(
      `pad: no more than all ${extent} elements of dimension ${d} of ${formatShape(x.shape)} can come from the other side.`,
    )
  return joined([x.narrow(d, extent - left, left), x, x.narrow(d, 0, right)], d)
}
