/** Where tensors are made that name no device, and the options by which they name one. */
import type { Device } from '../backends/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import type { Tensor } from './core.ts'
import { checkedType, type DType } from './dtype.ts'

export interface TensorOptions {
  readonly dtype?: DType
  /** One that openDevice() gave, or 'cpu' for the processor's own. */
  readonly device?: Device | 'cpu'
  readonly requiresGrad?: boolean
}

let chosen: Device | null = null
let processor: Device | null = null

/** Where tensors are made from now on that name no device: one that openDevice() gave. Source: torch.set_default_device. */
export function setDefaultDevice(device: Device): void {
  chosen = device
}

/** Where tensors are made that name no device: the CPU, unless another was set. */
export function defaultDevice(): Device {
  return (chosen ??= cpuDevice())
}

/** The default device where that is a CPU, so that tensors of both meet; else one for all who ask. */
function cpuDevice(): Device {
  return chosen && chosen.backend !== 'webgpu' ? chosen : (processor ??= createWasmDevice())
}

/** The device that the options name; without one, the default. */
export const deviceOf = ({ device }: TensorOptions): Device =>
  device === 'cpu' ? cpuDevice() : (device ?? defaultDevice())

/** Runs `body` (synchronous) with another default device. Source: torch.device as a context manager. */
export function withDevice<R>(device: Device, body: () => R): R {
  const before = chosen
  chosen = device
  try {
    return body()
  } finally {
    chosen = before
  }
}

/** Errors: a TypeError for an option that is none, or of the wrong type. */
export function checkOptions(name: string, options: TensorOptions, others: readonly string[] = []): void {
  const known = ['dtype', 'device', 'requiresGrad', ...others]
  const unknown = Object.keys(options).find((key) => !known.includes(key))
  if (unknown !== undefined)
    throw new TypeError(`${name} has no option "${unknown}". It has: ${known.join(', ')}.`)
  if (options.dtype !== undefined) checkedType(options.dtype, name)
  const { device } = options as { readonly device?: unknown }
  if (device === undefined || device === 'cpu') return
  if (typeof device !== 'object' || device === null || !('allocate' in device))
    throw new TypeError(
      `${name}: a device is 'cpu' or comes from openDevice(), it is not ${JSON.stringify(device)}.`,
    )
}

/** With the gradients that the options ask for. */
export function finish(made: Tensor, options: TensorOptions): Tensor {
  if (options.requiresGrad) made.requiresGrad = true
  return made
}
