/** From samples to a batch, as torch.utils.data.default_collate. */
import { castArray, elementTypes, type DType, type TypedArray } from '../tensor/dtype.ts'
import { tensor } from '../tensor/creation.ts'
import { formatShape, sameShape, type Shape } from '../tensor/shape.ts'
import { stack, Tensor } from '../tensor/tensor.ts'

/** Numbers on the host, on their way to a tensor: also what a worker hands over. */
export class HostArray {
  readonly values: TypedArray
  readonly shape: Shape
  readonly dtype: DType
  constructor(values: TypedArray, shape: Shape, dtype: DType) {
    this.values = values
    this.shape = shape
    this.dtype = dtype
  }
}

const typeOf = (array: ArrayBufferView): DType => {
  if (array instanceof Float32Array || array instanceof Float64Array) return 'float32'
  if (array instanceof Float16Array) return 'float16'
  if (array instanceof Uint8Array || array instanceof Uint8ClampedArray) return 'uint8'
  return array instanceof Uint32Array ? 'uint32' : 'int32'
}

/** Errors: a TypeError for a DataView or 64-bit whole numbers that would lose digits. */
function hostOf(array: ArrayBufferView): HostArray {
  if (array instanceof DataView)
    throw new TypeError('A sample cannot hold a DataView: make it a typed array.')
  const dtype = typeOf(array)
  const numbers =
    array instanceof BigInt64Array || array instanceof BigUint64Array
      ? Array.from(array, shortOf)
      : (array as TypedArray)
  // As it is where it has the type already: a batch copies it.
  const values = numbers instanceof elementTypes[dtype].array ? numbers : castArray(dtype, numbers)
  return new HostArray(values, [numbers.length], dtype)
}

/** Errors: a TypeError for a number of more than 32 bits. */
function shortOf(value: bigint): number {
  if (value === BigInt.asIntN(32, value)) return Number(value)
  throw new TypeError(
    `A sample holds ${value}, which int32, the type of whole numbers in a batch, does not: make it a float.`,
  )
}

function sameType(samples: readonly HostArray[]): void {
  const [first] = samples as readonly [HostArray, ...HostArray[]]
  for (const [i, { shape, dtype }] of samples.entries())
    if (!sameShape(shape, first.shape) || dtype !== first.dtype)
      throw new RangeError(
        `Samples of a batch must be alike: number ${i} is ${dtype} ${formatShape(shape)}, the first ${first.dtype} ${formatShape(first.shape)}. Give a collateFn that makes them so, by padding for example.`,
      )
}

function stackHost(samples: readonly HostArray[]): HostArray {
  sameType(samples)
  const [{ values, shape, dtype }] = samples as readonly [HostArray, ...HostArray[]]
  const size = values.length
  const whole = new elementTypes[dtype].array(size * samples.length)
  samples.forEach((sample, i) => whole.set(sample.values as never, i * size))
  return new HostArray(whole, [samples.length, ...shape], dtype)
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

const describe = (value: unknown): string =>
  value === null || typeof value !== 'object' ? String(value) : `an ${value.constructor.name}`

/** A batch whose numbers are on the host still, but for what were tensors. */
export function collateOnHost(samples: readonly unknown[]): unknown {
  const [first] = samples
  const alike = (fits: (value: unknown) => boolean): void => {
    const other = samples.findIndex((sample) => !fits(sample))
    if (other !== -1)
      throw new TypeError(
        `Samples of a batch must be alike: number ${other} holds ${describe(samples[other])} where the first holds ${describe(first)}.`,
      )
  }
  if (first instanceof Tensor) {
    alike((value) => value instanceof Tensor)
    return stack(samples as Tensor[])
  }
  if (first instanceof HostArray) {
    alike((value) => value instanceof HostArray)
    return stackHost(samples as HostArray[])
  }
  if (ArrayBuffer.isView(first)) {
    alike(ArrayBuffer.isView)
    return stackHost((samples as ArrayBufferView[]).map(hostOf))
  }
  const kind = typeof first
  if (kind === 'number' || kind === 'bigint' || kind === 'boolean') {
    alike((value) => typeof value === kind)
    const dtype = kind === 'number' ? 'float32' : kind === 'bigint' ? 'int32' : 'bool'
    const numbers = samples.map((sample) => (typeof sample === 'bigint' ? shortOf(sample) : Number(sample)))
    return new HostArray(castArray(dtype, numbers), [samples.length], dtype)
  }
  if (kind === 'string') {
    alike((value) => typeof value === 'string')
    return [...samples]
  }
  if (Array.isArray(first)) {
    alike((value) => Array.isArray(value) && value.length === first.length)
    return first.map((_, i) => collateOnHost(samples.map((sample) => (sample as unknown[])[i])))
  }
  if (isPlain(first)) {
    alike((value) => isPlain(value) && Object.keys(first).every((key) => key in value))
    return Object.fromEntries(
      Object.keys(first).map((key) => [
        key,
        collateOnHost(samples.map((sample) => (sample as Record<string, unknown>)[key])),
      ]),
    )
  }
  throw new TypeError(
    `A batch cannot be made of ${describe(first)}: samples hold tensors, typed arrays, numbers, strings, lists and records of them. Give a collateFn.`,
  )
}

/** The same tree with another leaf for each that `change` knows. */
export function mapLeaves(tree: unknown, change: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(tree)) return tree.map((inner) => mapLeaves(inner, change))
  if (isPlain(tree))
    return Object.fromEntries(Object.entries(tree).map(([key, inner]) => [key, mapLeaves(inner, change)]))
  return change(tree)
}

/** Numbers on the host as tensors, on the default device. */
export const toTensors = (tree: unknown): unknown =>
  mapLeaves(tree, (leaf) =>
    leaf instanceof HostArray ? tensor(leaf.values, { shape: leaf.shape, dtype: leaf.dtype }) : leaf,
  )

/**
 * Samples as one batch: tensors are stacked; typed arrays too, in their type; numbers become float32, bigints int32, truth values bool;
 * strings stay a list; lists and records are collated place by place. Errors: a TypeError or RangeError that names the sample that is not
 * like the first. Source: torch.utils.data.default_collate.
 */
export const defaultCollate = (samples: readonly unknown[]): unknown => toTensors(collateOnHost(samples))
