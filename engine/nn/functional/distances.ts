/** Losses that compare element by element or row by row. `reduction`: their mean (default), their sum, or each. */
import { defineFunction, defineWithOptions } from '../../functions/define.ts'
import { broadcast } from '../../functions/operands.ts'
import { positive, signed } from '../../functions/samples.ts'
import { integers, uniform, values } from '../../ops/samples.ts'
import { formatShape } from '../../tensor/shape.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { logsigmoid } from './activation.ts'
import { meanOf, reduced, reductions, requireAlike, type Reduced, type Reduction } from './reduced.ts'
import { oneOf } from '../checks.ts'
import { place } from './place.ts'

const simple = { ...place, positional: [], named: ['reduction'] } as const
const other = uniform([3, 4], -1, 1)
const reducedSamples = [
  [signed, other],
  [signed, other, { reduction: 'sum' }],
  [signed, other, { reduction: 'none' }],
] as const
const signs = values([3, 4], [1, -1, 1, 1, -1, -1, 1, -1, 1, -1, -1, 1], 'int32')

/**
 * Absolute difference, in the inputs' unit: its mean, sum, or each, of input and target of one shape. Errors: a RangeError for two, and
 * for another reduction. Source: torch.nn.functional.l1_loss.
 */
export const l1Loss = defineWithOptions({
  name: 'l1Loss',
  ...simple,
  call(input: Tensor, target: Tensor, options: Reduced): Tensor {
    requireAlike('l1Loss', input, target)
    return reduced(input.sub(target).abs(), options)
  },
  samples: reducedSamples,
})

/**
 * Half the square of small differences, the rest of large ones straight on: beta is where they meet. Errors: a RangeError for an input and a
 * target of two shapes. Source: torch.nn.functional.smooth_l1_loss.
 */
export const smoothL1Loss = defineWithOptions({
  name: 'smoothL1Loss',
  ...place,
  positional: [],
  named: ['reduction', 'beta'],
  call(input: Tensor, target: Tensor, { beta = 1, ...rest }: Reduced & { readonly beta?: number }): Tensor {
    requireAlike('smoothL1Loss', input, target)
    if (beta === 0) return l1Loss(input, target, rest)
    const size = input.sub(target).abs()
    const small = size.square().mul(0.5 / beta)
    return reduced(size.lt(beta).choose(small, size.sub(0.5 * beta)), rest)
  },
  samples: [...reducedSamples, [signed, other, { beta: 0.5 }]],
})

/**
 * As smoothL1Loss times delta (Huber 1964, https://doi.org/10.1214/aoms/1177703732). Errors: a RangeError for a delta that is not above 0, and
 * for an input and a target of two shapes. Source: torch.nn.functional.huber_loss.
 */
export const huberLoss = defineWithOptions({
  name: 'huberLoss',
  ...place,
  positional: ['reduction', 'delta'],
  call(input: Tensor, target: Tensor, { delta = 1, ...rest }: Reduced & { readonly delta?: number }): Tensor {
    if (!(delta > 0)) throw new RangeError(`huberLoss: delta must be above 0, not ${String(delta)}.`)
    requireAlike('huberLoss', input, target)
    const size = input.sub(target).abs()
    const small = size.square().mul(0.5)
    if (delta === Infinity) return reduced(small, rest)
    return reduced(size.le(delta).choose(small, size.sub(0.5 * delta).mul(delta)), rest)
  },
  samples: [
    [signed, other],
    [signed, other, 'sum', 0.5],
  ],
})

interface Weighted extends Reduced {
  /** By which each element counts. */
  readonly weight?: Tensor
}

/** −(target · ln p + (1 − target) · ln(1 − p)) in nats, each logarithm at least −100; input and target of one shape. Errors: a RangeError for two. Source: torch.nn.functional.binary_cross_entropy. */
export const binaryCrossEntropy = defineWithOptions({
  name: 'binaryCrossEntropy',
  ...place,
  positional: ['weight'],
  named: ['reduction'],
  call(input: Tensor, target: Tensor, { weight, ...rest }: Weighted): Tensor {
    requireAlike('binaryCrossEntropy', input, target)
    const log = (p: Tensor): Tensor => p.log().clamp({ min: -100 })
    const miss = target
      .neg()
      .add(1)
      .mul(log(input.neg().add(1)))
    const losses = target.mul(log(input)).add(miss).neg()
    return reduced(weight ? losses.mul(weight) : losses, rest)
  },
  samples: [
    [uniform([3, 4], 0.05, 0.95), integers([3, 4], 0, 2)].map((s) => ({ ...s, dtype: 'float32' as const })),
  ],
})

/** As binaryCrossEntropy of sigmoid(input), without overflow; posWeight multiplies what is true. Errors: a RangeError where the shapes of input and target differ. Source: torch.nn.functional.binary_cross_entropy_with_logits. */
export const binaryCrossEntropyWithLogits = defineWithOptions({
  name: 'binaryCrossEntropyWithLogits',
  ...place,
  positional: ['weight'],
  named: ['reduction', 'posWeight'],
  call(
    input: Tensor,
    target: Tensor,
    { weight, posWeight, ...rest }: Weighted & { readonly posWeight?: Tensor },
  ): Tensor {
    requireAlike('binaryCrossEntropyWithLogits', input, target)
    const hit = target.mul(logsigmoid(input))
    const miss = target.neg().add(1).mul(logsigmoid(input.neg()))
    const losses = (posWeight ? hit.mul(posWeight) : hit).add(miss).neg()
    return reduced(weight ? losses.mul(weight) : losses, rest)
  },
  samples: [
    [signed, uniform([3, 4], 0, 1)],
    [signed, uniform([3, 4], 0, 1), { reduction: 'sum' }],
  ],
})

/**
 * target · (ln target − input) of log-probabilities, in nats: the mean, sum, or each; 'batchmean' divides by the rows (Kullback & Leibler
 * 1951). Errors: a RangeError for shapes that do not broadcast, and for another reduction. Source: torch.nn.functional.kl_div.
 */
export const klDiv = defineWithOptions({
  name: 'klDiv',
  ...place,
  positional: [],
  named: ['reduction', 'logTarget'],
  call(
    input: Tensor,
    target: Tensor,
    {
      reduction = 'mean',
      logTarget = false,
    }: { readonly reduction?: Reduction | 'batchmean'; readonly logTarget?: boolean },
  ): Tensor {
    const losses = logTarget
      ? target.exp().mul(target.sub(input))
      : target.xlogy(target).sub(target.mul(input))
    if (reduction === 'batchmean') return losses.sum().div(input.shape[0] ?? 1)
    return reduced(losses, { reduction })
  },
  samples: [
    [signed, uniform([3, 4], 0.1, 1)],
    [signed, uniform([3, 4], 0.1, 1), { reduction: 'batchmean' }],
    [signed, other, { logTarget: true, reduction: 'sum' }],
  ],
})

/**
 * Where the target is 1 the input, where it is −1 what margin, 1 by default, exceeds it by: the mean, sum, or each. Errors: a RangeError
 * for shapes that do not broadcast. Source: torch.nn.functional.hinge_embedding_loss.
 */
export const hingeEmbeddingLoss = defineWithOptions({
  name: 'hingeEmbeddingLoss',
  ...place,
  positional: ['margin'],
  named: ['reduction'],
  call(
    input: Tensor,
    target: Tensor,
    { margin = 1, ...rest }: Reduced & { readonly margin?: number },
  ): Tensor {
    const far = target.ne(1).choose(input.neg().add(margin).relu(), 0)
    return reduced(far.add(target.ne(-1).choose(input, 0)), rest)
  },
  samples: [
    [signed, signs],
    [signed, signs, 0.5],
  ],
})

/**
 * max(0, −target · (input1 − input2) + margin) of targets −1 and 1, which say whether the first or the second is to be greater: the mean,
 * sum, or each. Errors: a RangeError for shapes that do not broadcast. Source: torch.nn.functional.margin_ranking_loss.
 */
export const marginRankingLoss = defineWithOptions({
  name: 'marginRankingLoss',
  ...place,
  positional: ['margin'],
  named: ['reduction'],
  call: (
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    { margin = 0, ...rest }: Reduced & { readonly margin?: number },
  ): Tensor => reduced(target.neg().mul(input1.sub(input2)).add(margin).relu(), rest),
  samples: [
    [signed, other, signs],
    [signed, other, signs, 0.5],
  ],
})

/**
 * ln(1 + exp(−target · input)) of targets −1 and 1: the mean, sum, or each. Errors: a RangeError for shapes that do not broadcast, and
 * for another reduction. Source: torch.nn.functional.soft_margin_loss.
 */
export const softMarginLoss = defineWithOptions({
  name: 'softMarginLoss',
  ...simple,
  call: (input: Tensor, target: Tensor, options: Reduced): Tensor =>
    reduced(logsigmoid(target.mul(input)).neg(), options),
  samples: [[signed, signs]],
})

/** The negative logarithm of a normal distribution, but for its constant unless `full`; var is at least eps. Source: torch.nn.functional.gaussian_nll_loss. */
export const gaussianNllLoss = defineWithOptions({
  name: 'gaussianNllLoss',
  ...place,
  positional: ['full', 'eps', 'reduction'],
  call(
    input: Tensor,
    target: Tensor,
    variance: Tensor,
    { full = false, eps = 1e-6, ...rest }: Reduced & { readonly full?: boolean; readonly eps?: number },
  ): Tensor {
    const lead = variance.ndim === input.ndim - 1 ? variance.unsqueeze(-1) : variance
    const size = lead.add(lead.detach().clamp({ min: eps }).sub(lead.detach()))
    const losses = size.log().add(input.sub(target).square().div(size)).mul(0.5)
    return reduced(full ? losses.add(0.5 * Math.log(2 * Math.PI)) : losses, rest)
  },
  samples: [
    [signed, other, positive],
    [signed, other, positive, true],
    [signed, other, uniform([3, 1], 0.5, 2)],
  ],
})

/** e^input − target · input, or of the rate itself with logInput false; `full` adds Stirling's term. Source: torch.nn.functional.poisson_nll_loss. */
export const poissonNllLoss = defineWithOptions({
  name: 'poissonNllLoss',
  ...place,
  positional: ['logInput', 'full'],
  named: ['eps', 'reduction'],
  call(
    input: Tensor,
    target: Tensor,
    {
      logInput = true,
      full = false,
      eps = 1e-8,
      ...rest
    }: Reduced & { readonly logInput?: boolean; readonly full?: boolean; readonly eps?: number },
  ): Tensor {
    const losses = logInput ? input.exp().sub(target.mul(input)) : input.sub(target.mul(input.add(eps).log()))
    if (!full) return reduced(losses, rest)
    const isLarge = target.gt(1)
    const t = isLarge.choose(target, 1)
    const stirling = t
      .mul(t.log())
      .sub(t)
      .add(
        t
          .mul(2 * Math.PI)
          .log()
          .mul(0.5),
      )
    return reduced(losses.add(isLarge.choose(stirling, 0)), rest)
  },
  samples: [
    [signed, uniform([3, 4], 0, 4)],
    [positive, uniform([3, 4], 0, 4), false, true],
  ],
})

/** −input[…target…] of log-probabilities [rows, classes, …] against int32 classes [rows, …]; a mean divides by the weights' sum. Source: torch.nn.functional.nll_loss. */
export const nllLoss = defineWithOptions({
  name: 'nllLoss',
  ...place,
  positional: ['weight'],
  named: ['ignoreIndex', 'reduction'],
  call(
    input: Tensor,
    target: Tensor,
    { weight, ignoreIndex = -100, reduction = 'mean' }: Weighted & { readonly ignoreIndex?: number },
  ): Tensor {
    oneOf('reduction', reduction, reductions)
    if (input.ndim === 0) throw new RangeError('nllLoss needs at least one dimension of classes.')
    const dim = input.ndim === 1 ? 0 : 1
    const counts = target.ne(ignoreIndex)
    const classes = counts.choose(target, 0)
    const each = weight
      ? weight.indexSelect(0, classes.reshape([-1])).reshape(target.shape)
      : input.newFull(target.shape, 1)
    const shares = counts.choose(each, 0)
    const losses = input.gather(dim, classes.unsqueeze(dim)).squeeze(dim).neg().mul(shares)
    if (reduction === 'mean') return meanOf(losses, shares)
    return reduction === 'sum' ? losses.sum() : losses
  },
  samples: [
    [signed, integers([3], 0, 4)],
    [uniform([2, 3, 4]), integers([2, 4], 0, 3), { ignoreIndex: 1, reduction: 'sum' }],
    [uniform([4]), integers([], 0, 4)],
  ],
})

interface Distance {
  readonly p?: number
  readonly eps?: number
  readonly keepdim?: boolean
}

/** (Σ|x|^p)^(1/p) along the last dimension, whose slope at 0 is 0. */
function length(x: Tensor, p: number, dim: number, keepdim: boolean): Tensor {
  const size = x.abs()
  if (p === 1) return size.sum(dim, keepdim)
  if (p === Infinity) return size.amax(dim, keepdim)
  const total = (p === 2 ? x.square() : size.pow(p)).sum(dim, keepdim)
  const isZero = total.eq(0)
  return isZero.choose(0, isZero.choose(1, total).pow(1 / p))
}

/**
 * ‖x1 − x2 + eps‖ₚ along the last dimension of [.., d], which goes unless `keepdim`; the others broadcast. Errors: a RangeError where
 * they do not. Source: torch.nn.functional.pairwise_distance.
 */
export const pairwiseDistance = defineWithOptions({
  name: 'pairwiseDistance',
  ...place,
  positional: ['p', 'eps', 'keepdim'],
  call: (x1: Tensor, x2: Tensor, { p = 2, eps = 1e-6, keepdim = false }: Distance): Tensor =>
    length(x1.sub(x2).add(eps), p, -1, keepdim),
  samples: [
    [signed, other],
    [signed, other, 1, 1e-6, true],
    [signed, other, 3],
  ],
})

/**
 * x1·x2 / (‖x1‖·‖x2‖) along `dim`, 1 by default, which goes; each length at least eps, so that of zeros it is 0. Shapes broadcast.
 * Errors: a RangeError where they do not, and for a dimension that is none. Source: torch.nn.functional.cosine_similarity.
 */
export const cosineSimilarity = defineWithOptions({
  name: 'cosineSimilarity',
  ...place,
  positional: ['dim', 'eps'],
  call(
    x1: Tensor,
    x2: Tensor,
    { dim = 1, eps = 1e-8 }: { readonly dim?: number; readonly eps?: number },
  ): Tensor {
    const [a, b] = broadcast('cosineSimilarity', x1, x2) as [Tensor, Tensor]
    const size = (x: Tensor): Tensor => length(x, 2, dim, true).clamp({ min: eps })
    return a
      .div(size(a))
      .mul(b.div(size(b)))
      .sum(dim)
  },
  samples: [
    [signed, other],
    [signed, other, 0],
    [uniform([1, 4]), signed, -2],
  ],
})

/**
 * x / max(‖x‖ₚ, eps) along `dim`, 1 by default: of length 1, in x's shape. Errors: a RangeError for a dimension that is none. Source:
 * torch.nn.functional.normalize.
 */
export const normalize = defineWithOptions({
  name: 'normalize',
  ...place,
  positional: ['p', 'dim', 'eps'],
  call: (
    input: Tensor,
    { p = 2, dim = 1, eps = 1e-12 }: { readonly p?: number; readonly dim?: number; readonly eps?: number },
  ): Tensor => input.div(length(input, p, dim, true).clamp({ min: eps })),
  samples: [[signed], [signed, 1, 0]],
})

/** 1 − cosine where the target is 1, what the cosine exceeds margin by where it is −1. Source: torch.nn.functional.cosine_embedding_loss. */
export const cosineEmbeddingLoss = defineWithOptions({
  name: 'cosineEmbeddingLoss',
  ...place,
  positional: ['margin'],
  named: ['reduction'],
  call(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    { margin = 0, ...rest }: Reduced & { readonly margin?: number },
  ): Tensor {
    const tiny = 1e-12
    const size = (x: Tensor): Tensor => x.square().sum(-1).add(tiny)
    const cosine = input1
      .mul(input2)
      .sum(-1)
      .div(size(input1).mul(size(input2)).sqrt())
    const near = target.eq(1).choose(cosine.neg().add(1), 0)
    return reduced(near.add(target.eq(-1).choose(cosine.sub(margin).relu(), 0)), rest)
  },
  samples: [
    [signed, other, values([3], [1, -1, 1], 'int32')],
    [signed, other, values([3], [1, -1, -1], 'int32'), -0.5],
  ],
})

/** max(0, ‖anchor − positive‖ − ‖anchor − negative‖ + margin); `swap`: of the two distances to negative the smaller. Source: torch.nn.functional.triplet_margin_loss. */
export const tripletMarginLoss = defineWithOptions({
  name: 'tripletMarginLoss',
  ...place,
  positional: ['margin', 'p', 'eps', 'swap'],
  named: ['reduction'],
  call(
    anchor: Tensor,
    near: Tensor,
    far: Tensor,
    {
      margin = 1,
      p = 2,
      eps = 1e-6,
      swap = false,
      ...rest
    }: Reduced & {
      readonly margin?: number
      readonly p?: number
      readonly eps?: number
      readonly swap?: boolean
    },
  ): Tensor {
    const distance = (a: Tensor, b: Tensor): Tensor => pairwiseDistance(a, b, p, eps)
    const away = distance(anchor, far)
    const least = swap ? away.minimum(distance(near, far)) : away
    return reduced(distance(anchor, near).sub(least).add(margin).relu(), rest)
  },
  samples: [
    [signed, other, uniform([3, 4], -2, 1)],
    [signed, other, uniform([3, 4], -2, 1), 2, 1, 1e-6, true],
  ],
})

/** Channels in groups of factor² as squares of pixels: [.., C·r², H, W] to [.., C, H·r, W·r] (Shi et al. 2016, https://arxiv.org/abs/1609.05158). Source: torch.nn.functional.pixel_shuffle. */
export const pixelShuffle = defineFunction({
  name: 'pixelShuffle',
  ...place,
  call(input: Tensor, upscaleFactor: number): Tensor {
    const r = upscaleFactor
    const [channels = 0, height = 0, width = 0] = input.shape.slice(-3)
    const lead = input.shape.slice(0, -3)
    if (input.ndim < 3 || !Number.isInteger(r) || r < 1 || channels % (r * r) !== 0)
      throw new RangeError(`pixelShuffle: ${formatShape(input.shape)} has no channels in groups of ${r}².`)
    const n = lead.length
    const axes = lead.map((_, i) => i)
    return input
      .reshape([...lead, channels / (r * r), r, r, height, width])
      .permute([...axes, n, n + 3, n + 1, n + 4, n + 2])
      .reshape([...lead, channels / (r * r), height * r, width * r])
  },
  samples: [[uniform([2, 8, 2, 3]), 2]],
})

/**
 * The way back from pixelShuffle: [.., C, H·r, W·r] to [.., C·r², H, W]. Errors: a RangeError for images that have no whole squares of r
 * × r pixels. Source: torch.nn.functional.pixel_unshuffle.
 */
export const pixelUnshuffle = defineFunction({
  name: 'pixelUnshuffle',
  ...place,
  call(input: Tensor, downscaleFactor: number): Tensor {
    const r = downscaleFactor
    const [channels = 0, height = 0, width = 0] = input.shape.slice(-3)
    const lead = input.shape.slice(0, -3)
    if (input.ndim < 3 || !Number.isInteger(r) || r < 1 || height % r !== 0 || width % r !== 0)
      throw new RangeError(
        `pixelUnshuffle: ${formatShape(input.shape)} has no squares of ${r} × ${r} pixels.`,
      )
    const n = lead.length
    const axes = lead.map((_, i) => i)
    return input
      .reshape([...lead, channels, height / r, r, width / r, r])
      .permute([...axes, n, n + 2, n + 4, n + 1, n + 3])
      .reshape([...lead, channels * r * r, height / r, width / r])
  },
  samples: [[uniform([2, 2, 4, 6]), 2]],
})
