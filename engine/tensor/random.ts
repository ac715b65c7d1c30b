/** The random generator: a seed and a counter that live on the device, so that captured steps draw anew at every call. */
import type { Device } from '../backends/device.ts'
import * as ops from '../ops/index.ts'
import { isFloating } from './dtype.ts'
import { noGrad } from './grad-mode.ts'
import { readSizes, type SizesAndOptions } from '../functions/creation.ts'
import type { RandomMethods } from '../functions/methods.ts'
import { tensor } from './creation.ts'
import { checkOptions, defaultDevice, deviceOf, finish, type TensorOptions } from './default-device.ts'
import type { Shape } from './shape.ts'
import { apply, Tensor } from './tensor.ts'

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

/**
 * Starts every device's generator anew. `value`: a whole number, of which the lowest 32 bits count. Errors: a RangeError for anything
 * else. Source: torch.manual_seed.
 */
export function manualSeed(value: number): void {
  if (!Number.isInteger(value)) throw new RangeError(`manualSeed takes a whole number, not ${String(value)}.`)
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

/** Random numbers go on from a state that getRngState gave. Source: torch.set_rng_state. */
export function setRngState(state: ArrayLike<number>, device: Device = defaultDevice()): void {
  stateOf(device).copy_(tensor(Uint32Array.from(state), { device }))
}

/** A copy of the generator's state, on its device: works in captured steps too. */
export const randomState = (device: Device): Tensor => noGrad(() => stateOf(device).clone())

/** Draws in `work` begin at that state; afterwards the generator is where it was. */
export function withRandomState<T>(device: Device, state: Tensor, work: () => T): T {
  const before = randomState(device)
  noGrad(() => stateOf(device).copy_(state))
  try {
    return work()
  } finally {
    noGrad(() => stateOf(device).copy_(before))
  }
}

function bits(shape: Shape, device: Device): Tensor {
  const state = stateOf(device)
  const drawn = apply(ops.randomBits, [state], { shape })
  noGrad(() => state.copy_(state.add(tensorOfStep(state))))
  return drawn
}

/** [0, 1]: leaves the seed, counts the draw. */
const tensorOfStep = (state: Tensor): Tensor => state.newArange(2, 'uint32')

function uniform01(shape: Shape, device: Device, digits = 24): Tensor {
  const upper = apply(ops.shiftRight, [bits(shape, device)], { by: 32 - digits })
  return upper.to('float32').mul(2 ** -digits)
}

/** In the type that the options name, of floats. */
const inType = (drawn: Tensor, { dtype }: TensorOptions): Tensor =>
  dtype === 'float16' ? drawn.to(dtype) : drawn

/** Uniform in [0, 1): the upper 24 bits of each draw, of float16 11, each value exactly representable. Source: torch.rand. */
export function rand(...args: SizesAndOptions): Tensor {
  const { shape, options } = readSizes('rand', args)
  const digits = options.dtype === 'float16' ? 11 : 24
  return finish(inType(uniform01(shape, deviceOf(options), digits), options), options)
}

function standardNormal(shape: Shape, device: Device): Tensor {
  // 1 − u is in (0, 1]: its logarithm is finite.
  const radius = uniform01(shape, device).neg().add(1).log().mul(-2).sqrt()
  const angle = uniform01(shape, device).mul(2 * Math.PI)
  return radius.mul(angle.cos())
}

/** Standard normal, by Box & Muller's method (1958). Source: torch.randn. */
export function randn(...args: SizesAndOptions): Tensor {
  const { shape, options } = readSizes('randn', args)
  return finish(inType(standardNormal(shape, deviceOf(options)), options), options)
}

/** Whole numbers from low (0 where only `high` is given) to high − 1, int32: `randint(10, [3])`, `randint(2, 10, [3])`. Source: torch.randint. */
export function randint(...args: readonly (number | Shape | TensorOptions)[]): Tensor {
  const at = args.findIndex(Array.isArray)
  const [bounds, shape, options = {}] = [
    args.slice(0, at),
    args[at] as Shape,
    args[at + 1] as TensorOptions | undefined,
  ]
  if (at < 1 || at > 2 || bounds.some((b) => !Number.isInteger(b)))
    throw new TypeError('randint takes (high, size) or (low, high, size), of whole numbers and a list.')
  checkOptions('randint', options)
  const [low, high] = (at === 1 ? [0, bounds[0]] : bounds) as [number, number]
  if (high <= low) throw new RangeError(`randint needs a high above ${low}, not ${high}.`)
  const device = deviceOf(options)
  const drawn = uniform01(shape, device)
    .mul(high - low)
    .floor()
    .clamp(0, high - low - 1)
  return drawn
    .to('int32')
    .add(low)
    .to(options.dtype ?? 'int32')
}

const like = ({ device, dtype }: Tensor): TensorOptions =>
  dtype === 'float16' ? { device, dtype } : { device }

/** As rand, of a tensor's shape and device. Source: torch.rand_like. */
export const randLike = (self: Tensor, options: TensorOptions = {}): Tensor =>
  rand(self.shape, { ...like(self), ...options })

/** As randn, of a tensor's shape and device. Source: torch.randn_like. */
export const randnLike = (self: Tensor, options: TensorOptions = {}): Tensor =>
  randn(self.shape, { ...like(self), ...options })

/** 1 with the probability, from 0 to 1, that each element is, else 0; of the same shape. Source: torch.bernoulli. */
export const bernoulli = (probabilities: Tensor): Tensor =>
  randLike(probabilities).lt(probabilities).to(probabilities.dtype)

/** Normal with a mean and standard deviation: numbers with a size, or tensors. Source: torch.normal. */
export function normal(
  mean: number | Tensor,
  std: number | Tensor,
  size?: Shape,
  options: TensorOptions = {},
): Tensor {
  const model = mean instanceof Tensor ? mean : std instanceof Tensor ? std : null
  const shape = size ?? model?.shape
  if (!shape) throw new TypeError('normal needs a size where mean and std are numbers.')
  const device = options.device ? deviceOf(options) : (model?.device ?? defaultDevice())
  const type = options.dtype ?? (model && like(model).dtype)
  return finish(
    inType(standardNormal(shape, device).mul(std).add(mean), type ? { dtype: type } : {}),
    options,
  )
}

/** The numbers from 0 to below n in any order, int32 [n]. Source: torch.randperm. */
export function randperm(n: number, options: TensorOptions = {}): Tensor {
  checkOptions('randperm', options)
  if (!Number.isInteger(n) || n < 0) throw new RangeError(`randperm needs a whole number from 0, not ${n}.`)
  const device = deviceOf(options)
  // In the order of 48 random bits, which hardly ever are the same: by the lower ones, then, keeping ties, by the upper ones.
  const key = (): Tensor => uniform01([n], device)
  const first = key().argsort()
  const order = first.gather(0, key().indexSelect(0, first).argsort({ stable: true }))
  return finish(order.to(options.dtype ?? 'int32'), options)
}

export interface MultinomialOptions {
  /** Whether a column may be drawn several times; false by default. */
  readonly replacement?: boolean
}

/**
 * `numSamples` columns of each row, int32, each as likely as its weight [columns] or [rows, columns] says. Weights need not add up to
 * 1. Errors: a RangeError for more samples than columns without replacement. Source: torch.multinomial.
 */
export function multinomial(
  weights: Tensor,
  numSamples: number,
  { replacement = false }: MultinomialOptions = {},
): Tensor {
  const columns = weights.shape.at(-1) ?? 0
  if (weights.ndim < 1 || weights.ndim > 2)
    throw new RangeError('multinomial takes weights [columns] or [rows, columns].')
  if (!Number.isInteger(numSamples) || numSamples < 1)
    throw new RangeError(`multinomial draws a whole number of samples from 1, not ${numSamples}.`)
  if (!replacement && numSamples > columns)
    throw new RangeError(`multinomial cannot draw ${numSamples} of ${columns} columns without replacement.`)
  const { device } = weights
  return noGrad(() => {
    // The earliest of exponential waiting times, as PyTorch has it: 1 − u is never 0.
    const wait = (shape: Shape): Tensor => uniform01(shape, device).neg().add(1).log().neg()
    const rate = weights.detach().to('float32')
    const times = (like: Tensor, shape: Shape): Tensor => like.eq(0).choose(Infinity, wait(shape).div(like))
    if (!replacement) return times(rate, weights.shape).argsort(-1).narrow(-1, 0, numSamples).to('int32')
    const shape = [...weights.shape.slice(0, -1), numSamples, columns]
    return times(rate.unsqueeze(-2).expand(shape), shape).argmin(-1).to('int32')
  })
}

const drawn: RandomMethods & ThisType<Tensor> = {
  normal_(mean = 0, std = 1) {
    return this.copy_(randn(this.shape, { device: this.device }).mul(std).add(mean))
  },
  uniform_(from = 0, to = 1) {
    return this.copy_(
      rand(this.shape, { device: this.device })
        .mul(to - from)
        .add(from),
    )
  },
  bernoulli_(p = 0.5) {
    const chances = p instanceof Tensor ? p.expand(this.shape) : this.newFull(this.shape, p, 'float32')
    return this.copy_(bernoulli(chances))
  },
  exponential_(rate = 1) {
    if (!(rate > 0)) throw new RangeError(`exponential_ needs a rate above 0, not ${rate}.`)
    return this.copy_(rand(this.shape, { device: this.device }).neg().log1p().div(-rate))
  },
  logNormal_(mean = 1, std = 2) {
    if (!(std > 0)) throw new RangeError(`logNormal_ needs a std above 0, not ${std}.`)
    if (!isFloating(this.dtype))
      throw new TypeError(`logNormal_ fills float32 and float16, not ${this.dtype}: use to('float32').`)
    return this.copy_(randn(this.shape, { device: this.device }).mul(std).add(mean).exp())
  },
  cauchy_(median = 0, sigma = 1) {
    if (!(sigma > 0)) throw new RangeError(`cauchy_ needs a sigma above 0, not ${sigma}.`)
    const turns = rand(this.shape, { device: this.device }).sub(0.5).mul(Math.PI)
    return this.copy_(turns.tan().mul(sigma).add(median))
  },
  geometric_(p: number) {
    if (!(p > 0 && p < 1)) throw new RangeError(`geometric_ needs a probability between 0 and 1, not ${p}.`)
    const tries = rand(this.shape, { device: this.device }).neg().log1p().div(Math.log1p(-p))
    return this.copy_(tries.ceil().clamp({ min: 1 }))
  },
  random_(from: number, to?: number) {
    const [least, end] = to === undefined ? [0, from] : [from, to]
    return this.copy_(randint(least, end, this.shape, { device: this.device }))
  },
}
for (const [name, value] of Object.entries(drawn))
  Object.defineProperty(Tensor.prototype, name, {
    value: value as unknown,
    writable: true,
    configurable: true,
  })
