/**
 * Numbers to and from a device that computes more exactly than its tensors are typed: a float32 of the reference device is
 * a float64 in its memory, which `tensor()` and `data()` would round on the way.
 */
import { tensor } from './creation.ts'
import { deviceOf, type TensorOptions } from './default-device.ts'
import type { Tensor } from './core.ts'

/** A number, or a list of them, as a float32 that is as exact as its device holds it. */
export function exactTensor(
  data: number | readonly number[],
  options: Omit<TensorOptions, 'dtype'> = {},
): Tensor {
  const made = tensor(data, { ...options, dtype: 'float32' })
  const numbers = typeof data === 'number' ? [data] : data
  deviceOf(options).writeExact?.(made.node.storage!.buffer, Float64Array.from(numbers))
  return made
}

/** The elements as exact as the device holds them: float64 where it computes in that, else what `data()` gives. */
export async function exactData(of: Tensor): Promise<ArrayLike<number>> {
  const { device } = of
  if (!device.readExact) return await of.data()
  return device.readExact(of.realize().node.storage!.buffer)
}
