/** Tensors from nothing but sizes and numbers, on the default device unless one is named. */
import * as ops from '../ops/index.ts'
import { uniform } from '../ops/samples.ts'
import { readArguments, wholeNumber } from '../tensor/arguments.ts'
import { apply, type Tensor } from '../tensor/core.ts'
import { checkOptions, deviceOf, finish, type TensorOptions } from '../tensor/default-device.ts'
import type { DType } from '../tensor/dtype.ts'
import type { Shape } from '../tensor/shape.ts'
import { defineVariadic, defineWithOptions, sizesOf } from './define.ts'
import { signed, whole } from './samples.ts'

/** Sizes as one list or as numbers, and options last. */
export type SizesAndOptions =
  | readonly [shape: Shape, options?: TensorOptions]
  | readonly number[]
  | readonly [...sizes: number[], options: TensorOptions]

const isOptions = (value: unknown): value is TensorOptions =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Sizes and options of a call that takes both, for functions that make tensors. */
export function readSizes(
  name: string,
  args: readonly unknown[],
): { readonly shape: Shape; readonly options: TensorOptions } {
  const given = args.at(-1) === undefined ? args.slice(0, -1) : args
  const last = given.at(-1)
  const options = isOptions(last) ? last : {}
  checkOptions(name, options)
  return { shape: sizesOf(name, isOptions(last) ? given.slice(0, -1) : given), options }
}

function filled(shape: Shape, value: number, options: TensorOptions): Tensor {
  const { dtype = 'float32' } = options
  return finish(apply(ops.full, [], { shape, value, dtype }, deviceOf(options)), options)
}

/**
 * Zeros in a shape, float32 unless another type is named: `zeros(2, 3)` or `zeros([2, 3])`. Errors: a RangeError for extents that are no
 * whole numbers from 0. Source: torch.zeros.
 */
export const zeros = defineVariadic({
  name: 'zeros',
  isMethod: false,
  call(...args: SizesAndOptions): Tensor {
    const { shape, options } = readSizes('zeros', args)
    return filled(shape, 0, options)
  },
  samples: [[[2, 3]], [2, 3], [[]], [0, 2]],
})

/**
 * Ones in a shape, float32 unless another type is named: `ones(2, 3)` or `ones([2, 3])`. Errors: a RangeError for extents that are no
 * whole numbers from 0. Source: torch.ones.
 */
export const ones = defineVariadic({
  name: 'ones',
  isMethod: false,
  call(...args: SizesAndOptions): Tensor {
    const { shape, options } = readSizes('ones', args)
    return filled(shape, 1, options)
  },
  samples: [[[2, 3]], [2, 3], [[]]],
})

/**
 * `value` everywhere in a shape [..]: float32 of a number, bool of a truth value, unless another type is named. Errors: a RangeError for
 * what is neither, and for extents that are no whole numbers from 0. Source: torch.full.
 */
export const full = defineVariadic({
  name: 'full',
  isMethod: false,
  call(shape: Shape, value: number | boolean, options: TensorOptions = {}): Tensor {
    checkOptions('full', options)
    if (typeof value === 'boolean')
      return filled(sizesOf('full', [shape]), Number(value), { dtype: 'bool', ...options })
    if (typeof value !== 'number') throw new RangeError(`full needs a number, not ${String(value)}.`)
    return filled(sizesOf('full', [shape]), value, options)
  },
  samples: [[[2, 3], 1.5]],
})

interface Steps extends TensorOptions {
  readonly end?: number
  readonly step?: number
}

/**
 * start, start + step, … before end; int32 when all three are whole. With one number: 0 … n−1.
 * Errors: RangeError for a step of 0 or one that leads away from the end, and for what is not finite. Source: torch.arange.
 */
export const arange = defineVariadic({
  name: 'arange',
  isMethod: false,
  call(start: number | boolean, ...rest: readonly (number | boolean | Steps | undefined)[]): Tensor {
    const order = {
      name: 'arange',
      positional: ['end', 'step'],
      named: ['dtype', 'device', 'requiresGrad'],
    } as const
    const {
      end,
      step = 1,
      ...options
    } = readArguments<Steps>(
      order,
      rest.filter((v) => v !== undefined),
    )
    checkOptions('arange', options)
    const [from, to, by] = (end === undefined ? [0, start, step] : [start, end, step]).map(Number) as [
      number,
      number,
      number,
    ]
    if (![from, to, by].every(Number.isFinite))
      throw new RangeError(`arange needs finite numbers, not ${from}, ${to} and ${by}.`)
    if (by === 0) throw new RangeError('arange needs a step other than 0.')
    if (to !== from && to > from !== by > 0)
      throw new RangeError(`arange cannot come from ${from} to ${to} by steps of ${by}.`)
    const isWhole = [from, to, by].every(Number.isInteger)
    const device = deviceOf(options)
    const dtype: DType = options.dtype ?? (isWhole ? 'int32' : 'float32')
    const attrs = { length: Math.ceil((to - from) / by), start: from, step: by, dtype }
    return finish(apply(ops.arange, [], attrs, device), options)
  },
  samples: [[5], [2, 7], [2, 9, 3], [1, 0, -0.25], [0.5, 3]],
})

/**
 * `steps` numbers from start to end, both included, at equal distances: [steps], float32. Errors: a RangeError for a number of steps that
 * is no whole number from 0. Source: torch.linspace.
 */
export const linspace = defineVariadic({
  name: 'linspace',
  isMethod: false,
  call(start: number, end: number, steps: number, options: TensorOptions = {}): Tensor {
    checkOptions('linspace', options)
    const length = wholeNumber('linspace: steps', steps, 0)
    const device = deviceOf(options)
    const place = apply(ops.arange, [], { length, start: 0, step: 1, dtype: 'float32' as const }, device)
    const step = length < 2 ? 0 : (end - start) / (length - 1)
    // From both ends to the middle, so that each end is exactly what was asked for.
    const fromEnd = place
      .sub(length - 1)
      .mul(step)
      .add(end)
    const line =
      length < 2 ? place.add(start) : place.lt(length / 2).choose(place.mul(step).add(start), fromEnd)
    return finish(options.dtype ? line.to(options.dtype) : line, options)
  },
  samples: [
    [0, 1, 5],
    [-2, 3, 4],
    [3, -1, 7],
    [2, 5, 1],
    [0, 1, 0],
  ],
})

/** `steps` powers of base, whose exponents go from start to end, both included, at equal distances; base is 10 by default. Source: torch.logspace. */
export const logspace = defineWithOptions({
  name: 'logspace',
  isMethod: false,
  positional: ['base'],
  named: ['dtype', 'device', 'requiresGrad'],
  call(
    start: number,
    end: number,
    steps: number,
    { base = 10, dtype, ...options }: TensorOptions & { readonly base?: number },
  ): Tensor {
    const exponents = linspace(start, end, steps, options.device ? { device: options.device } : {})
    const made = exponents.newFull([], base).pow(exponents)
    return finish(dtype ? made.to(dtype) : made, options)
  },
  samples: [
    [0, 2, 3],
    [-2, 1, 4],
    [0, 3, 7, 2],
    [1, 2, 1],
    [0, 1, 0],
    [0, 3, 4, { base: 2, dtype: 'int32' }],
  ],
})

/** A tensor for values to come: zeros here, as memory is never shown as it is. Source: torch.empty. */
export const empty = defineVariadic({
  name: 'empty',
  isMethod: false,
  call(...args: SizesAndOptions): Tensor {
    const { shape, options } = readSizes('empty', args)
    return filled(shape, 0, options)
  },
  // In PyTorch nobody knows what it holds, but where it holds nothing.
  samples: [[[0, 3]], [2, 0]],
})

/**
 * Ones on the diagonal of a matrix [n, m], m = n unless given, zeros elsewhere. Errors: a RangeError for extents that are no whole
 * numbers from 0. Source: torch.eye.
 */
export const eye = defineWithOptions({
  name: 'eye',
  isMethod: false,
  positional: ['m'],
  named: ['dtype', 'device', 'requiresGrad'],
  call(n: number, { m = n, ...options }: TensorOptions & { readonly m?: number }): Tensor {
    const [rows, columns] = [wholeNumber('eye: n', n, 0), wholeNumber('eye: m', m, 0)]
    const device = deviceOf(options)
    const positions = (length: number): Tensor =>
      apply(ops.arange, [], { length, start: 0, step: 1, dtype: 'int32' as const }, device)
    const isDiagonal = positions(rows).unsqueeze(1).eq(positions(columns))
    return finish(isDiagonal.to(options.dtype ?? 'float32'), options)
  },
  samples: [[3], [2, 4], [3, { m: 2 }]],
})

interface Like extends TensorOptions {
  readonly dtype?: DType
}

const like = { positional: [], named: ['dtype', 'device', 'requiresGrad'] } as const

const filledLike = (self: Tensor, value: number, options: Like): Tensor =>
  filled(self.shape, value, { dtype: self.dtype, device: self.device, ...options })

/** Zeros of a tensor's shape, type and device. Source: torch.zeros_like. */
export const zerosLike = defineWithOptions({
  name: 'zerosLike',
  ...like,
  call: (self: Tensor, options: Like): Tensor => filledLike(self, 0, options),
  samples: [[signed], [whole]],
})

/** Ones of a tensor's shape, type and device. Source: torch.ones_like. */
export const onesLike = defineWithOptions({
  name: 'onesLike',
  ...like,
  call: (self: Tensor, options: Like): Tensor => filledLike(self, 1, options),
  samples: [[signed], [whole]],
})

/** `fillValue` in a tensor's shape, type and device. Source: torch.full_like. */
export const fullLike = defineWithOptions({
  name: 'fullLike',
  ...like,
  call: (self: Tensor, fillValue: number, options: Like): Tensor => filledLike(self, fillValue, options),
  samples: [
    [uniform([2, 2]), 2.5],
    [whole, 3],
  ],
})

/** A tensor for values to come, of another's shape, type and device: zeros here. Source: torch.empty_like. */
export const emptyLike = defineWithOptions({
  name: 'emptyLike',
  ...like,
  call: (self: Tensor, options: Like): Tensor => filledLike(self, 0, options),
  samples: [[uniform([0, 2])]],
})
