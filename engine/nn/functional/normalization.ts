import { defineWithOptions } from '../../functions/define.ts'
import { uniform } from '../../ops/samples.ts'
import { noGrad } from '../../tensor/grad-mode.ts'
import { formatShape, sameShape, type Shape } from '../../tensor/shape.ts'
import * as ops from '../../ops/index.ts'
import { apply, type Tensor } from '../../tensor/tensor.ts'
import { place } from './place.ts'

interface AffineOptions {
  /** Multiplies what was normalised. */
  readonly weight?: Tensor | undefined
  /** Is added to it. */
  readonly bias?: Tensor | undefined
  /** Added to the variance; 1e-5 by default. */
  readonly eps?: number
}

interface BatchNormOptions extends AffineOptions {
  /** Measure the batch, and move the running statistics towards it. */
  readonly training?: boolean
  /** How far, as a number or a tensor of one; 0.1 by default. */
  readonly momentum?: number | Tensor
}

const affineOrder = ['weight', 'bias', 'eps'] as const

/**
 * Normalises each channel of [N, C, …]: by the batch's own statistics while training, else by the running ones [C], which
 * may be null while training (Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167). Source: torch.nn.functional.batch_norm.
 */
export const batchNorm = defineWithOptions({
  name: 'batchNorm',
  ...place,
  positional: ['weight', 'bias', 'training', 'momentum', 'eps'],
  call(
    input: Tensor,
    runningMean: Tensor | null | undefined,
    runningVar: Tensor | null | undefined,
    options: BatchNormOptions,
  ): Tensor {
    const { weight, bias, training = false, momentum = 0.1, eps = 1e-5 } = options
    const perChannel = (t: Tensor): Tensor => t.reshape([t.numel(), ...input.shape.slice(2).map(() => 1)])
    // Of no elements there are no statistics.
    if (input.numel() === 0)
      return affine(input.clone(), weight && perChannel(weight), bias && perChannel(bias))
    if (!training) {
      if (!runningMean || !runningVar)
        throw new Error('batchNorm needs running statistics where it does not measure the batch.')
      const scale = runningVar.add(eps).pow(-0.5)
      const whole = weight ? scale.mul(weight) : scale
      const shift = runningMean.neg().mul(whole)
      return input.mul(perChannel(whole)).add(perChannel(bias ? shift.add(bias) : shift))
    }
    const dims = input.shape.flatMap((_, i) => (i === 1 ? [] : [i]))
    const channels = input.shape[1]!
    const count = input.numel() / channels
    if (count < 2) {
      throw new RangeError(
        `Batch normalisation of ${formatShape(input.shape)} needs more than one value per channel while training.`,
      )
    }
    if (runningMean && runningVar) {
      noGrad(() => {
        const measured = input.detach()
        const kept = typeof momentum === 'number' ? 1 - momentum : momentum.neg().add(1)
        const move = (running: Tensor, value: Tensor): Tensor =>
          running.copy_(running.mul(kept).add(value.mul(momentum)))
        move(runningMean, measured.mean(dims))
        // The running variance is the unbiased one, as in PyTorch.
        move(runningVar, measured.var(dims, { correction: 0 }).mul(count / (count - 1)))
      })
    }
    return apply(
      ops.batchNorm,
      [input, weight ?? input.newFull([channels], 1), bias ?? input.newFull([channels], 0)],
      { eps },
    )
  },
  samples: [
    [uniform([5, 4]), null, null, uniform([4]), uniform([4], -1, 1), true],
    [uniform([2, 3, 2]), null, null, { training: true, eps: 1e-3 }],
    [uniform([1, 2, 3, 2]), null, null, uniform([2]), null, true, 0.2],
  ],
})

/**
 * Normalises each of `groups` groups of channels of each sample of [N, C, …]; weight and bias [C]
 * (Wu & He 2018, https://arxiv.org/abs/1803.08494). Source: torch.nn.functional.group_norm.
 */
export const groupNorm = defineWithOptions({
  name: 'groupNorm',
  ...place,
  positional: affineOrder,
  call(input: Tensor, groups: number, { weight, bias, eps = 1e-5 }: AffineOptions): Tensor {
    const [n = 0, channels = 0] = input.shape
    if (input.ndim < 2 || channels % groups !== 0)
      throw new RangeError(`The channels of ${formatShape(input.shape)} do not divide into ${groups} groups.`)
    const size = input.shape.slice(2).reduce((a, b) => a * b, channels / groups)
    const grouped = input.reshape([n, groups, size])
    const perChannel = (t: Tensor): Tensor => t.reshape([channels, ...input.shape.slice(2).map(() => 1)])
    const normalised = apply(ops.standardize, [grouped], { dims: [2], eps }).reshape(input.shape)
    return affine(normalised, weight && perChannel(weight), bias && perChannel(bias))
  },
  samples: [
    [uniform([2, 6, 3]), 2, uniform([6]), uniform([6], -1, 1)],
    [uniform([1, 4, 2, 2]), 4],
    [uniform([3, 4]), 1, { eps: 1e-3 }],
  ],
})

/**
 * Normalises each row over its last dimensions, those of `normalizedShape`; weight and bias have that shape
 * (Ba et al. 2016, https://arxiv.org/abs/1607.06450). Source: torch.nn.functional.layer_norm.
 */
export const layerNorm = defineWithOptions({
  name: 'layerNorm',
  ...place,
  positional: affineOrder,
  call(input: Tensor, normalizedShape: Shape, { weight, bias, eps = 1e-5 }: AffineOptions): Tensor {
    const dims = lastDims('layerNorm', input, normalizedShape)
    return affine(apply(ops.standardize, [input], { dims, eps }), weight, bias)
  },
  samples: [
    [uniform([2, 5]), [5], uniform([5]), uniform([5], -1, 1)],
    [uniform([2, 3, 4]), [3, 4], { eps: 1e-3 }],
    [uniform([4]), [4], uniform([4], -1, 1)],
  ],
})

/** What is added to the mean square where nothing else is named: the step of float32 at 1. */
const float32Step = 2 ** -23

/**
 * Divides each row by the root of its mean square over its last dimensions, those of `normalizedShape`; nothing is taken from it, so
 * that there is no mean to find. weight has that shape; eps is 2⁻²³ by default.
 * Errors: a RangeError for an input that does not end in these dimensions.
 * Source: torch.nn.functional.rms_norm, of PyTorch 2.4 and later (Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467).
 */
export const rmsNorm = defineWithOptions({
  name: 'rmsNorm',
  ...place,
  positional: ['weight', 'eps'],
  python:
    'lambda x, shape, weight=None, eps=None: x * torch.rsqrt(x.pow(2).mean(tuple(range(-len(shape), 0)), keepdim=True) + (2 ** -23 if eps is None else eps)) * (1 if weight is None else weight)',
  call(
    input: Tensor,
    normalizedShape: Shape,
    { weight, eps }: { readonly weight?: Tensor | null; readonly eps?: number | null },
  ): Tensor {
    const dims = lastDims('rmsNorm', input, normalizedShape)
    const square = input.square().mean(dims, { keepdim: true })
    return affine(input.mul(square.add(eps ?? float32Step).rsqrt()), weight ?? undefined, undefined)
  },
  samples: [
    [uniform([2, 5]), [5], uniform([5])],
    [uniform([2, 3, 4]), [3, 4], { eps: 1e-3 }],
    [uniform([4]), [4], null, 1e-5],
  ],
})

/** The dimensions that an input ends in, by number. */
function lastDims(name: string, input: Tensor, normalizedShape: Shape): number[] {
  const first = input.ndim - normalizedShape.length
  if (!sameShape(input.shape.slice(Math.max(first, 0)), normalizedShape)) {
    throw new RangeError(
      `${name}: an input of ${formatShape(input.shape)} must end in the dimensions ${formatShape(normalizedShape)}.`,
    )
  }
  return normalizedShape.map((_, i) => first + i)
}

function affine(x: Tensor, weight: Tensor | undefined, bias: Tensor | undefined): Tensor {
  const scaled = weight ? x.mul(weight) : x
  return bias ? scaled.add(bias) : scaled
}
