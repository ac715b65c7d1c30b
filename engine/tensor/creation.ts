/** Where tensors come from. Shapes are lists of extents; the device is the default one unless named. */
import type { Device } from '../backends/device.ts'
import * as ops from '../ops/index.ts'
import { castArray, type DType, type TypedArray } from './dtype.ts'
import { LazyNode, Storage } from './graph.ts'
import { formatShape, numel, type Shape } from './shape.ts'
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

/**
 * A tensor holding `data`: nested lists of numbers, or a typed array with its shape.
 * dtype: that of the typed array, else float32. Errors: RangeError for ragged lists or a shape that does not fit.
 */
export function tensor(
  data: NestedNumbers | TypedArray,
  options: TensorOptions & { readonly shape?: Shape } = {},
): Tensor {
  const typed = ArrayBuffer.isView(data)
  const shape = options.shape ?? (typed ? [data.length] : nestedShape(data))
  const flat = typed ? data : flattenNested(data, shape)
  const dtype = options.dtype ?? (typed ? dtypeOf(data) : 'float32')
  if (flat.length !== numel(shape)) {
    throw new RangeError(
      `${flat.length} numbers do not fill the shape ${formatShape(shape)} (${numel(shape)} elements).`,
    )
  }
  const device = options.device ?? defaultDevice()
  const storage = new Storage(device, device.allocate(flat.length, dtype))
  device.write(storage.buffer, typed && dtypeOf(data) === dtype ? data : castArray(dtype, flat))
  return finish(new Tensor(LazyNode.source(shape, dtype, storage)), options)
}

function dtypeOf(data: TypedArray): DType {
  if (data instanceof Float32Array) return 'float32'
  return data instanceof Uint32Array ? 'uint32' : 'int32'
}

function nestedShape(data: NestedNumbers): number[] {
  if (typeof data === 'number') return []
  return [data.length, ...(data.length > 0 ? nestedShape(data[0]!) : [])]
}

function flattenNested(data: NestedNumbers, shape: Shape): number[] {
  const out: number[] = []
  const visit = (value: NestedNumbers, depth: number): void => {
    if (typeof value === 'number') {
      if (depth !== shape.length)
        throw new RangeError(`The nested lists are ragged: expected the shape ${formatShape(shape)}.`)
      out.push(value)
      return
    }
    if (value.length !== shape[depth])
      throw new RangeError(`The nested lists are ragged: expected the shape ${formatShape(shape)}.`)
    for (const item of value) visit(item, depth + 1)
  }
  visit(data, 0)
  return out
}

export function full(shape: Shape, value: number, options: TensorOptions = {}): Tensor {
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

/** start, start + step, … below end; int32 when all three are whole. With one argument: 0 … n−1. */
export function arange(start: number, end?: number, step = 1, options: TensorOptions = {}): Tensor {
  const [from, to] = end === undefined ? [0, start] : [start, end]
  const whole = [from, to, step].every(Number.isInteger)
  const length = Math.max(0, Math.ceil((to - from) / step))
  const attrs = { length, start: from, step, dtype: options.dtype ?? (whole ? 'int32' : 'float32') } as const
  return finish(apply(ops.arange, [], attrs, options.device ?? defaultDevice()), options)
}
