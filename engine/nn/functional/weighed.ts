/** Losses that PyTorch has no name for, and weights of single samples for all of them. */
import { defineWithOptions } from '../../functions/define.ts'
import { integers, uniform, values } from '../../ops/samples.ts'
import { formatShape } from '../../tensor/shape.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { numberWithin, oneOf } from '../checks.ts'
import { crossEntropy } from './losses.ts'
import { place } from './place.ts'
import { reduced, reductions, requireAlike, type Reduced } from './reduced.ts'

const inPython = (losses: string): string =>
  `(lambda l: l.mean() if reduction == "mean" else l.sum() if reduction == "sum" else l)(${losses})`
const scores = uniform([5, 4])
const classes = integers([5], 0, 4)
const numbers = uniform([3, 4])
const others = uniform([3, 4], -1, 1)

export interface FocalOptions extends Reduced {
  /** How much less rows count that are right already; 2 by default, 0 is cross-entropy. */
  readonly gamma?: number
  /** [classes], by which each row counts. */
  readonly weight?: Tensor
}

/**
 * Cross-entropy in nats, times (1 − p)^γ for the probability p of the true class, so that rows that are hard count more: of scores
 * [rows, classes] against class indices [rows] (int32). Source: Lin et al. 2017, https://arxiv.org/abs/1708.02002.
 */
export const focalLoss = defineWithOptions({
  name: 'focalLoss',
  ...place,
  positional: ['gamma', 'weight'],
  named: ['reduction'],
  python: `lambda x, t, gamma=2, weight=None, reduction="mean": ${inPython('(1 - (-torch.nn.functional.cross_entropy(x, t.long(), reduction="none")).exp()) ** gamma * torch.nn.functional.cross_entropy(x, t.long(), weight, reduction="none")')}`,
  call(input: Tensor, target: Tensor, { gamma = 2, weight, reduction }: FocalOptions): Tensor {
    numberWithin('gamma', gamma, 0)
    const plain = crossEntropy(input, target, { reduction: 'none' })
    const losses = weight ? crossEntropy(input, target, { weight, reduction: 'none' }) : plain
    const miss = plain.neg().exp().neg().add(1)
    return reduced(gamma === 0 ? losses : miss.pow(gamma).mul(losses), reduction ? { reduction } : {})
  },
  samples: [
    [scores, classes],
    [scores, classes, 0.5],
    [scores, classes, { reduction: 'sum' }],
    [scores, classes, 3, { reduction: 'none' }],
  ],
})

/**
 * What is too low costs q, what is too high 1 − q for each unit, so that the best prediction is that quantile of the target.
 * Errors: a RangeError for an input and a target of two shapes.
 * Source: Koenker & Bassett 1978, https://doi.org/10.2307/1913643.
 */
export const quantileLoss = defineWithOptions({
  name: 'quantileLoss',
  ...place,
  positional: ['q'],
  named: ['reduction'],
  python: `lambda x, t, q=0.5, reduction="mean": ${inPython('torch.maximum((t - x) * q, (t - x) * (q - 1))')}`,
  call(input: Tensor, target: Tensor, { q = 0.5, ...rest }: Reduced & { readonly q?: number }): Tensor {
    numberWithin('q', q, 0, 1)
    requireAlike('quantileLoss', input, target)
    const over = target.sub(input)
    return reduced(over.mul(q).maximum(over.mul(q - 1)), rest)
  },
  samples: [
    [numbers, others],
    [numbers, others, 0.9],
    [numbers, others, 0.1, { reduction: 'sum' }],
    [numbers, others, { q: 0.25, reduction: 'none' }],
  ],
})

/**
 * Losses of samples, as any loss gives them with reduction 'none', by how much each sample counts [rows]: their mean divides by the sum
 * of the weights. Errors: a RangeError for weights that are not one for each row.
 */
export const weightedLoss = defineWithOptions({
  name: 'weightedLoss',
  ...place,
  positional: [],
  named: ['reduction'],
  python:
    'lambda l, w, reduction="mean": (lambda v: (l * v).sum() / v.expand_as(l).sum() if reduction == "mean" else (l * v).sum() if reduction == "sum" else l * v)(w.reshape([-1] + [1] * (l.dim() - 1)))',
  call(losses: Tensor, weights: Tensor, { reduction = 'mean' }: Reduced): Tensor {
    oneOf('reduction', reduction, reductions)
    if (losses.ndim === 0 || weights.ndim !== 1 || weights.shape[0] !== losses.shape[0])
      throw new RangeError(
        `weightedLoss needs a weight for each of the losses ${formatShape(losses.shape)}, by reduction 'none', not ${formatShape(weights.shape)}.`,
      )
    const each = weights.reshape([weights.numel(), ...losses.shape.slice(1).map(() => 1)])
    const weighted = losses.mul(each)
    if (reduction === 'none') return weighted
    return reduction === 'sum' ? weighted.sum() : weighted.sum().div(each.expand(losses.shape).sum())
  },
  samples: [
    [numbers, uniform([3], 0.5, 2)],
    [uniform([5]), values([5], [1, 0, 2, 0.5, 1]), { reduction: 'sum' }],
    [numbers, uniform([3], 0.5, 2), { reduction: 'none' }],
  ],
})
