/** Between the engine's tensors and the bytes that checkpoints and model folders hold. */
import { tensor, type Tensor, type TypedArray } from '../../../engine/index.ts'
import type { TensorData } from '../store/index.ts'

type NumberType = 'float32' | 'int32' | 'uint32'

const arrays = { float32: Float32Array, int32: Int32Array, uint32: Uint32Array } as const

export function bytesOf(dtype: NumberType, shape: readonly number[], values: TypedArray): TensorData {
  const copy = values.slice()
  return { dtype, shape: [...shape], data: new Uint8Array(copy.buffer) }
}

export async function toTensorData(value: Tensor): Promise<TensorData> {
  if (value.dtype === 'uint8') throw new Error('No state of a network or an optimizer is made of bytes.')
  if (value.dtype === 'float16') throw new Error('States of networks and optimizers are kept as float32.')
  const dtype = value.dtype === 'bool' ? 'int32' : value.dtype
  return bytesOf(dtype, value.shape, await value.data())
}

/** Copies first: bytes from a socket or a file need not be aligned for a typed array. */
export function typedValues({ dtype, data }: TensorData): TypedArray {
  if (dtype === 'uint8') throw new Error('No state of a network or an optimizer is made of bytes.')
  return new arrays[dtype](Uint8Array.from(data).buffer)
}

export function fromTensorData(data: TensorData): Tensor {
  return tensor(typedValues(data), { shape: [...data.shape] })
}
