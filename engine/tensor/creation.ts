/** Where tensors come from. Shapes are lists of extents; the device is the default one unless named. */
import { castArray, elementTypes, toLanes, type DType, type TypedArray } from './dtype.ts'
import { LazyNode, Storage } from './graph.ts'
import { checkedShape, formatShape, numel, type Shape } from './shape.ts'
import { Tensor, type NestedNumbers } from './tensor.ts'
import { checkOptions, deviceOf, finish, type TensorOptions } from './default-device.ts'

export { defaultDevice, setDefaultDevice, withDevice, type TensorOptions } from './default-device.ts'

/** What a program may hold numbers in. 64-bit integers become numbers, which are exact up to 2^53. */
type NumericArray =
  | TypedArray
  | Float64Array
  | Int8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | BigInt64Array
  | BigUint64Array

/**
 * A tensor holding `data`: nested lists of numbers, or a typed array with its shape.
 * dtype: float32 for lists of numbers and arrays of floats, float16 for Float16Array, bool for lists of truth values, uint32
 * for Uint32Array, uint8 for Uint8Array and Uint8ClampedArray, int32 for other arrays of integers.
 * Errors: RangeError for ragged lists, for an element that is no number, for one of 64 bits that the type does not hold, or
 * for a shape that does not fit.
 */
export function tensor(
  data: NestedNumbers | NumericArray,
  options: TensorOptions & { readonly shape?: Shape } = {},
): Tensor {
  checkOptions('tensor', options, ['shape'])
  const typed = ArrayBuffer.isView(data)
  const flat = typed ? numbersOf(data) : null
  const shape = checkedShape(
    options.shape ?? (flat ? [flat.length] : nestedShape(data as NestedNumbers)),
    'tensor',
  )
  const truths = { all: true }
  const values = flat ?? flattenNested(data as NestedNumbers, options.shape ? null : shape, truths)
  const dtype =
    options.dtype ?? (typed ? dtypeOf(data) : truths.all && values.length > 0 ? 'bool' : 'float32')
  if (values.length !== numel(shape)) {
    throw new RangeError(
      `${values.length} numbers do not fill the shape ${formatShape(shape)} (${numel(shape)} elements).`,
    )
  }
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) checkWide(values, dtype)
  const device = deviceOf(options)
  const storage = new Storage(device, device.allocate(values.length, dtype))
  device.write(
    storage.buffer,
    toLanes(isNative(values) && dtypeOf(values) === dtype ? values : castArray(dtype, values)),
  )
  return finish(new Tensor(LazyNode.source(shape, dtype, storage)), options)
}

const isNative = (data: ArrayLike<number>): data is TypedArray =>
  data instanceof Float32Array ||
  data instanceof Float16Array ||
  data instanceof Int32Array ||
  data instanceof Uint32Array ||
  data instanceof Uint8Array

function numbersOf(data: NumericArray | DataView): ArrayLike<number> {
  if (data instanceof DataView) throw new RangeError('A DataView has no element type: give a typed array.')
  return data instanceof BigInt64Array || data instanceof BigUint64Array ? Array.from(data, Number) : data
}

/** A number of 64 bits was hardly meant to lose its upper ones. */
function checkWide(values: ArrayLike<number>, dtype: DType): void {
  const { lowest, highest } = elementTypes[dtype]
  const beyond = Array.from(values).find((v) => dtype !== 'bool' && (v < lowest || v > highest))
  if (beyond !== undefined)
    throw new RangeError(
      `tensor: ${beyond} does not fit into ${dtype}; give dtype 'float32', which rounds it.`,
    )
}

function dtypeOf(data: NumericArray | DataView): DType {
  if (data instanceof Float32Array || data instanceof Float64Array) return 'float32'
  if (data instanceof Float16Array) return 'float16'
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) return 'uint8'
  return data instanceof Uint32Array ? 'uint32' : 'int32'
}

function nestedShape(data: NestedNumbers): number[] {
  if (!Array.isArray(data)) return []
  const list = data as readonly NestedNumbers[]
  return [list.length, ...(list.length > 0 ? nestedShape(list[0]!) : [])]
}

/** `shape`: of the lists; null where another was given and only the numbers count. `truths`: learns whether all are. */
function flattenNested(data: NestedNumbers, shape: Shape | null, truths: { all: boolean }): number[] {
  const out: number[] = []
  const place: number[] = []
  const ragged = (): RangeError =>
    new RangeError(`The nested lists are ragged: expected the shape ${formatShape(shape ?? [])}.`)
  const visit = (value: NestedNumbers, depth: number): void => {
    if (typeof value === 'number' || typeof value === 'boolean') {
      truths.all &&= typeof value === 'boolean'
      if (shape !== null && depth !== shape.length) throw ragged()
      out.push(Number(value))
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
