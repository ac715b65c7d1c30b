import { noGrad } from '../../tensor/grad-mode.ts'
import { formatShape, sameShape, type Shape } from '../../tensor/shape.ts'
import type { Tensor } from '../../tensor/tensor.ts'

export interface BatchNormOptions {
  /** Per channel. */
  readonly weight?: Tensor | undefined
  readonly bias?: Tensor | undefined
  /** Measure the batch, and move the running statistics towards it. */
  readonly training?: boolean
  /** How far; 0.1 by default. */
  readonly momentum?: number
  /** Added to the variance; 1e-5 by default. */
  readonly eps?: number
}

/**
 * Normalises each channel of [N, C, …]: by the batch's own statistics while training, else by the running ones [C]
 * (Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167). Source: torch.nn.functional.batch_norm.
 */
export function batchNorm(
  input: Tensor,
  runningMean: Tensor,
  runningVar: Tensor,
  { weight, bias, training = false, momentum = 0.1, eps = 1e-5 }: BatchNormOptions = {},
): Tensor {
  const perChannel = (t: Tensor): Tensor => t.reshape([t.numel(), ...input.shape.slice(2).map(() => 1)])
  if (!training) {
    const scale = runningVar.add(eps).pow(-0.5)
    const whole = weight ? scale.mul(weight) : scale
    const shift = runningMean.neg().mul(whole)
    return input.mul(perChannel(whole)).add(perChannel(bias ? shift.add(bias) : shift))
  }
  const dims = input.shape.flatMap((_, i) => (i === 1 ? [] : [i]))
  const count = input.numel() / input.shape[1]!
  if (count < 2) {
    throw new RangeError(
      `Batch normalisation of ${formatShape(input.shape)} needs more than one value per channel while training.`,
    )
  }
  noGrad(() => {
    const measured = input.detach()
    const move = (running: Tensor, value: Tensor): Tensor =>
      running.copy_(running.mul(1 - momentum).add(value.mul(momentum)))
    move(runningMean, measured.mean(dims))
    // The running variance is the unbiased one, as in PyTorch.
    move(runningVar, measured.var(dims, { correction: 0 }).mul(count / (count - 1)))
  })
  const channels = runningMean.shape
  return input.batchNorm(weight ?? input.newFull(channels, 1), bias ?? input.newFull(channels, 0), eps)
}

/**
 * Normalises each of `groups` groups of channels of each sample of [N, C, …]; weight and bias [C]
 * (Wu & He 2018, https://arxiv.org/abs/1803.08494). Source: torch.nn.functional.group_norm.
 */
export function groupNorm(
  input: Tensor,
  groups: number,
  { weight, bias, eps = 1e-5 }: Pick<BatchNormOptions, 'weight' | 'bias' | 'eps'> = {},
): Tensor {
  const [n = 0, channels = 0] = input.shape
  if (input.ndim < 2 || channels % groups !== 0)
    throw new RangeError(`The channels of ${formatShape(input.shape)} do not divide into ${groups} groups.`)
  const grouped = input.reshape([n, groups, input.numel() / n / groups])
  const perChannel = (t: Tensor): Tensor => t.reshape([channels, ...input.shape.slice(2).map(() => 1)])
  const normalised = grouped.standardize(2, eps).reshape(input.shape)
  return affine(normalised, weight && perChannel(weight), bias && perChannel(bias))
}

/**
 * Normalises each row over its last dimensions, those of `normalizedShape`; weight and bias have that shape
 * (Ba et al. 2016, https://arxiv.org/abs/1607.06450). Source: torch.nn.functional.layer_norm.
 */
export function layerNorm(
  input: Tensor,
  normalizedShape: Shape,
  { weight, bias, eps = 1e-5 }: Pick<BatchNormOptions, 'weight' | 'bias' | 'eps'> = {},
): Tensor {
  const first = input.ndim - normalizedShape.length
  if (!sameShape(input.shape.slice(Math.max(first, 0)), normalizedShape)) {
    throw new RangeError(
      `layerNorm: an input of ${formatShape(input.shape)} must end in the dimensions ${formatShape(normalizedShape)}.`,
    )
  }
  const dims = normalizedShape.map((_, i) => first + i)
  return affine(input.standardize(dims, eps), weight, bias)
}

function affine(x: Tensor, weight: Tensor | undefined, bias: Tensor | undefined): Tensor {
  const scaled = weight ? x.mul(weight) : x
  return bias ? scaled.add(bias) : scaled
}
