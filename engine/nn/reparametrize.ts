/**
 * Weights that are computed from others, as torch.nn.utils.weight_norm and spectral_norm. The field of the weight becomes one that
 * computes it whenever it is asked for; what is learned, and saved, are the parameters that it is computed from.
 */
import { noGrad } from '../tensor/grad-mode.ts'
import { randn } from '../tensor/random.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { HookHandle } from './hooks.ts'
import type { AnyModule } from './module.ts'
import { Parameter } from './parameter.ts'

/** Errors: an Error where the field holds no parameter, as where it is computed already. */
function weightOf(module: AnyModule, name: string): Tensor {
  const weight: unknown = Object.getOwnPropertyDescriptor(module, name)?.value
  if (weight instanceof Tensor && weight.isParameter) return weight
  throw new Error(`${module.constructor.name} has no parameter "${name}" to compute from others.`)
}

function compute(module: AnyModule, name: string, get: () => Tensor): void {
  Reflect.deleteProperty(module, name)
  Object.defineProperty(module, name, { get, enumerable: false, configurable: true })
}

/** A parameter again, of the value that was computed last. */
function settle(module: AnyModule, name: string, ...from: readonly string[]): void {
  const value = noGrad(() => (Reflect.get(module, name) as Tensor).detach().clone().realize())
  for (const field of [name, ...from]) Reflect.deleteProperty(module, field)
  module.registerParameter(name, new Parameter(value))
}

/** The length over all dimensions but one, which stays as it is for broadcasting; of everything for null. */
function lengthOf(v: Tensor, dim: number | null): Tensor {
  const others = v.shape.map((_, i) => i).filter((i) => dim === null || i !== (dim + v.ndim) % v.ndim)
  const squares = v.square()
  return (others.length === 0 ? squares : squares.sum(others, { keepdim: true })).sqrt()
}

/**
 * Learns a weight's direction `weight_v` and its length `weight_g` apart, one length for each index of `dim` (Salimans & Kingma 2016,
 * https://arxiv.org/abs/1602.07868). Make optimizers afterwards. Source: torch.nn.utils.weight_norm.
 */
export function weightNorm<M extends AnyModule>(module: M, name = 'weight', dim: number | null = 0): M {
  const weight = weightOf(module, name)
  const length = noGrad(() => lengthOf(weight.detach(), dim))
  const whole = dim === null ? length.reshape([]) : length
  Reflect.deleteProperty(module, name)
  const g = module.registerParameter(`${name}G`, new Parameter(whole))
  const v = module.registerParameter(`${name}V`, new Parameter(weight.detach().clone()))
  const ofNow = (field: string, first: Tensor): Tensor =>
    (Reflect.get(module, field) as Tensor | undefined) ?? first
  compute(module, name, () => {
    const direction = ofNow(`${name}V`, v)
    return direction.mul(ofNow(`${name}G`, g).div(lengthOf(direction, dim)))
  })
  return module
}

/** Makes it one parameter again. Source: torch.nn.utils.remove_weight_norm. */
export function removeWeightNorm<M extends AnyModule>(module: M, name = 'weight'): M {
  if (!(Reflect.get(module, `${name}G`) instanceof Tensor))
    throw new Error(`${module.constructor.name} has no weightNorm of "${name}".`)
  settle(module, name, `${name}G`, `${name}V`)
  return module
}

export interface SpectralNormOptions {
  /** Steps of the power iteration before each forward pass while training; 1 by default. */
  readonly nPowerIterations?: number
  /** Keeps lengths above 0; 1e-12 by default. */
  readonly eps?: number
  /** The dimension of the outputs; 0 by default, 1 for transposed convolutions. */
  readonly dim?: number
}

const iterations = new WeakMap<object, Map<string, HookHandle>>()

/**
 * Divides a weight by its largest singular value, which a power iteration follows while training (Miyato et al. 2018,
 * https://arxiv.org/abs/1802.05957). Learned is `weight_orig`. Make optimizers afterwards. Source: torch.nn.utils.spectral_norm.
 */
export function spectralNorm<M extends AnyModule>(
  module: M,
  name = 'weight',
  { nPowerIterations = 1, eps = 1e-12, dim }: SpectralNormOptions = {},
): M {
  const weight = weightOf(module, name)
  if (!(Number.isInteger(nPowerIterations) && nPowerIterations > 0))
    throw new RangeError(`nPowerIterations must be a whole number from 1, not ${nPowerIterations}.`)
  const outputs = dim ?? (module.constructor.name.startsWith('ConvTranspose') ? 1 : 0)
  const rows = weight.shape[outputs]!
  const { device } = weight
  const unit = (size: number): Tensor => noGrad(() => normalized(randn([size], { device }), eps).realize())
  Reflect.deleteProperty(module, name)
  const original = module.registerParameter(`${name}Orig`, new Parameter(weight.detach().clone()))
  const u = module.registerBuffer(`${name}U`, unit(rows))
  const v = module.registerBuffer(`${name}V`, unit(weight.numel() / rows))
  const field = <T extends Tensor>(suffix: string, first: T): Tensor =>
    (Reflect.get(module, `${name}${suffix}`) as Tensor | undefined) ?? first
  /** [outputs, all else]. */
  const matrix = (): Tensor => field('Orig', original).transpose(0, outputs).reshape([rows, -1])
  compute(module, name, () => {
    const sigma = field('U', u)
      .clone()
      .detach()
      .dot(matrix().mv(field('V', v).clone().detach()))
    return field('Orig', original).div(sigma)
  })
  const handle = module.registerForwardPreHook(() => {
    if (!module.training) return
    noGrad(() => {
      const flat = matrix().detach()
      for (let i = 0; i < nPowerIterations; i++) {
        field('V', v).copy_(normalized(flat.t().mv(field('U', u)), eps))
        field('U', u).copy_(normalized(flat.mv(field('V', v)), eps))
      }
    })
  })
  const known = iterations.get(module) ?? new Map<string, HookHandle>()
  iterations.set(module, known.set(name, handle))
  return module
}

const normalized = (vector: Tensor, eps: number): Tensor =>
  vector.div(vector.square().sum().sqrt().clamp({ min: eps }))

/** Makes it one parameter again. Source: torch.nn.utils.remove_spectral_norm. */
export function removeSpectralNorm<M extends AnyModule>(module: M, name = 'weight'): M {
  const handle = iterations.get(module)?.get(name)
  if (!handle) throw new Error(`${module.constructor.name} has no spectralNorm of "${name}".`)
  handle.remove()
  iterations.get(module)!.delete(name)
  settle(module, name, `${name}Orig`, `${name}U`, `${name}V`)
  return module
}
