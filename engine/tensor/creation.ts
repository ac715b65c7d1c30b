/** Where tensors come from. Shapes are lists of extents; the device is the default one unless named. */
import type { Device } from '../backends/device.ts'
import * as ops from '../ops/index.ts'
import { castArray, type DType, type TypedArray } from './dtype.ts'
import { LazyNode, Storage } from './graph.ts'
import { checkedShape, formatShape, numel, type Shape } from './shape.ts'
import { apply, Tensor, type NestedNumbers } from './tensor.ts'

export interface TensorOptions {
  readonly dtype?: DType
  readonly device?: Device
  readonly requiresGrad?: boolean
}

let chosen: Device | null = null

export function setDefaultDevice(device: Device): void {
  chosen = device
}

export function defaultDevice(): Device {
  if (!chosen) throw new Error("No device is open: call `setDefaultDevice(await openDevice('auto'))` first.")
  return chosen
}

function finish(tensor: Tensor, options: TensorOptions): Tensor {
  if (options.requiresGrad) tensor.requiresGrad = true
  return tensor
}

/** What a program may hold numbers in. 64-bit integers become numbers, which are exact up to 2^53. */
type NumericArray =
  | TypedArray
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | BigInt64Array
  | BigUint64Array

/**
 * A tensor holding `data`: nested lists of numbers, or a typed array with its shape.
 * dtype: float32 for lists and arrays of floats, uint32 for Uint32Array, int32 for other arrays of integers.
 * Errors: RangeError for ragged lists, for an element that is no number, or a shape that does not fit.
 */
export function tensor(
  data: NestedNumbers | NumericArray,
  options: TensorOptions & { readonly shape?: Shape } = {},
): Tensor {
  const typed = ArrayBuffer.isView(data)
  const flat = typed ? numbersOf(data) : null
  const shape = checkedShape(
    options.shape ?? (flat ? [flat.length] : nestedShape(data as NestedNumbers)),
    'tensor',
  )
  const values = flat ?? flattenNested(data as NestedNumbers, options.shape ? null : shape)
  const dtype = options.dtype ?? (typed ? dtypeOf(data) : 'float32')
  if (values.length !== numel(shape)) {
    throw new RangeError(
      `${values.length} numbers do not fill the shape ${formatShape(shape)} (${numel(shape)} elements).`,
    )
  }
  const device = options.device ?? defaultDevice()
  const storage = new Storage(device, device.allocate(values.length, dtype))
  device.write(
    storage.buffer,
    isNative(values) && dtypeOf(values) === dtype ? values : castArray(dtype, values),
  )
  return finish(new Tensor(LazyNode.source(shape, dtype, storage)), options)
}

const isNative = (data: ArrayLike<number>): data is TypedArray =>
  data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint32Array

function numbersOf(data: NumericArray | DataView): ArrayLike<number> {
  if (data instanceof DataView) throw new RangeError('A DataView has no element type: give a typed array.')
  return data instanceof BigInt64Array || data instanceof BigUint64Array ? Array.from(data, Number) : data
}

function dtypeOf(data: NumericArray | DataView): DType {
  if (data instanceof Float32Array || data instanceof Float64Array) return 'float32'
  return data instanceof Uint32Array ? 'uint32' : 'int32'
}

function nestedShape(data: NestedNumbers): number[] {
  if (!Array.isArray(data)) return []
  const list = data as readonly NestedNumbers[]
  return [list.length, ...(list.length > 0 ? nestedShape(list[0]!) : [])]
}

/** `shape`: of the lists; null where another was given and only the numbers count. */
function flattenNested(data: NestedNumbers, shape: Shape | null): number[] {
  const out: number[] = []
  const place: number[] = []
  const ragged = (): RangeError =>
    new RangeError(`The nested lists are ragged: expected the shape ${formatShape(shape ?? [])}.`)
  const visit = (value: NestedNumbers, depth: number): void => {
    if (typeof value === 'number') {
      if (shape !== null && depth !== shape.length) throw ragged()
      out.push(value)
      return
    }
    if (!Array.isArray(value))
      throw new RangeError(
        `The element ${formatShape(place.slice(0, depth))} of the lists is ${String(value)}, not a number.`,
      )
    if (shape !== null && value.length !== shape[depth]) throw ragged()
    for (let i = 0; i < value.length; i++) {
      place[depth] = i
      visit(value[i] as NestedNumbers, depth + 1)
    }
  }
  visit(data, 0)
  return out
}

/** Every element is `value`. Errors: RangeError for a value that is no number, or extents that are no whole numbers from 0. */
export function full(shape: Shape, value: number, options: TensorOptions = {}): Tensor {
  if (typeof value !== 'number') throw new RangeError(`full needs a number, not ${String(value)}.`)
  return finish(
    apply(
      ops.full,
      [],
      { shape, value, dtype: options.dtype ?? 'float32' },
      options.device ?? defaultDevice(),
    ),
    options,
  )
}

export const zeros = (shape: Shape, options?: TensorOptions): Tensor => full(shape, 0, options)
export const ones = (shape: Shape, options?: TensorOptions): Tensor => full(shape, 1, options)

/**
 * start, start + step, … before end; int32 when all three are whole. With one argument: 0 … n−1.
 * Errors: RangeError for a step of 0 or one that leads away from the end, and for what is not finite, as torch.arange.
 */
export function arange(start: number, end?: number, step = 1, options: TensorOptions = {}): Tensor {
  const [from, to] = end === undefined ? [0, start] : [start, end]
  if (![from, to, step].every(Number.isFinite))
    throw new RangeError(`arange needs finite numbers, not ${from}, ${to} and ${step}.`)
  if (step === 0) throw new RangeError('arange needs a step other than 0.')
  if (to !== from && to > from !== step > 0)
    throw new RangeError(`arange cannot come from ${from} to ${to} by steps of ${step}.`)
  const whole = [from, to, step].every(Number.isInteger)
  const length = Math.ceil((to - from) / step)
  const attrs = { length, start: from, step, dtype: options.dtype ?? (whole ? 'int32' : 'float32') } as const
  return finish(apply(ops.arange, [], attrs, options.device ?? defaultDevice()), options)
}
