import * as ops from '../../ops/index.ts'
import { defineWithOptions } from '../../functions/define.ts'
import { integers, uniform, values } from '../../ops/samples.ts'
import { formatShape, sameShape } from '../../tensor/shape.ts'
import { apply, type Tensor } from '../../tensor/tensor.ts'
import { numberWithin, oneOf } from '../checks.ts'
import { place } from './place.ts'
import { meanOf, reduced, reductions, requireAlike, type Reduced } from './reduced.ts'

export interface CrossEntropyOptions extends Reduced {
  /** [classes], by which each row counts; a mean divides by the sum of weights. */
  readonly weight?: Tensor
  /** A class whose rows do not count; −100 by default. */
  readonly ignoreIndex?: number
  /** This part of each target is spread over all classes; 0 by default (Szegedy et al. 2015, https://arxiv.org/abs/1512.00567). */
  readonly labelSmoothing?: number
}

const scores = uniform([5, 4])
const classes = integers([5], 0, 4)
const some = values([5], [1, 3, 1, 0, 2], 'int32')
const probabilities = uniform([5, 4], 0, 1)

/**
 * Cross-entropy in nats of scores [rows, classes] or [rows, classes, …] against class indices [rows] or [rows, …] (int32),
 * or against probabilities of the scores' shape (float32). One number, or with reduction 'none' one per row.
 * Source: torch.nn.functional.cross_entropy, whose arguments after `weight` are given by name.
 */
export const crossEntropy = defineWithOptions({
  name: 'crossEntropy',
  ...place,
  positional: ['weight'],
  named: ['ignoreIndex', 'reduction', 'labelSmoothing'],
  call(input: Tensor, target: Tensor, options: CrossEntropyOptions): Tensor {
    const { weight, ignoreIndex, reduction = 'mean', labelSmoothing = 0 } = options
    oneOf('reduction', reduction, reductions)
    numberWithin('labelSmoothing', labelSmoothing, 0, 1)
    const asked = ignoreIndex !== undefined || reduction !== 'mean' || labelSmoothing > 0
    const soft = target.dtype === 'float32' && sameShape(target.shape, input.shape)
    // The common case is one operation with a gradient of its own.
    if (!asked && !soft && input.ndim === 2)
      return apply(ops.crossEntropy, weight ? [input, target, weight] : [input, target], null)
    if (soft) {
      if (ignoreIndex !== undefined)
        throw new RangeError('ignoreIndex is for targets that are class indices; these are probabilities.')
      return againstProbabilities(input, target, { weight, reduction, labelSmoothing })
    }
    return againstClasses(input, target, {
      weight,
      ignoreIndex: ignoreIndex ?? -100,
      reduction,
      labelSmoothing,
    })
  },
  samples: [
    [scores, classes],
    [scores, some, { ignoreIndex: 1 }],
    [scores, classes, { reduction: 'sum' }],
    [scores, classes, { reduction: 'none' }],
    [scores, classes, { labelSmoothing: 0.2 }],
    [scores, some, { ignoreIndex: 1, labelSmoothing: 0.1, reduction: 'none' }],
    [scores, probabilities],
    [scores, probabilities, { labelSmoothing: 0.3, reduction: 'sum' }],
    [uniform([2, 3, 4]), integers([2, 4], 0, 3)],
    [uniform([1, 1]), integers([1], 0, 1)],
  ],
})

type Settled<Keys extends keyof CrossEntropyOptions> = Required<Pick<CrossEntropyOptions, Keys>> & {
  readonly weight: Tensor | undefined
}

function againstClasses(
  input: Tensor,
  target: Tensor,
  { weight, ignoreIndex, reduction, labelSmoothing }: Settled<'ignoreIndex' | 'reduction' | 'labelSmoothing'>,
): Tensor {
  const dim = input.ndim === 1 ? 0 : 1
  const rows = input.shape.toSpliced(dim, 1)
  if (input.ndim === 0 || !sameShape(target.shape, rows) || target.dtype !== 'int32') {
    throw new RangeError(
      `crossEntropy: scores ${formatShape(input.shape)} need int32 targets ${formatShape(rows)}, not ${target.dtype} ${formatShape(target.shape)}.`,
    )
  }
  const logs = input.logSoftmax(dim)
  const counts = target.ne(ignoreIndex)
  const classes = counts.choose(target, 0)
  const each = weight ? weight.indexSelect(0, classes.flatten()).reshape(rows) : input.newFull(rows, 1)
  const shares = counts.choose(each, 0)
  // There is no error to raise from a device: a class that is none gives NaN.
  const exists = target.ge(0).logicalAnd(target.lt(input.shape[dim]!)).maximum(target.eq(ignoreIndex))
  let losses = logs.gather(dim, classes.unsqueeze(dim)).squeeze(dim).neg().mul(shares)
  if (labelSmoothing > 0) {
    const all = weighted(logs, weight, dim).sum(dim).neg()
    const spread = labelSmoothing / input.shape[dim]!
    losses = losses.mul(1 - labelSmoothing).add(counts.choose(all, 0).mul(spread))
  }
  losses = exists.choose(losses, NaN)
  return reduction === 'mean' ? meanOf(losses, shares) : reduced(losses, { reduction })
}

function againstProbabilities(
  input: Tensor,
  target: Tensor,
  { weight, reduction, labelSmoothing }: Settled<'reduction' | 'labelSmoothing'>,
): Tensor {
  const dim = input.ndim === 1 ? 0 : 1
  const classes = input.shape[dim]!
  const smooth = labelSmoothing > 0 ? target.mul(1 - labelSmoothing).add(labelSmoothing / classes) : target
  const losses = weighted(input.logSoftmax(dim), weight, dim).mul(smooth).sum(dim).neg()
  return reduced(losses, { reduction })
}

/** Each class's scores times its weight. */
const weighted = (scores: Tensor, weight: Tensor | undefined, dim: number): Tensor =>
  weight ? scores.mul(weight.reshape([weight.numel(), ...scores.shape.slice(dim + 1).map(() => 1)])) : scores

/**
 * Squared difference, in the square of the inputs' unit: its mean, sum, or each, of input and target of one shape. Errors: a RangeError
 * for two shapes, and for another reduction. Source: torch.nn.functional.mse_loss.
 */
export const mseLoss = defineWithOptions({
  name: 'mseLoss',
  ...place,
  positional: [],
  named: ['reduction'],
  call(input: Tensor, target: Tensor, { reduction = 'mean' }: Reduced): Tensor {
    oneOf('reduction', reduction, reductions)
    requireAlike('mseLoss', input, target)
    if (reduction === 'mean') return apply(ops.mseLoss, [input, target], null)
    return reduced(input.sub(target).square(), { reduction })
  },
  samples: [
    [scores, uniform([5, 4], -1, 1)],
    [scores, uniform([5, 4], -1, 1), { reduction: 'sum' }],
    [scores, uniform([5, 4], -1, 1), { reduction: 'none' }],
  ],
})
