/** The same elements elsewhere: nothing is computed, and most of it costs nothing at all. */
import { promote } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/core.ts'
import { formatShape, inferReshape, type Shape } from '../tensor/shape.ts'
import { defineOp, sameAsInput } from './define.ts'
import { edge, special, specials, sizes, uniform, type SampleInput } from './samples.ts'

/** The edges, with the attrs that each of them takes. */
const edges = <A>(attrs: (input: SampleInput) => A): { inputs: SampleInput[]; attrs: A }[] =>
  [...specials, ...sizes].map((input) => ({ inputs: [input], attrs: attrs(input) }))

export const reshape = defineOp<{ shape: Shape }>({
  name: 'reshape',
  infer: ([x], { shape }) => ({ shape: inferReshape(x!.shape, shape), dtype: x!.dtype }),
  lower: (k, [x], _, output) => k.reshape(x!, output.shape),
  gradient: ({ inputs: [x] }, grad) => [grad.reshape(x!.shape)],
  back: (value, input) => value.reshape(input.shape),
  samples: [
    { inputs: [uniform([3, 4])], attrs: { shape: [2, 6] } },
    { inputs: [uniform([2, 3, 4])], attrs: { shape: [4, -1] } },
    ...edges(({ shape }) => ({ shape: [1, ...shape] })),
  ],
  torch: 'x0.reshape(shape)',
})

const inverse = (dims: readonly number[]): number[] => dims.map((_, i) => dims.indexOf(i))

export const permute = defineOp<{ dims: readonly number[] }>({
  name: 'permute',
  infer: ([x], { dims }) => ({ shape: dims.map((d) => x!.shape[d]!), dtype: x!.dtype }),
  lower: (k, [x], { dims }) => k.permute(x!, dims),
  gradient: ({ attrs: { dims } }, grad) => [grad.permute(inverse(dims))],
  back: (value, _, { dims }) => value.permute(inverse(dims)),
  samples: [
    { inputs: [uniform([2, 3, 4])], attrs: { dims: [2, 0, 1] } },
    ...edges(({ shape }) => ({ dims: shape.map((_, i) => shape.length - 1 - i) })),
  ],
  torch: 'x0.permute(dims)',
})

/** Stretches dimensions of extent 1, and adds leading ones. Its gradient is where all broadcasting is summed. */
export const expand = defineOp<{ shape: Shape }>({
  name: 'expand',
  infer: ([x], { shape }) => {
    const lead = shape.length - x!.shape.length
    const fits = lead >= 0 && x!.shape.every((n, i) => n === shape[lead + i] || n === 1)
    if (!fits) throw new RangeError(`Cannot expand ${formatShape(x!.shape)} to ${formatShape(shape)}.`)
    return { shape, dtype: x!.dtype }
  },
  lower: (k, [x], { shape }) => k.expand(x!, shape),
  gradient: ({ inputs: [x], attrs: { shape } }, grad) => {
    const lead = shape.length - x!.shape.length
    const stretched = shape.flatMap((n, i) => (i < lead || (x!.shape[i - lead] === 1 && n !== 1) ? [i] : []))
    return [(stretched.length === 0 ? grad : grad.sum(stretched)).reshape(x!.shape)]
  },
  // Only where nothing was stretched: through other views nobody writes.
  back: (value, input) => value.reshape(input.shape),
  samples: [
    { inputs: [uniform([3, 1])], attrs: { shape: [3, 4] } },
    { inputs: [uniform([4])], attrs: { shape: [2, 3, 4] } },
    ...edges(({ shape }) => ({ shape: [2, ...shape] })),
  ],
  torch: 'x0.expand(shape)',
})

export type Pairs = readonly (readonly [number, number])[]

/** Zeros before and after each dimension. */
export const pad = defineOp<{ padding: Pairs }>({
  name: 'pad',
  half: 'kept',
  infer: ([x], { padding }) => ({
    shape: x!.shape.map((n, i) => n + padding[i]![0] + padding[i]![1]),
    dtype: x!.dtype,
  }),
  lower: (k, [x], { padding }) => k.pad(x!, padding),
  gradient: ({ inputs: [x], attrs: { padding } }, grad) => [
    grad.shrink(padding.map(([lo], i) => [lo, lo + x!.shape[i]!] as const)),
  ],
  samples: [
    {
      inputs: [uniform([3, 4])],
      attrs: {
        padding: [
          [1, 0],
          [2, 3],
        ],
      },
    },
    { inputs: [uniform([5])], attrs: { padding: [[0, 4]] } },
    ...edges(({ shape }) => ({ padding: shape.map(() => [1, 2] as const) })),
  ],
  torch: 'torch.nn.functional.pad(x0, [n for pair in reversed(padding) for n in pair])',
})

const around = (shape: Shape, bounds: Pairs): Pairs =>
  bounds.map(([lo, hi], i) => [lo, shape[i]! - hi] as const)

/** The half-open range of each dimension. */
export const shrink = defineOp<{ bounds: Pairs }>({
  name: 'shrink',
  infer: ([x], { bounds }) => {
    bounds.forEach(([lo, hi], i) => {
      if (lo < 0 || hi > x!.shape[i]! || lo > hi) {
        throw new RangeError(`Range ${lo}:${hi} is outside dimension ${i} of ${formatShape(x!.shape)}.`)
      }
    })
    return { shape: bounds.map(([lo, hi]) => hi - lo), dtype: x!.dtype }
  },
  lower: (k, [x], { bounds }) => k.shrink(x!, bounds),
  gradient: ({ inputs: [x], attrs: { bounds } }, grad) => [grad.pad(around(x!.shape, bounds))],
  back: (value, { shape }, { bounds }) => value.pad(around(shape, bounds)),
  samples: [
    {
      inputs: [uniform([5, 6])],
      attrs: {
        bounds: [
          [1, 4],
          [0, 3],
        ],
      },
    },
    ...edges(({ shape }) => ({ bounds: shape.map((n) => [Math.min(1, n - 1), n] as const) })).filter(
      ({ attrs }) => attrs.bounds.every(([lo]) => lo >= 0),
    ),
    {
      inputs: [uniform([4, 3])],
      attrs: {
        bounds: [
          [2, 2],
          [0, 3],
        ],
      },
    },
  ],
  torch: 'x0[tuple(slice(lo, hi) for lo, hi in bounds)]',
})

/** Elements of one dimension as rows of `step`, the last of them filled up. */
const rowsOf = (
  shape: Shape,
  dim: number,
  step: number,
): readonly [count: number, whole: Shape, rows: Shape] => {
  const count = Math.ceil(shape[dim]! / step)
  return [count, shape.with(dim, count * step), shape.toSpliced(dim, 1, count, step)]
}

const firstOf = (rows: Shape, dim: number): Pairs =>
  rows.map((n, i) => [0, i === dim + 1 ? Math.min(1, n) : n] as const)

/** Every `step`-th element of one dimension, from the first on. */
export const every = defineOp<{ dim: number; step: number }>({
  name: 'every',
  infer: ([x], { dim, step }) => ({
    shape: x!.shape.with(dim, Math.ceil(x!.shape[dim]! / step)),
    dtype: x!.dtype,
  }),
  lower(k, [x], { dim, step }, output) {
    const [, whole, rows] = rowsOf(x!.shape, dim, step)
    const filled = k.pad(
      x!,
      whole.map((n, i) => [0, n - x!.shape[i]!] as const),
    )
    return k.reshape(k.shrink(k.reshape(filled, rows), firstOf(rows, dim)), output.shape)
  },
  gradient: ({ inputs: [x], attrs }, grad) => [spreadOut(grad, x!.shape, attrs)],
  back: (value, { shape }, attrs) => spreadOut(value, shape, attrs),
  samples: [
    { inputs: [uniform([2, 5])], attrs: { dim: 1, step: 2 } },
    { inputs: [uniform([6, 2])], attrs: { dim: 0, step: 3 } },
    { inputs: [uniform([2, 3])], attrs: { dim: 1, step: 4 } },
    ...edges(() => ({ dim: 0, step: 2 })),
  ],
  torch: 'x0[(slice(None),) * dim + (slice(None, None, step),)]',
})

/** Back at their places, zeros between. */
function spreadOut(value: Tensor, shape: Shape, { dim, step }: { dim: number; step: number }): Tensor {
  const [count, whole, rows] = rowsOf(shape, dim, step)
  return value
    .reshape(rows.with(dim + 1, 1).with(dim, count))
    .pad(rows.map((_, i) => [0, i === dim + 1 ? step - 1 : 0] as const))
    .reshape(whole)
    .shrink(shape.map((n) => [0, n] as const))
}

/** Where the diagonal of matrices lies in a row of all their elements. */
function alongDiagonal(shape: Shape, offset: number) {
  const [rows, columns] = shape.slice(-2) as [number, number]
  const [down, across] = [Math.max(0, -offset), Math.max(0, offset)]
  const count = Math.max(0, Math.min(rows - down, columns - across))
  const lead = shape.slice(0, -2)
  const from = count === 0 ? 0 : down * columns + across
  const to = count === 0 ? 0 : from + (count - 1) * (columns + 1) + 1
  return { lead, total: rows * columns, from, to, count, step: columns + 1 }
}

/** The diagonal of the last two dimensions, `offset` columns to the right. */
export const diagonal = defineOp<{ offset: number }>({
  name: 'diagonal',
  infer([x], { offset }) {
    const { lead, count } = alongDiagonal(x!.shape, offset)
    return { shape: [...lead, count], dtype: x!.dtype }
  },
  lower(k, [x], { offset }, output) {
    const { lead, total, from, to, count, step } = alongDiagonal(x!.shape, offset)
    const all = lead.map((n) => [0, n] as const)
    const none = lead.map(() => [0, 0] as const)
    const part = k.shrink(k.reshape(x!, [...lead, total]), [...all, [from, to]])
    const rows = k.reshape(k.pad(part, [...none, [0, count * step - (to - from)]]), [...lead, count, step])
    return k.reshape(k.shrink(rows, [...all, [0, count], [0, 1]]), output.shape)
  },
  gradient: ({ inputs: [x], attrs }, grad) => [ontoDiagonal(grad, x!.shape, attrs.offset)],
  back: (value, { shape }, { offset }) => ontoDiagonal(value, shape, offset),
  samples: [
    { inputs: [uniform([3, 4])], attrs: { offset: 0 } },
    { inputs: [uniform([2, 3, 2])], attrs: { offset: -1 } },
    { inputs: [uniform([3, 4])], attrs: { offset: 2 } },
    { inputs: [uniform([0, 3])], attrs: { offset: 0 } },
    {
      inputs: [
        edge(
          special.flatMap((x) => special.map(() => x)),
          [special.length, special.length],
        ),
      ],
      attrs: { offset: 1 },
    },
  ],
  torch: 'x0.diagonal(offset, -2, -1)',
})

/** Matrices of zeros but for their diagonals. */
function ontoDiagonal(value: Tensor, shape: Shape, offset: number): Tensor {
  const { lead, total, from, to, count, step } = alongDiagonal(shape, offset)
  const none = lead.map(() => [0, 0] as const)
  const all = lead.map((n) => [0, n] as const)
  return value
    .reshape([...lead, count, 1])
    .pad([...none, [0, 0], [0, step - 1]])
    .reshape([...lead, count * step])
    .shrink([...all, [0, to - from]])
    .pad([...none, [from, total - to]])
    .reshape(shape)
}

export const flip = defineOp<{ dims: readonly number[] }>({
  name: 'flip',
  half: 'kept',
  infer: sameAsInput,
  lower: (k, [x], { dims }) => k.flip(x!, dims),
  gradient: ({ attrs: { dims } }, grad) => [grad.flip(dims)],
  samples: [{ inputs: [uniform([3, 4])], attrs: { dims: [1] } }, ...edges(() => ({ dims: [0] }))],
  torch: 'torch.flip(x0, dims)',
})

/** Inputs end to end along `dim`. */
export const cat = defineOp<{ dim: number }>({
  name: 'cat',
  half: 'seen',
  infer: (inputs, { dim }) => {
    const first = inputs[0]!
    for (const { shape } of inputs) {
      const fits =
        shape.length === first.shape.length && shape.every((n, i) => i === dim || n === first.shape[i])
      if (!fits) {
        throw new RangeError(
          `Cannot join ${formatShape(first.shape)} and ${formatShape(shape)} along dimension ${dim}.`,
        )
      }
    }
    return {
      shape: first.shape.with(
        dim,
        inputs.reduce((n, i) => n + i.shape[dim]!, 0),
      ),
      dtype: inputs.map((i) => i.dtype).reduce(promote),
    }
  },
  lower: (k, inputs, { dim }, output) =>
    k.concat(
      inputs.map((input) => k.cast(input, output.dtype)),
      dim,
    ),
  gradient: ({ inputs, attrs: { dim } }, grad) => {
    let start = 0
    return inputs.map((input) => {
      const from = start
      start += input.shape[dim]!
      return grad.shrink(grad.shape.map((n, i) => (i === dim ? ([from, start] as const) : ([0, n] as const))))
    })
  },
  samples: [
    { inputs: [uniform([2, 3]), uniform([2, 1]), uniform([2, 4])], attrs: { dim: 1 } },
    { inputs: [edge(special), uniform([0]), uniform([1])], attrs: { dim: 0 } },
  ],
  torch: 'torch.cat(x, dim)',
})
