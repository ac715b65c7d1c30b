/** Windows along any dimensions, whose places are listed before anything runs. */
import { results, type Results } from '../../functions/define.ts'
import { holding } from '../../functions/operands.ts'
import { formatShape, numel } from '../../tensor/shape.ts'
import type { Tensor } from '../../tensor/tensor.ts'

/** For each window along a dimension the places of its elements; all windows of a dimension have as many. */
export type Places = readonly (readonly number[])[]

export interface Along {
  readonly kernel: number
  readonly stride: number
  readonly padding: number
  readonly dilation: number
  readonly ceilMode: boolean
}

/** How many windows there are. Errors: a RangeError where none fits. */
export function windowCount(name: string, extent: number, frame: Along): number {
  const { kernel, stride, padding, dilation, ceilMode } = frame
  if (padding > kernel / 2)
    throw new RangeError(`${name}: padding ${padding} is more than half of a window of ${kernel}.`)
  const room = extent + 2 * padding - dilation * (kernel - 1) - 1
  let count = (ceilMode ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1
  // The last window begins in the input or before it.
  if (ceilMode && (count - 1) * stride >= extent + padding) count--
  if (count < 1)
    throw new RangeError(`${name}: a window of ${kernel} does not fit into an extent of ${extent}.`)
  return count
}

/** Places of windows that look beyond the input show their last element again, which changes no maximum. */
export function windowPlaces(name: string, extent: number, frame: Along): Places {
  const { kernel, stride, padding, dilation } = frame
  return Array.from({ length: windowCount(name, extent, frame) }, (_, i) => {
    const seen = Array.from({ length: kernel }, (_unused, k) => i * stride - padding + k * dilation)
    return repeatedLast(
      seen.filter((at) => at >= 0 && at < extent),
      kernel,
    )
  })
}

const repeatedLast = (list: readonly number[], length: number): number[] =>
  Array.from({ length }, (_, i) => list[Math.min(i, list.length - 1)]!)

/** Part i of n goes from ⌊i·extent / n⌋ to ⌈(i + 1)·extent / n⌉: unequal parts may overlap. */
export function partPlaces(extent: number, n: number): Places {
  const parts = Array.from({ length: n }, (_, i) => {
    const start = Math.floor((i * extent) / n)
    return Array.from({ length: Math.ceil(((i + 1) * extent) / n) - start }, (_unused, k) => start + k)
  })
  const longest = Math.max(0, ...parts.map((part) => part.length))
  return parts.map((part) => repeatedLast(part, longest))
}

/** Numbers [n, k] of one dimension among [n₁, …, k₁, …] of all. */
const shapeAmong = (all: readonly Places[], i: number): number[] => [
  ...all.map((list, j) => (i === j ? list.length : 1)),
  ...all.map((list, j) => (i === j ? list[0]!.length : 1)),
]

/**
 * Largest element of each window over the last dimensions, and where it stands among these in row-major order; of equal ones
 * the first.
 */
export function largestIn(input: Tensor, all: readonly Places[]): Results<'values' | 'indices'> {
  const lead = input.ndim - all.length
  const extents = input.shape.slice(lead)
  const counts = all.map((list) => list.length)
  if (counts.includes(0)) {
    const none = input.narrow(lead + counts.indexOf(0), 0, 0)
    const values = none
      .sum(counts.map((_, i) => lead + i))
      .reshape([...input.shape.slice(0, lead), ...counts])
    return results({ values, indices: values.to('int32') })
  }
  const kernel = all.map((list) => list[0]!.length)
  const places = all.map((list) => holding(list.flat(), input.device))
  const shown = places.reduce((x, at, i) => x.indexSelect(lead + i, at), input)
  const apart = shown.reshape([
    ...input.shape.slice(0, lead),
    ...all.flatMap((_, i) => [counts[i]!, kernel[i]!]),
  ])
  const order = [
    ...input.shape.slice(0, lead).map((_, i) => i),
    ...all.map((_, i) => lead + 2 * i),
    ...all.map((_, i) => lead + 2 * i + 1),
  ]
  const seen = apart.permute(order).reshape([...input.shape.slice(0, lead), ...counts, numel(kernel)])
  const where = places
    .map((at, i) => at.mul(numel(extents.slice(i + 1))).reshape(shapeAmong(all, i)))
    .reduce((a, b) => a.add(b))
    .reshape([...counts, numel(kernel)])
  const winner = seen.detach().argmax(-1, true)
  return results({
    values: seen.gather(-1, winner).squeeze(-1),
    indices: where.expand(seen.shape).gather(-1, winner).squeeze(-1),
  })
}

/** Sums of windows along dimension d, zeros standing around it. */
export function windowSums(name: string, x: Tensor, d: number, frame: Along): Tensor {
  const extent = x.shape[d]!
  const count = windowCount(name, extent, frame)
  const { kernel, stride, padding, dilation } = frame
  const reach = (count - 1) * stride + dilation * (kernel - 1) + 1
  const after = Math.max(0, reach - extent - padding)
  const padded = x.pad(x.shape.map((_, i) => (i === d ? [padding, after] : [0, 0])))
  return Array.from({ length: kernel }, (_, k) =>
    padded.slice(d, k * dilation, k * dilation + (count - 1) * stride + 1, stride),
  ).reduce((a, b) => a.add(b))
}

/** A whole number for each of `count` dimensions. Errors: a RangeError that names the option. */
export function each(
  what: string,
  size: number | readonly number[],
  count: number,
  least: number,
): readonly number[] {
  const list = typeof size === 'number' ? new Array<number>(count).fill(size) : size
  const all = Array.isArray(list) && list.length === 1 ? new Array<number>(count).fill(list[0]!) : list
  if (!Array.isArray(all) || all.length !== count || !all.every((n) => Number.isInteger(n) && n >= least))
    throw new RangeError(
      `${what} must be a whole number of at least ${least}, or ${count} of them, not ${[size].flat().map(String).join(' × ')}.`,
    )
  return all as readonly number[]
}

/** `body` of a batch [N, C, …] of `count` further dimensions; what has no N is a batch of one. Errors: a RangeError for anything else. */
export function ofBatch(name: string, input: Tensor, count: number, body: (batch: Tensor) => Tensor): Tensor {
  if (input.ndim === count + 1) return body(input.unsqueeze(0)).squeeze(0)
  if (input.ndim !== count + 2)
    throw new RangeError(
      `${name} takes ${count + 1} or ${count + 2} dimensions, not ${formatShape(input.shape)}.`,
    )
  return body(input)
}
