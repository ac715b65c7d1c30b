/**
 * Weights that are computed from others, as torch.nn.utils.weight_norm and spectral_norm. The field of the weight becomes one that
 * computes it whenever it is asked for; what is learned, and saved, are the parameters that it is computed from.
 */
import { noGrad } from '../tensor/grad-mode.ts'
import { randn } from '../tensor/random.ts'
import { Tensor } from '../tensor/tensor.ts'
import { onCopy } from './deep-copy.ts'
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
  onCopy(module, name, null)
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
  module.registerParameter(`${name}G`, new Parameter(whole))
  module.registerParameter(`${name}V`, new Parameter(weight.detach().clone()))
  computeFromLength(module, name, dim)
  return module
}

/** The parameters are there. */
function computeFromLength(module: AnyModule, name: string, dim: number | null): void {
  const length = fieldOf(module, `${name}G`)
  const direction = fieldOf(module, `${name}V`)
  compute(module, name, () => {
    const now = direction()
    return now.mul(length().div(lengthOf(now, dim)))
  })
  onCopy(module, name, (copy) => computeFromLength(copy, name, dim))
}

/** The field as it is now, or else as it was. */
function fieldOf(module: AnyModule, field: string): () => Tensor {
  const first = Reflect.get(module, field) as Tensor
  return () => (Reflect.get(module, field) as Tensor | undefined) ?? first
}

/**
 * Makes the weight one parameter again, with the value that it has. Errors: an Error for a module that has no weightNorm of this name.
 * Source: torch.nn.utils.remove_weight_norm.
 */
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
  module.registerParameter(`${name}Orig`, new Parameter(weight.detach().clone()))
  module.registerBuffer(`${name}U`, unit(rows))
  module.registerBuffer(`${name}V`, unit(weight.numel() / rows))
  computeFromLargest(module, name, { nPowerIterations, eps, dim: outputs })
  return module
}

/** The parameter and both vectors are there. */
function computeFromLargest(
  module: AnyModule,
  name: string,
  { nPowerIterations, eps, dim }: Required<SpectralNormOptions>,
): void {
  const original = fieldOf(module, `${name}Orig`)
  const left = fieldOf(module, `${name}U`)
  const right = fieldOf(module, `${name}V`)
  /** [outputs, all else]. */
  const matrix = (): Tensor => {
    const whole = original()
    return whole.transpose(0, dim).reshape([whole.shape[dim]!, -1])
  }
  compute(module, name, () => {
    const sigma = left().clone().detach().dot(matrix().mv(right().clone().detach()))
    return original().div(sigma)
  })
  const handle = module.registerForwardPreHook(() => {
    if (!module.training) return
    noGrad(() => {
      const flat = matrix().detach()
      for (let i = 0; i < nPowerIterations; i++) {
        right().copy_(normalized(flat.t().mv(left()), eps))
        left().copy_(normalized(flat.mv(right()), eps))
      }
    })
  })
  const known = iterations.get(module) ?? new Map<string, HookHandle>()
  iterations.set(module, known.set(name, handle))
  onCopy(module, name, (copy) => computeFromLargest(copy, name, { nPowerIterations, eps, dim }))
}

const normalized = (vector: Tensor, eps: number): Tensor =>
  vector.div(vector.square().sum().sqrt().clamp({ min: eps }))

/**
 * Makes the weight one parameter again, with the value that it has. Errors: an Error for a module that has no spectralNorm of this name.
 * Source: torch.nn.utils.remove_spectral_norm.
 */
export function removeSpectralNorm<M extends AnyModule>(module: M, name = 'weight'): M {
  const handle = iterations.get(module)?.get(name)
  if (!handle) throw new Error(`${module.constructor.name} has no spectralNorm of "${name}".`)
  handle.remove()
  iterations.get(module)!.delete(name)
  settle(module, name, `${name}Orig`, `${name}U`, `${name}V`)
  return module
}
