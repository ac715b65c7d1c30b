/** What is done to gradients before a step, and to parameters, as in torch.nn.utils. */
import { readArguments, type Arguments } from '../tensor/arguments.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import { tensor } from '../tensor/creation.ts'
import { formatShape } from '../tensor/shape.ts'
import { cat, stack, Tensor } from '../tensor/tensor.ts'

type Parameters = Tensor | Iterable<Tensor>

const gradientsOf = (parameters: Parameters): Tensor[] =>
  (parameters instanceof Tensor ? [parameters] : [...parameters]).flatMap(({ grad }) => (grad ? [grad] : []))

interface ClipOptions {
  /** Of the norm: 2 by default, Infinity for the largest element. */
  readonly normType?: number
  /** Only false: the norm is known later. */
  readonly errorIfNonfinite?: boolean
}
const clipOrder = ['normType', 'errorIfNonfinite'] as const

/**
 * Scales the gradients of all parameters, in place, so that together they are at most `maxNorm` long; returns how long they
 * were, [] float32. Works inside captured steps. Errors: a RangeError
 * for a bound or a norm that is not above 0. Source: torch.nn.utils.clip_grad_norm_.
 */
export function clipGradNorm_(
  parameters: Parameters,
  maxNorm: number | Tensor,
  ...rest: Arguments<ClipOptions, typeof clipOrder>
): Tensor {
  const { normType = 2, errorIfNonfinite } = readArguments<ClipOptions>(
    { name: 'clipGradNorm_', positional: clipOrder },
    rest,
  )
  if (errorIfNonfinite)
    throw new TypeError(
      'clipGradNorm_ cannot wait for the norm: leave errorIfNonfinite out, and look at await norm.item().',
    )
  if (!(maxNorm instanceof Tensor) && !(maxNorm > 0))
    throw new RangeError(`maxNorm must be above 0, not ${String(maxNorm)}.`)
  if (!(normType > 0)) throw new RangeError(`normType must be above 0, not ${normType}.`)
  const gradients = gradientsOf(parameters)
  if (gradients.length === 0) return tensor(0)
  return noGrad(() => {
    const sizes = gradients.map((gradient) => gradient.abs())
    const together = (of: (size: Tensor) => Tensor): Tensor => stack(sizes.map(of))
    const norm =
      normType === Infinity
        ? together((size) => size.max()).max()
        : together((size) => size.pow(normType).sum())
            .sum()
            .pow(1 / normType)
    // PyTorch's own guard against a gradient of length 0.
    const scale = norm.add(1e-6).pow(-1).mul(maxNorm).clamp({ max: 1 })
    for (const gradient of gradients) gradient.mul_(scale)
    return norm
  })
}

/**
 * Brings every element of the gradients between −`clipValue` and `clipValue`, in place. Errors: a RangeError for a bound that is
 * not above 0. Source: torch.nn.utils.clip_grad_value_.
 */
export function clipGradValue_(parameters: Parameters, clipValue: number): void {
  if (!(clipValue > 0)) throw new RangeError(`clipValue must be above 0, not ${clipValue}.`)
  noGrad(() => {
    for (const gradient of gradientsOf(parameters)) gradient.clamp_({ min: -clipValue, max: clipValue })
  })
}

/** All parameters in one vector [n], one behind the other, each row by row. Source: torch.nn.utils.parameters_to_vector. */
export const parametersToVector = (parameters: Iterable<Tensor>): Tensor =>
  cat([...parameters].map((parameter) => parameter.reshape([-1])))

/** Gives parameters the values of such a vector. Errors: a RangeError for a vector of another length. Source: torch.nn.utils.vector_to_parameters. */
export function vectorToParameters(vector: Tensor, parameters: Iterable<Tensor>): void {
  const list = [...parameters]
  const size = list.reduce((sum, parameter) => sum + parameter.numel(), 0)
  if (vector.ndim !== 1 || vector.numel() !== size)
    throw new RangeError(
      `These parameters need a vector of ${size} numbers, not ${formatShape(vector.shape)}.`,
    )
  let from = 0
  noGrad(() => {
    for (const parameter of list) {
      const own = vector.narrow(0, from, parameter.numel())
      parameter.copy_(own.reshape(parameter.shape))
      from += parameter.numel()
    }
  })
}

export {
  removeSpectralNorm,
  removeWeightNorm,
  spectralNorm,
  weightNorm,
  type SpectralNormOptions,
} from './reparametrize.ts'
/** Sequences of different lengths beside each other, as in torch.nn.utils.rnn. */
export * as rnn from './sequences.ts'
