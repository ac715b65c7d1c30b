/** Integers and truth values bit by bit, and the bits of float32. */
import type { Prim, Primitives } from '../compiler/primitive.ts'
import { isFloating, promote } from '../tensor/dtype.ts'
import { defineMultiOp, defineOp, type OpRecord, type TensorType } from './define.ts'
import { booleans, bytes, edge, integers, specialPairs, sizes, specials, uniform, values } from './samples.ts'

type Lowered = (k: Primitives, a: Prim, b: Prim) => Prim

function typeOf(name: string, inputs: readonly TensorType[], hasBool: boolean): TensorType {
  const dtype = inputs.map((i) => i.dtype).reduce(promote)
  if (isFloating(dtype) || (dtype === 'bool' && !hasBool))
    throw new TypeError(`${name} is not defined for ${dtype} tensors; convert them with to('int32').`)
  return { shape: inputs[0]!.shape, dtype }
}

const none = values([0], [], 'int32')

const bitwise = (name: string, symbol: string, lower: Lowered, hasBool = true): OpRecord<null> =>
  defineOp({
    name,
    half: 'seen',
    infer: (inputs) => typeOf(name, inputs, hasBool),
    lower: (k, [a, b], _, { dtype }) => lower(k, k.cast(a!, dtype), k.cast(b!, dtype)),
    samples: [
      { inputs: [integers([3, 4], -9, 10), integers([3, 4], 0, 7)], attrs: null },
      { inputs: [bytes([17]), { ...integers([17], 0, 7), dtype: 'uint8' }], attrs: null },
      { inputs: [none, none], attrs: null },
      ...(hasBool ? [{ inputs: [booleans([3, 4]), booleans([3, 4], 1)], attrs: null }] : []),
    ],
    torch: `x0 ${symbol} x1`,
  })

export const bitwiseAnd = bitwise('bitwiseAnd', '&', (k, a, b) => k.and(a, b))
export const bitwiseOr = bitwise('bitwiseOr', '|', (k, a, b) => k.or(a, b))
export const bitwiseXor = bitwise('bitwiseXor', '^', (k, a, b) => k.xor(a, b))

/** A processor looks at the lowest five bits of a count only; a negative one is a huge unsigned number. */
const fits = (k: Primitives, count: Prim): Prim => k.lt(k.bitcast(count, 'uint32'), 32)

export const bitwiseLeftShift = bitwise(
  'bitwiseLeftShift',
  '<<',
  (k, a, b) => k.where(fits(k, b), k.shl(a, k.and(b, 31)), 0),
  false,
)

export const bitwiseRightShift = bitwise(
  'bitwiseRightShift',
  '>>',
  (k, a, b) => k.shr(a, k.where(fits(k, b), b, 31)),
  false,
)

export const bitwiseNot = defineOp({
  name: 'bitwiseNot',
  half: 'seen',
  infer: (inputs) => typeOf('bitwiseNot', inputs, true),
  lower: (k, [x]) => k.not(x!),
  samples: [integers([3, 4], -9, 10), booleans([3, 4]), bytes([17]), none].map((input) => ({
    inputs: [input],
    attrs: null,
  })),
  torch: '~x0',
})

/**
 * Mantissa from 1/2 up to 1 and exponent, int32: x = mantissa · 2^exponent (torch.frexp). Of 0 and what is not finite the
 * mantissa is x itself, the exponent 0; so it is on a GPU for numbers below 2^-126, which are 0 there.
 */
export const frexp = defineMultiOp({
  name: 'frexp',
  outputs: ['mantissa', 'exponent'],
  floats: 'all',
  infer: ([x]) => [x!, { shape: x!.shape, dtype: 'int32' }],
  lower: (k, [x]) => {
    const exponentOf = (bits: Prim): Prim => k.and(k.shr(bits, 23), 255)
    const own = exponentOf(k.bitcast(x!, 'int32'))
    const isTiny = k.eq(own, 0)
    const scaled = k.mul(x!, k.where(isTiny, k.const(2 ** 25, x!.shape), 1))
    const none = k.const(0, x!.shape, 'int32')
    const isSpecial = k.or(k.eq(own, 255), k.eq(x!, 0))
    const exponent = k.sub(exponentOf(k.bitcast(scaled, 'int32')), 126)
    // In two steps: 2^-exponent alone may be too small for a float32.
    const power = (of: Prim): Prim => k.bitcast(k.shl(k.add(of, 127), 23), 'float32')
    const [down, half] = [k.neg(exponent), k.shr(k.neg(exponent), 1)]
    const mantissa = k.mul(k.mul(scaled, power(half)), power(k.sub(down, half)))
    const whole = k.sub(exponent, k.where(isTiny, k.const(25, x!.shape, 'int32'), none))
    return [k.where(isSpecial, x!, mantissa), k.where(isSpecial, none, whole)]
  },
  gradient: ({ outputs: [, exponent] }, [grad]) => [grad ? grad.ldexp(exponent!.neg()) : null],
  samples: [
    { inputs: [uniform([3, 4])], attrs: null },
    { inputs: [uniform([17], -1000, 1000)], attrs: null },
    { inputs: [edge([0, -0, 1, -0.5, 2 ** 100, -(2 ** -100), Infinity, -Infinity, NaN])], attrs: null },
    ...sizes.map((size) => ({ inputs: [size], attrs: null })),
  ],
  torch: 'torch.frexp(x0)',
})

/** The same four bytes as a number of another type. */
export const bitsAs = defineOp<{ dtype: 'float32' | 'int32' | 'uint32' }>({
  name: 'bitsAs',
  infer: ([x], { dtype }) => ({ shape: x!.shape, dtype }),
  lower: (k, [x], _, { dtype }) => k.bitcast(x!, dtype),
  samples: [
    { inputs: [uniform([3, 4], -5, 5)], attrs: { dtype: 'int32' } },
    { inputs: [integers([17], 1065353216, 1073741824)], attrs: { dtype: 'float32' } },
    { inputs: [integers([17], -600, 600)], attrs: { dtype: 'uint32' } },
    ...[...specials, ...sizes].map((input) => ({ inputs: [input], attrs: { dtype: 'int32' as const } })),
  ],
  // PyTorch has no uint32: the same numbers in 64 bits.
  torch:
    'x0.long() % 2**32 if dtype == "uint32" else (x0.int() if x0.dtype == torch.int64 else x0).view(getattr(torch, dtype))',
})

/** Float32 numbers of one sign are in the order of their bits. */
export const nextafter = defineOp({
  name: 'nextafter',
  infer: ([x]) => ({ shape: x!.shape, dtype: 'float32' }),
  lower: (k, inputs) => {
    const [x, y] = inputs.map((v) => k.cast(v, 'float32')) as [Prim, Prim]
    const bits = k.bitcast(x, 'int32')
    const zero = k.const(0, x.shape)
    const isAway = k.eq(k.cast(k.lt(x, y), 'int32'), k.cast(k.lt(zero, x), 'int32'))
    const next = k.bitcast(k.add(bits, k.where(isAway, k.const(1, x.shape, 'int32'), -1)), 'float32')
    // The smallest number, with the sign of the way.
    const sign = k.and(k.bitcast(y, 'int32'), -(2 ** 31))
    const smallest = k.bitcast(k.or(sign, 1), 'float32')
    const moved = k.where(k.eq(x, y), y, k.where(k.eq(x, 0), smallest, next))
    return k.where(k.eq(x, x), k.where(k.eq(y, y), moved, y), x)
  },
  samples: [
    { inputs: [...specialPairs], attrs: null },
    ...sizes.map((size) => ({ inputs: [size, size], attrs: null })),
  ],
  torch: 'torch.nextafter(x0, x1)',
})
