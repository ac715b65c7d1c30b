/** The random generator: a seed and a counter that live on the device, so that captured steps draw anew at every call. */
import type { Device } from '../backends/device.ts'
import * as ops from '../ops/index.ts'
import { noGrad } from './grad-mode.ts'
import { defaultDevice, tensor, type TensorOptions } from './creation.ts'
import { deviceOf } from './default-device.ts'
import type { Shape } from './shape.ts'
import { apply, type Tensor } from './tensor.ts'

let seed = 0
/** uint32 [seed, draws so far] per device, which goes with its memory and threads when nobody else uses it. */
const states = new WeakMap<Device, Tensor>()
const devices = new Set<WeakRef<Device>>()

function stateOf(device: Device): Tensor {
  let state = states.get(device)
  if (!state) {
    state = tensor(Uint32Array.of(seed, 0), { device })
    states.set(device, state)
    devices.add(new WeakRef(device))
  }
  return state
}

/** Starts every device's generator anew. `value`: a whole number, of which the lowest 32 bits count. */
export function manualSeed(value: number): void {
  seed = value >>> 0
  for (const reference of devices) {
    const device = reference.deref()
    if (!device || device.gone) devices.delete(reference)
    else states.get(device)!.copy_(tensor(Uint32Array.of(seed, 0), { device }))
  }
}

/** [seed, draws so far]: everything there is to know of the generator. */
export async function getRngState(device: Device = defaultDevice()): Promise<Uint32Array> {
  return Uint32Array.from(await stateOf(device).data())
}

export function setRngState(state: ArrayLike<number>, device: Device = defaultDevice()): void {
  stateOf(device).copy_(tensor(Uint32Array.from(state), { device }))
}

function bits(shape: Shape, device: Device): Tensor {
  const state = stateOf(device)
  const drawn = apply(ops.randomBits, [state], { shape })
  noGrad(() => state.copy_(state.add(tensorOfStep(state))))
  return drawn
}

/** [0, 1]: leaves the seed, counts the draw. */
const tensorOfStep = (state: Tensor): Tensor => state.newArange(2, 'uint32')

/** Uniform in [0, 1): the upper 24 bits, each value exactly representable. */
export function rand(shape: Shape, options: TensorOptions = {}): Tensor {
  const device = deviceOf(options)
  const upper = apply(ops.shiftRight, [bits(shape, device)], { by: 8 })
  const out = upper.to('float32').mul(2 ** -24)
  if (options.requiresGrad) out.requiresGrad = true
  return out
}

/** Standard normal, by Box & Muller's method (1958). */
export function randn(shape: Shape, options: TensorOptions = {}): Tensor {
  const device = deviceOf(options)
  // 1 − u is in (0, 1]: its logarithm is finite.
  const radius = rand(shape, { device }).neg().add(1).log().mul(-2).sqrt()
  const out = radius.mul(
    rand(shape, { device })
      .mul(2 * Math.PI)
      .cos(),
  )
  if (options.requiresGrad) out.requiresGrad = true
  return out
}
