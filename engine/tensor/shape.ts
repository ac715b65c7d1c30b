/** Pure arithmetic on shapes. A shape is a list of extents; `[]` is a scalar. */
export type Shape = readonly number[]

export const numel = (shape: Shape): number => shape.reduce((n, extent) => n * extent, 1)

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((extent, i) => extent === b[i])

export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`

/** Devices count elements with 32 bits, of which a sign takes one. */
const mostElements = 2 ** 31 - 1

/**
 * The shape, if a tensor can have it. Throws RangeError otherwise: what is wrong must be said before it reaches a
 * device, where it would leave damage.
 */
export function checkedShape(shape: Shape, what: string): Shape {
  for (const [i, extent] of shape.entries())
    if (!Number.isInteger(extent) || extent < 0)
      throw new RangeError(
        `${what}: dimension ${i} of the shape ${formatShape(shape)} is ${extent}; it must be a whole number from 0.`,
      )
  if (numel(shape) > mostElements)
    throw new RangeError(`${what}: the shape ${formatShape(shape)} has more than ${mostElements} elements.`)
  return shape
}

/** Row-major strides, in elements. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride
    stride *= shape[i]!
  }
  return strides
}

/** NumPy's rule (https://numpy.org/doc/stable/user/basics.broadcasting.html): align right, 1 stretches. */
export function broadcastShapes(a: Shape, b: Shape, what = 'operands'): number[] {
  const rank = Math.max(a.length, b.length)
  const out = new Array<number>(rank)
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1
    const y = b[b.length - rank + i] ?? 1
    if (x !== y && x !== 1 && y !== 1) {
      throw new RangeError(
        `The ${what} have shapes ${formatShape(a)} and ${formatShape(b)}, which do not broadcast: ` +
          `dimension ${i - rank} is ${x} against ${y}.`,
      )
    }
    out[i] = x === 1 ? y : x
  }
  return out
}

/** -1 counts from the end, as in PyTorch. */
export function normalizeDim(dim: number | null | undefined, rank: number): number {
  // A single number has a dimension to name, 0 or -1, and none to go along.
  if (dim === undefined || dim === null)
    throw new RangeError('A dimension is missing: say along which one, by a number.')
  if (typeof dim === 'object') throw new RangeError('A dimension is a number, given by position here.')
  const named = Math.max(rank, 1)
  const d = dim < 0 ? dim + named : dim
  if (!Number.isInteger(dim) || d < 0 || d >= named) {
    throw new RangeError(`Dimension ${dim} is out of range for a tensor of ${rank} dimensions.`)
  }
  return d
}

/**
 * Python's rule for the ends of a range in a dimension: negative ones count from the back, and what lies beyond is cut
 * off. Throws RangeError for what is no whole number.
 */
export function normalizeRange(start: number, end: number, extent: number): readonly [number, number] {
  const within = (i: number): number => {
    if (!Number.isInteger(i))
      throw new RangeError(`A range of a dimension ends at whole numbers, not at ${i}.`)
    return Math.min(extent, Math.max(0, i < 0 ? i + extent : i))
  }
  const from = within(start)
  return [from, Math.max(from, within(end))]
}

export function normalizeDims(dims: number | readonly number[] | undefined, rank: number): number[] {
  if (dims === undefined) return Array.from({ length: rank }, (_, i) => i)
  const list = typeof dims === 'number' ? [dims] : dims
  const normal = list.map((d) => normalizeDim(d, rank))
  if (new Set(normal).size !== normal.length)
    throw new RangeError(`Dimension listed twice in [${list.join(', ')}].`)
  return normal.sort((a, b) => a - b)
}

/** Fills in a single -1, as `reshape` and `view` do. */
export function inferReshape(from: Shape, to: Shape): number[] {
  const n = numel(from)
  const odd = to.find((extent) => !Number.isInteger(extent) || extent < -1)
  if (odd !== undefined)
    throw new RangeError(`Cannot reshape ${formatShape(from)} into ${formatShape(to)}: ${odd} is no extent.`)
  const unknown = to.indexOf(-1)
  if (unknown < 0) {
    if (numel(to) !== n) {
      throw new RangeError(`Cannot reshape ${formatShape(from)} (${n} elements) into ${formatShape(to)}.`)
    }
    return [...to]
  }
  const known = to.reduce((p, extent, i) => (i === unknown ? p : p * extent), 1)
  if (to.indexOf(-1, unknown + 1) >= 0 || known === 0 || n % known !== 0) {
    throw new RangeError(`Cannot reshape ${formatShape(from)} (${n} elements) into ${formatShape(to)}.`)
  }
  return to.map((extent, i) => (i === unknown ? n / known : extent))
}

/** The shape with everything before `dim` in one axis, and everything after it. */
export const around = (shape: Shape, dim: number): [number, number, number] => [
  numel(shape.slice(0, dim)),
  shape[dim]!,
  numel(shape.slice(dim + 1)),
]

/** The shape after reducing `dims` (sorted, normalised). */
export function reducedShape(shape: Shape, dims: readonly number[], keepdim: boolean): number[] {
  const out: number[] = []
  shape.forEach((extent, i) => {
    if (!dims.includes(i)) out.push(extent)
    else if (keepdim) out.push(1)
  })
  return out
}
