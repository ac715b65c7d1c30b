/** One output element from the same element of each input. Broadcasting has happened before: shapes are equal. */
import type { Prim, Primitives } from '../compiler/primitive.ts'
import { computeType, elementTypes, isFloating, promote, type DType } from '../tensor/dtype.ts'
import { formatShape, sameShape, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { defineOp, real, sameAsInput, type OpRecord, type TensorType } from './define.ts'
import {
  booleans,
  bytes,
  edge,
  everywhere,
  integers,
  sizes,
  special,
  specialPairs,
  specials,
  uniform,
  values,
  type SampleInput,
  type Samples,
} from './samples.ts'

function sameShapes(inputs: readonly TensorType[]): Shape {
  const [first, ...rest] = inputs
  for (const input of rest) {
    if (!sameShape(first!.shape, input.shape)) {
      throw new RangeError(`Shapes ${formatShape(first!.shape)} and ${formatShape(input.shape)} differ.`)
    }
  }
  return first!.shape
}

const promoted = (inputs: readonly TensorType[]): TensorType => ({
  shape: sameShapes(inputs),
  dtype: inputs.map((i) => i.dtype).reduce(promote),
})
const compared = (inputs: readonly TensorType[]): TensorType => ({ shape: sameShapes(inputs), dtype: 'bool' })

const float = (k: Primitives, x: Prim | undefined): Prim => k.cast(x!, 'float32')

function requireNumbers(inputs: readonly TensorType[], what: string): void {
  if (inputs.some((i) => i.dtype === 'bool'))
    throw new TypeError(`${what} is not defined for bool tensors; use to('int32') or logicalNot().`)
}

/** Both operands in their common type. */
function common(k: Primitives, [a, b]: readonly Prim[]): [Prim, Prim] {
  const dtype = promote(a!.dtype, b!.dtype)
  return [k.cast(a!, dtype), k.cast(b!, dtype)]
}

const two = (a: SampleInput, b: SampleInput): Samples => [
  { inputs: [a, b], attrs: null },
  { inputs: [...specialPairs], attrs: null },
  ...sizes.map((size) => ({ inputs: [size, size], attrs: null })),
]
/** Bytes beside each other and beside what they become. */
const wrapping: Samples = [bytes([3, 4], 1), integers([3, 4], -9, 9), booleans([3, 4]), uniform([3, 4])].map(
  (other) => ({ inputs: [bytes([3, 4]), other], attrs: null }),
)
export const add = defineOp({
  name: 'add',
  infer: promoted,
  lower: (k, inputs) => k.add(...common(k, inputs)),
  gradient: (_, grad) => [grad, grad],
  samples: [...two(uniform([3, 4]), uniform([3, 4], -1, 3)), ...wrapping],
  torch: 'x0 + x1',
})

export const sub = defineOp({
  name: 'sub',
  infer: (inputs) => {
    requireNumbers(inputs, 'sub')
    return promoted(inputs)
  },
  lower: (k, inputs) => k.sub(...common(k, inputs)),
  gradient: (_, grad) => [grad, grad.neg()],
  samples: [...two(uniform([3, 4]), uniform([3, 4], -1, 3)), ...wrapping.toSpliced(2, 1)],
  torch: 'x0 - x1',
})

export const mul = defineOp({
  name: 'mul',
  infer: promoted,
  lower: (k, inputs) => k.mul(...common(k, inputs)),
  gradient: ({ inputs: [a, b] }, grad) => [grad.mul(b!), grad.mul(a!)],
  samples: [...two(uniform([3, 4]), uniform([3, 4], -1, 3)), ...wrapping],
  torch: 'x0 * x1',
})

export const div = defineOp({
  name: 'div',
  infer: (inputs) => ({ shape: sameShapes(inputs), dtype: 'float32' }),
  lower: (k, [a, b]) => k.div(k.cast(a!, 'float32'), k.cast(b!, 'float32')),
  gradient: ({ inputs: [, b], output }, grad) => [grad.div(b!), grad.neg().mul(output.div(b!))],
  samples: [
    ...two(uniform([3, 4]), uniform([3, 4], 0.5, 3)),
    { inputs: [bytes([3, 4]), uniform([3, 4], 0.5, 3)], attrs: null },
  ],
  torch: 'x0 / x1',
})

export const maximum = defineOp({
  name: 'maximum',
  half: 'kept',
  infer: promoted,
  lower: (k, inputs) => k.max(...common(k, inputs)),
  gradient: ({ inputs: [a, b] }, grad) => {
    const share = halvedAtTies(a!, b!, grad)
    return [a!.lt(b!).choose(0, share), b!.lt(a!).choose(0, share)]
  },
  samples: [...two(uniform([3, 4]), uniform([3, 4], -1, 3)), ...wrapping],
  torch: 'torch.maximum(x0, x1)',
})

export const minimum = defineOp({
  name: 'minimum',
  half: 'kept',
  infer: promoted,
  lower: (k, inputs) => k.min(...common(k, inputs)),
  gradient: ({ inputs: [a, b] }, grad) => {
    const share = halvedAtTies(a!, b!, grad)
    return [b!.lt(a!).choose(0, share), a!.lt(b!).choose(0, share)]
  },
  samples: two(uniform([3, 4]), uniform([3, 4], -1, 3)),
  torch: 'torch.minimum(x0, x1)',
})

/** Equal elements get half of the gradient each; beside a NaN, which is in no order, both get all of it, as in PyTorch. */
const halvedAtTies = (a: Tensor, b: Tensor, grad: Tensor): Tensor => a.eq(b).choose(grad.mul(0.5), grad)

export const neg = defineOp({
  name: 'neg',
  half: 'kept',
  infer: (inputs) => {
    requireNumbers(inputs, 'neg')
    return inputs[0]!
  },
  lower: (k, [x]) => k.neg(x!),
  gradient: (_, grad) => [grad.neg()],
  samples: everywhere(uniform([3, 4]), bytes([17])),
  torch: '-x0',
})

export const exp = defineOp({
  name: 'exp',
  infer: real,
  lower: (k, [x]) => k.exp(float(k, x)),
  gradient: ({ output }, grad) => [grad.mul(output)],
  samples: everywhere(uniform([3, 4]), uniform([17], -20, 5)),
  torch: 'torch.exp(x0)',
})

export const log = defineOp({
  name: 'log',
  infer: real,
  lower: (k, [x]) => k.log(float(k, x)),
  gradient: ({ inputs: [x] }, grad) => [grad.div(x!)],
  samples: everywhere(uniform([3, 4], 0.1, 5), uniform([17], 100, 1e6)),
  torch: 'torch.log(x0)',
})

export const sqrt = defineOp({
  name: 'sqrt',
  infer: real,
  lower: (k, [x]) => k.sqrt(float(k, x)),
  gradient: ({ output }, grad) => [grad.div(output.mul(2))],
  samples: everywhere(uniform([3, 4], 0.1, 5)),
  torch: 'torch.sqrt(x0)',
})

export const sin = defineOp({
  name: 'sin',
  infer: real,
  lower: (k, [x]) => k.sin(float(k, x)),
  gradient: ({ inputs: [x] }, grad) => [grad.mul(x!.cos())],
  samples: everywhere(uniform([3, 4], -10, 10)),
  torch: 'torch.sin(x0)',
})

export const cos = defineOp({
  name: 'cos',
  infer: real,
  lower: (k, [x]) => k.cos(float(k, x)),
  gradient: ({ inputs: [x] }, grad) => [grad.mul(x!.sin()).neg()],
  samples: everywhere(uniform([3, 4], -10, 10)),
  torch: 'torch.cos(x0)',
})

export const tanh = defineOp({
  name: 'tanh',
  infer: real,
  lower: (k, [x]) => k.tanh(float(k, x)),
  gradient: ({ output }, grad) => [grad.mul(output.mul(output).neg().add(1))],
  samples: everywhere(uniform([3, 4]), uniform([17], -12, 12)),
  torch: 'torch.tanh(x0)',
})

export const erf = defineOp({
  name: 'erf',
  infer: real,
  lower: (k, [x]) => k.erf(float(k, x)),
  gradient: ({ inputs: [x] }, grad) => [grad.mul(x!.mul(x!).neg().exp()).mul(2 / Math.sqrt(Math.PI))],
  samples: everywhere(uniform([3, 4]), uniform([17], -5, 5)),
  torch: 'torch.erf(x0)',
})

export const abs = defineOp({
  name: 'abs',
  half: 'kept',
  infer: sameAsInput,
  lower: (k, [x]) => k.abs(x!),
  gradient: ({ inputs: [x] }, grad) => [grad.mul(x!.gt(0).to('float32').sub(x!.lt(0).to('float32')))],
  samples: everywhere(uniform([3, 4])),
  torch: 'torch.abs(x0)',
})

export const floor = defineOp({
  name: 'floor',
  infer: sameAsInput,
  lower: (k, [x]) => k.floor(x!),
  gradient: (_, grad) => [grad.zerosLike()],
  samples: everywhere(uniform([3, 4])),
  torch: 'torch.floor(x0)',
})

export const sigmoid = defineOp({
  name: 'sigmoid',
  infer: real,
  lower: (k, [x]) => k.div(1, k.add(k.exp(k.neg(float(k, x))), 1)),
  gradient: ({ output }, grad) => [grad.mul(output.neg().add(1)).mul(output)],
  samples: everywhere(uniform([3, 4]), uniform([17], -30, 30)),
  torch: 'torch.sigmoid(x0)',
})

export const relu = defineOp({
  name: 'relu',
  half: 'kept',
  infer: sameAsInput,
  lower: (k, [x]) => k.max(x!, 0),
  // Not "where it is larger than 0": a NaN lets its gradient through, as in PyTorch's threshold_backward.
  gradient: ({ output }, grad) => [output.eq(0).choose(0, grad)],
  samples: everywhere(uniform([3, 4])),
  torch: 'torch.relu(x0)',
})

/** The exact form, x·Φ(x), PyTorch's default (Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415). */
export const gelu = defineOp({
  name: 'gelu',
  infer: real,
  lower: (k, [x]) => k.mul(float(k, x), normalCdf(k, float(k, x))),
  gradient: ({ inputs: [x] }, grad) => {
    const cdf = x!.mul(Math.SQRT1_2).erf().add(1).mul(0.5)
    const density = x!
      .mul(x!)
      .mul(-0.5)
      .exp()
      .mul(1 / Math.sqrt(2 * Math.PI))
    return [grad.mul(cdf.add(x!.mul(density)))]
  },
  samples: everywhere(uniform([3, 4]), uniform([17], -6, 6)),
  torch: 'torch.nn.functional.gelu(x0)',
})

const normalCdf = (k: Primitives, x: Prim): Prim => k.mul(k.add(k.erf(k.mul(x, Math.SQRT1_2)), 1), 0.5)

/**
 * A power with a fixed exponent. Whole exponents multiply, so that negative bases are exact. Source: torch.pow; at the
 * infinities C's pow, which PyTorch follows.
 */
export const pow = defineOp<{ exponent: number }>({
  name: 'pow',
  infer: (inputs, { exponent }) =>
    Number.isInteger(exponent) && exponent >= 0 ? promoted(inputs) : real(inputs),
  lower: (k, [x], { exponent }, output) => power(k, k.cast(x!, output.dtype), exponent),
  gradient: ({ inputs: [x], output, attrs: { exponent } }, grad) => {
    if (exponent === 0) return [grad.zerosLike()]
    if (exponent === 0.5) return [grad.div(output.mul(2))]
    return [grad.mul(x!.pow(exponent - 1).mul(exponent))]
  },
  samples: [
    { inputs: [uniform([3, 4])], attrs: { exponent: 2 } },
    { inputs: [uniform([3, 4])], attrs: { exponent: 3 } },
    { inputs: [uniform([3, 4], 0.2, 3)], attrs: { exponent: -0.5 } },
    { inputs: [uniform([3, 4], 0.2, 3)], attrs: { exponent: 1.7 } },
    ...[0, 1, 2, 3, -1, -2, 0.5, 1.5, 1 / 3, 2.5, -1.7].flatMap((exponent) =>
      specials.map((input) => ({ inputs: [input], attrs: { exponent } })),
    ),
    ...[Infinity, -Infinity].map((exponent) => ({
      inputs: [edge([...special, -1, 0.5])],
      attrs: { exponent },
    })),
    ...sizes.map((size) => ({ inputs: [size], attrs: { exponent: 2 } })),
  ],
  torch: 'torch.pow(x0, exponent)',
})

/** Whole exponents from −63 to 63 multiply, so that they are exact; the others go by way of the logarithm. */
const multiplied = 6

/** A power whose exponent is a tensor too (torch.pow). */
export const powTensor: OpRecord<null> = defineOp({
  name: 'powTensor',
  infer: promoted,
  lower: (k, inputs, _, output) => {
    const [x, y] = common(k, inputs)
    return output.dtype === 'float32' ? generalPower(k, x, y) : repeatedProduct(k, x, y)
  },
  gradient: ({ inputs: [x, y], output, apply }, grad) => {
    const down = apply(powTensor, [x!, y!.add(-1)], null).mul(y!)
    const slope = output.mul(x!.log())
    return [y!.eq(0).choose(0, grad.mul(down)), grad.mul(x!.eq(0).logicalAnd(y!.ge(0)).choose(0, slope))]
  },
  samples: [
    ...two(uniform([3, 4], 0.2, 3), uniform([3, 4], -2, 3)),
    ...two(uniform([17], 0.5, 2), uniform([17], -20, 20, 1)).slice(0, 1),
    {
      inputs: [edge([-2, -2, -1.5, -0.5, 0, 0, 0, 3, 3]), edge([3, -2, 5, 0.5, 2, 0, -1, 70, -70])],
      attrs: null,
    },
  ],
  torch: 'torch.pow(x0, x1)',
})

/** The product of n factors x, for each whole n of less than 2^multiplied. */
function repeatedProduct(k: Primitives, x: Prim, n: Prim): Prim {
  let product = k.const(1, x.shape, x.dtype)
  let square = x
  for (let bit = 0; bit < multiplied; bit++) {
    const odd = k.cast(k.and(k.shr(n, bit), 1), 'bool')
    product = k.where(odd, k.mul(product, square), product)
    square = k.mul(square, square)
  }
  return product
}

function generalPower(k: Primitives, x: Prim, y: Prim): Prim {
  const size = k.abs(y)
  const isWhole = k.eq(k.floor(size), size)
  const isShort = k.and(isWhole, k.lt(size, k.const(2 ** multiplied, x.shape)))
  const product = repeatedProduct(k, x, k.cast(k.where(isShort, size, 0), 'int32'))
  const short = k.where(k.lt(y, 0), k.div(1, product), product)
  const base = k.abs(x)
  const half = k.mul(size, 0.5)
  const isOdd = k.and(isWhole, k.lt(k.floor(half), half))
  const magnitude = k.where(k.eq(base, 1), 1, k.exp(k.mul(k.log(base), y)))
  const below = k.where(isOdd, k.neg(magnitude), k.where(isWhole, magnitude, NaN))
  const infinite = k.eq(x, -Infinity)
  const long = k.where(
    k.and(k.lt(x, 0), k.where(infinite, isWhole, k.const(1, x.shape, 'bool'))),
    below,
    magnitude,
  )
  return k.where(isShort, short, long)
}

function power(k: Primitives, x: Prim, exponent: number): Prim {
  if (exponent === 0) return k.const(1, x.shape, x.dtype)
  if (!Number.isFinite(exponent)) return endlessPower(k, x, exponent)
  if (exponent === 0.5) return k.sqrt(x)
  if (exponent === -0.5) return k.where(k.eq(x, -Infinity), 0, k.div(1, k.sqrt(x)))
  if (exponent < 0) return k.div(1, power(k, x, -exponent))
  // Negative numbers have no such power, but -∞ has: the logarithm alone would make NaN of it.
  if (!Number.isInteger(exponent))
    return k.where(k.eq(x, -Infinity), Infinity, k.exp(k.mul(k.log(x), exponent)))
  const half = exponent > 1 ? power(k, x, Math.floor(exponent / 2)) : null
  if (half === null) return x
  const square = k.mul(half, half)
  return exponent % 2 === 1 ? k.mul(square, x) : square
}

/** Powers of ±∞ and NaN: 1 stays 1, and what is smaller goes where what is larger comes from. */
function endlessPower(k: Primitives, x: Prim, exponent: number): Prim {
  const size = k.abs(x)
  if (Number.isNaN(exponent)) return k.where(k.eq(x, 1), 1, k.const(NaN, x.shape))
  const [below, above] = exponent > 0 ? [0, Infinity] : [Infinity, 0]
  const apart = k.where(k.lt(size, 1), k.const(below, x.shape), k.where(k.eq(x, x), above, x))
  return k.where(k.eq(size, 1), 1, apart)
}

export const lt = defineOp({
  name: 'lt',
  infer: compared,
  lower: (k, inputs) => k.lt(...common(k, inputs)),
  samples: [...two(uniform([3, 4]), uniform([3, 4], -1, 3)), ...wrapping],
  torch: 'x0 < x1',
})

export const eq = defineOp({
  name: 'eq',
  infer: compared,
  lower: (k, inputs) => k.eq(...common(k, inputs)),
  samples: two(integers([3, 4], 0, 3), integers([3, 4], 0, 3, 1)),
  torch: 'x0 == x1',
})

export const logicalNot = defineOp({
  name: 'logicalNot',
  infer: (inputs) => ({ shape: inputs[0]!.shape, dtype: 'bool' }),
  lower: (k, [x]) => k.not(k.cast(x!, 'bool')),
  samples: everywhere(booleans([3, 4])),
  torch: 'torch.logical_not(x0)',
})

export const logicalAnd = defineOp({
  name: 'logicalAnd',
  infer: compared,
  lower: (k, [a, b]) => k.and(k.cast(a!, 'bool'), k.cast(b!, 'bool')),
  samples: two(booleans([3, 4]), booleans([3, 4], 1)),
  torch: 'torch.logical_and(x0, x1)',
})

/** inputs: condition, value where it holds, value elsewhere. */
export const where = defineOp({
  name: 'where',
  half: 'seen',
  infer: ([condition, a, b]) => ({
    shape: sameShapes([condition!, a!, b!]),
    dtype: promote(a!.dtype, b!.dtype),
  }),
  lower: (k, [condition, a, b]) => k.where(k.cast(condition!, 'bool'), ...common(k, [a!, b!])),
  gradient: ({ inputs: [condition] }, grad) => [null, condition!.choose(grad, 0), condition!.choose(0, grad)],
  samples: [
    { inputs: [booleans([3, 4]), uniform([3, 4]), uniform([3, 4], -1, 3)], attrs: null },
    ...[0, 1].map((salt) => ({ inputs: [booleans([49], salt), ...specialPairs], attrs: null })),
    ...sizes.map((size) => ({ inputs: [booleans(size.shape), size, size], attrs: null })),
  ],
  torch: 'torch.where(x0, x1, x2)',
})

const torchDtype = 'getattr(torch, dtype)'
export const cast = defineOp<{ dtype: DType }>({
  name: 'to',
  half: 'seen',
  infer: ([x], { dtype }) => ({ shape: x!.shape, dtype }),
  lower: (k, [x], _, { dtype }) => k.cast(x!, dtype),
  gradient: ({ inputs: [x] }, grad) => [isFloating(x!.dtype) ? grad : null],
  samples: [
    { inputs: [uniform([3, 4], -5, 5)], attrs: { dtype: 'int32' } },
    { inputs: [integers([3, 4], -5, 5)], attrs: { dtype: 'float32' } },
    { inputs: [integers([17], -600, 600)], attrs: { dtype: 'uint8' } },
    { inputs: [uniform([17], 0, 255)], attrs: { dtype: 'uint8' } },
    { inputs: [bytes([17])], attrs: { dtype: 'float32' } },
    { inputs: [bytes([17])], attrs: { dtype: 'bool' } },
    { inputs: [values([4], [0, 0.5, -1, 2])], attrs: { dtype: 'bool' } },
    ...[...specials, ...sizes].map((input) => ({ inputs: [input], attrs: { dtype: 'bool' as const } })),
  ],
  torch: `x0.to(${torchDtype})`,
})

/** A value of its own: what copy_ assigns, so that no two tensors share memory that one of them may overwrite. */
export const clone = defineOp({
  name: 'clone',
  half: 'kept',
  infer: sameAsInput,
  lower: (_, [x]) => x!,
  gradient: (_, grad) => [grad],
  samples: everywhere(uniform([3, 4])),
  torch: 'x0.clone()',
})

export interface FullAttrs {
  readonly shape: Shape
  readonly value: number
  readonly dtype: DType
  /** Of float16: a number that is computed with as it is, not a tensor's element. */
  readonly exact?: true
}

export const filledWith = ({ value, dtype, exact }: FullAttrs): number =>
  exact ? value : elementTypes[dtype].hold(value)

/** The same number everywhere. */
export const full = defineOp<FullAttrs>({
  name: 'full',
  half: 'kept',
  infer: (_, { shape, dtype }) => ({ shape, dtype }),
  lower: (k, _, attrs) => k.const(filledWith(attrs), attrs.shape, computeType(attrs.dtype)),
  samples: [
    { inputs: [], attrs: { shape: [2, 3], value: 1.5, dtype: 'float32' } },
    { inputs: [], attrs: { shape: [0, 3], value: 1.5, dtype: 'float32' } },
    ...special.map((value) => ({ inputs: [], attrs: { shape: [1], value, dtype: 'float32' as const } })),
  ],
  torch: 'torch.full(shape, value, dtype=getattr(torch, dtype))',
})

/** start, start + step, … */
export const arange = defineOp<{ length: number; start: number; step: number; dtype: DType }>({
  name: 'arange',
  infer: (_, { length, dtype }) => ({ shape: [length], dtype }),
  lower: (k, _, { length, start, step }, { dtype }) =>
    k.add(k.mul(k.cast(k.iota([length], 0), dtype), step), start),
  samples: [
    { inputs: [], attrs: { length: 7, start: 2, step: 3, dtype: 'int32' } },
    { inputs: [], attrs: { length: 5, start: 0.5, step: 0.25, dtype: 'float32' } },
    { inputs: [], attrs: { length: 0, start: 2, step: 3, dtype: 'int32' } },
    { inputs: [], attrs: { length: 1, start: -0.5, step: 0.25, dtype: 'float32' } },
  ],
  torch: 'torch.arange(length, dtype=getattr(torch, dtype)) * step + start',
})
