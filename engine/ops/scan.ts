/** Running sums, products and extremes along a dimension: at each position, of all elements up to it. */
import type { Prim, Primitives } from '../compiler/primitive.ts'
import type { ScanFn } from '../compiler/routines.ts'
import type { DType } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/core.ts'
import { isGradEnabled } from '../tensor/grad-mode.ts'
import { around } from '../tensor/shape.ts'
import { defineMultiOp, defineOp, type Apply, type OpRecord, type TensorType } from './define.ts'
import { pad } from './movement.ts'
import { booleans, edge, integers, sizes, specialRows, specials, uniform } from './samples.ts'

interface Along {
  readonly dim: number
}

/** Of truth values and bytes there may be more than one of them holds. */
const counting = <T extends DType>(dtype: T): T | 'int32' =>
  dtype === 'bool' || dtype === 'uint8' ? 'int32' : dtype
const running = ([x]: readonly TensorType[]): TensorType => ({ shape: x!.shape, dtype: counting(x!.dtype) })

function scanned(k: Primitives, fn: ScanFn, x: Prim, dim: number): Prim {
  const rows = k.reshape(x, around(x.shape, dim))
  return k.reshape(k.routine({ name: 'scan', fn }, [rows])[0]!, x.shape)
}

const samples = [
  { inputs: [uniform([3, 4])], attrs: { dim: 1 } },
  { inputs: [uniform([5, 3], 0.5, 1.5)], attrs: { dim: 0 } },
  { inputs: [uniform([2, 37, 3], 0.8, 1.2)], attrs: { dim: 1 } },
  { inputs: [integers([3, 7], -3, 4)], attrs: { dim: 1 } },
  { inputs: [booleans([9])], attrs: { dim: 0 } },
  { inputs: [specialRows], attrs: { dim: 1 } },
  ...specials.map((input) => ({ inputs: [input], attrs: { dim: 0 } })),
  ...sizes.map((input) => ({ inputs: [input], attrs: { dim: 0 } })),
]
const flipped = (apply: Apply, op: OpRecord<Along>, x: Tensor, dim: number): Tensor =>
  apply(op, [x.flip(dim)], { dim }).flip(dim)

/** Running sum (torch.cumsum). */
export const cumsum: OpRecord<Along> = defineOp<Along>({
  name: 'cumsum',
  infer: running,
  lower: (k, [x], { dim }, { dtype }) => scanned(k, 'sum', k.cast(x!, dtype), dim),
  gradient: ({ attrs: { dim }, apply }, grad) => [flipped(apply, cumsum, grad, dim)],
  samples,
  torch: 'torch.cumsum(x0, dim)',
})

/** x moved `by` places towards the start of `dim`, or back where negative, with `fill` for what is missing. */
function shifted(apply: Apply, x: Tensor, dim: number, by: number, fill: number): Tensor {
  const extent = x.shape[dim]!
  const kept = x.narrow(dim, Math.max(0, by), extent - Math.abs(by))
  const ends = [Math.max(0, -by), Math.max(0, by)] as const
  const padding = x.shape.map((_, i) => (i === dim ? ends : ([0, 0] as const)))
  const moved = apply(pad, [kept], { padding })
  if (fill === 0) return moved
  const isMissing = apply(pad, [kept.newFull(kept.shape, 1)], { padding }).eq(0)
  return isMissing.choose(fill, moved)
}

/** Sₖ = termₖ + factorₖ·Sₖ₊₁, by doubling. The last factor counts for nothing. */
function suffixSums(apply: Apply, terms: Tensor, factors: Tensor, dim: number): Tensor {
  const extent = terms.shape[dim]!
  let [sums, products] = [terms, factors]
  for (let by = 1; by < extent; by *= 2) {
    sums = sums.add(products.mul(shifted(apply, sums, dim, by, 0)))
    products = products.mul(shifted(apply, products, dim, by, 0))
  }
  return sums
}

/**
 * Running product (torch.cumprod). An element's gradient is what precedes it times Σ gᵢ·Π of what
 * follows up to i, so that zeros hide nothing.
 */
export const cumprod: OpRecord<Along> = defineOp<Along>({
  name: 'cumprod',
  infer: running,
  lower: (k, [x], { dim }, { dtype }) => scanned(k, 'prod', k.cast(x!, dtype), dim),
  gradient: ({ inputs: [x], output, attrs: { dim }, apply }, grad) => {
    if (x!.numel() === 0) return [grad]
    if (!isGradEnabled()) return [quotients(apply, x!, output, grad, dim)]
    const before = shifted(apply, apply(cumprod, [x!], { dim }), dim, -1, 1)
    return [before.mul(suffixSums(apply, grad, shifted(apply, x!, dim, 1, 0), dim))]
  },
  samples: [...samples, { inputs: [edge([2, 0, 3, 4, 0, 5, 6, 7, 0, 0, 1, 2], [3, 4])], attrs: { dim: 1 } }],
  torch: 'torch.cumprod(x0, dim)',
})

/**
 * The same gradient by division, which zeros need exceptions from: the first one's gradient is without it, and there is none
 * behind it. Its own derivative would be wrong there; it is quicker, and what PyTorch makes of NaN and infinities.
 */
function quotients(apply: Apply, x: Tensor, output: Tensor, grad: Tensor, dim: number): Tensor {
  const isZero = x.eq(0)
  const zeros = apply(cumsum, [isZero], { dim })
  const before = flipped(apply, cumsum, zeros.eq(0).choose(output.mul(grad), 0), dim).div(isZero.choose(1, x))
  const isFirst = isZero.logicalAnd(zeros.eq(1))
  const isNext = zeros.eq(1).logicalAnd(isFirst.logicalNot())
  const rest = apply(cumprod, [isNext.choose(x, 1)], { dim })
  const leading = shifted(apply, output, dim, -1, 1)
  const first = zeros.eq(1).choose(grad, 0).mul(rest).sum(dim, true).mul(leading)
  return zeros.eq(0).choose(before, isFirst.choose(first, 0))
}

/** log Σ exp of all elements up to each (torch.logcumsumexp). */
export const logcumsumexp: OpRecord<Along> = defineOp<Along>({
  name: 'logcumsumexp',
  floats: 'all',
  infer: ([x]) => x!,
  lower: (k, [x], { dim }) => scanned(k, 'logaddexp', x!, dim),
  // Σ gᵢ·exp(xₖ − yᵢ) over i ≥ k: with a factor of at most 1 from each position to the next, nothing overflows.
  gradient: ({ inputs: [x], output, attrs: { dim }, apply }, grad) => {
    if (x!.numel() === 0) return [grad]
    if (!isGradEnabled()) return [throughLogarithms(apply, x!, output, grad, dim)]
    const next = shifted(apply, output, dim, 1, Infinity)
    const sums = suffixSums(apply, grad, output.sub(next).exp(), dim)
    return [x!.sub(output).exp().mul(sums)]
  },
  samples: [
    { inputs: [uniform([3, 4])], attrs: { dim: 1 } },
    { inputs: [uniform([5, 3], -30, 30)], attrs: { dim: 0 } },
    { inputs: [edge([-Infinity, 1, 2, -Infinity, -Infinity, 3], [2, 3])], attrs: { dim: 1 } },
    { inputs: [specialRows], attrs: { dim: 1 } },
    ...sizes.map((input) => ({ inputs: [input], attrs: { dim: 0 } })),
  ],
  torch: 'torch.logcumsumexp(x0, dim)',
})

/** The same gradient as PyTorch has it, also of infinities: positive and negative parts by themselves, as logarithms. */
function throughLogarithms(apply: Apply, x: Tensor, output: Tensor, grad: Tensor, dim: number): Tensor {
  const [positive, negative] = [grad, grad.neg()].map((part) => {
    const logs = part.gt(0).choose(part.log(), -Infinity)
    return flipped(apply, logcumsumexp, logs.sub(output), dim).add(x).exp()
  }) as [Tensor, Tensor]
  return positive.sub(negative)
}

/** Running extremes and where they stand: of equal ones the last. From the first NaN on they are NaN. */
const extreme = (name: string, fn: 'max' | 'min', torch: string) =>
  defineMultiOp<Along>({
    name,
    outputs: ['values', 'indices'],
    infer: ([x]) => [x!, { shape: x!.shape, dtype: 'int32' }],
    lower: (k, [x], { dim }) => {
      const given = k.cast(x!, counting(x!.dtype))
      const found = scanned(k, fn, given, dim)
      const isNaN = k.not(k.eq(given, given))
      const isNew = k.or(k.eq(given, found), isNaN)
      const positions = k.where(isNew, k.iota(x!.shape, dim), 0)
      return [k.cast(found, x!.dtype), scanned(k, 'max', positions, dim)]
    },
    gradient: ({ inputs: [x], outputs: [, indices], attrs: { dim } }, [grad]) => [
      grad?.scatterSum(dim, indices!, x!.shape) ?? null,
    ],
    samples: [
      ...samples.filter(({ inputs: [x] }) => x!.dtype !== 'bool'),
      { inputs: [edge([1, 1, NaN, 2, NaN, 3, 0, -0, 0, 2, 2, 1], [2, 6])], attrs: { dim: 1 } },
    ],
    torch,
  })

/** torch.cummax. */
export const cummax = extreme('cummax', 'max', '(lambda r: (r[0], r[1].int()))(torch.cummax(x0, dim))')
/** torch.cummin. */
export const cummin = extreme('cummin', 'min', '(lambda r: (r[0], r[1].int()))(torch.cummin(x0, dim))')
