/** Losses by margins between classes, and of sequences. `reduction`: their mean (default), their sum, or each. */
import { defineWithOptions } from '../../functions/define.ts'
import { signed } from '../../functions/samples.ts'
import { integers, uniform, values } from '../../ops/samples.ts'
import { formatShape } from '../../tensor/shape.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { logsigmoid } from './activation.ts'
import { pairwiseDistance } from './distances.ts'
import { reduced, type Reduced } from './reduced.ts'
import { place } from './place.ts'

/** Scores [rows, classes]; a list is one row. */
function rowsOf(name: string, input: Tensor): Tensor {
  if (input.ndim > 2) throw new RangeError(`${name} takes [rows, classes], not ${formatShape(input.shape)}.`)
  return input.ndim === 2 ? input : input.reshape([1, -1])
}

interface MultiMarginOptions extends Reduced {
  /** 1 (the default) or 2. */
  readonly p?: 1 | 2
  readonly margin?: number
  /** [classes], by which each row counts. */
  readonly weight?: Tensor
}

/**
 * Σ max(0, margin − x[y] + x[i])ᵖ over the classes i other than y, over their number: scores [rows, classes] against int32
 * classes [rows]. Source: torch.nn.functional.multi_margin_loss. Errors: a RangeError for another p and shapes that do not fit.
 */
export const multiMarginLoss = defineWithOptions({
  name: 'multiMarginLoss',
  ...place,
  positional: ['p', 'margin', 'weight'],
  named: ['reduction'],
  call(input: Tensor, target: Tensor, { p = 1, margin = 1, weight, ...rest }: MultiMarginOptions): Tensor {
    if (p !== 1 && p !== 2) throw new RangeError(`multiMarginLoss: p is 1 or 2, not ${String(p)}.`)
    const scores = rowsOf('multiMarginLoss', input)
    const [rows, classes] = scores.shape as readonly [number, number]
    if (target.numel() !== rows)
      throw new RangeError(
        `multiMarginLoss: ${formatShape(target.shape)} is no class for each of ${rows} rows.`,
      )
    const column = target.reshape([rows, 1])
    const excess = scores.sub(scores.gather(1, column)).add(margin).relu()
    const sizes = p === 1 ? excess : excess.square()
    const weighed = weight ? sizes.mul(weight.indexSelect(0, target.reshape([-1])).unsqueeze(1)) : sizes
    const others = column.ne(input.newArange(classes))
    const losses = others.choose(weighed, 0).sum(1).div(classes)
    return reduced(input.ndim < 2 ? losses.reshape([]) : losses, rest)
  },
  samples: [
    [signed, integers([3], 0, 4)],
    [signed, integers([3], 0, 4), 2, 0.5],
    [signed, integers([3], 0, 4), { reduction: 'none' }],
    [uniform([4]), integers([], 0, 4), { reduction: 'sum' }],
  ],
})

/**
 * Σ max(0, 1 − (x[y] − x[i])) over the true classes y and the others i, over the number of classes: scores [rows, classes]
 * against int32 classes [rows, classes], of which those before the first negative one are true.
 * Source: torch.nn.functional.multilabel_margin_loss. Errors: a RangeError for shapes that do not fit.
 */
export const multilabelMarginLoss = defineWithOptions({
  name: 'multilabelMarginLoss',
  ...place,
  positional: [],
  named: ['reduction'],
  call(input: Tensor, target: Tensor, options: Reduced): Tensor {
    const scores = rowsOf('multilabelMarginLoss', input)
    const [rows, classes] = scores.shape as readonly [number, number]
    if (formatShape(target.shape) !== formatShape(input.shape))
      throw new RangeError(
        `multilabelMarginLoss: the target must be ${formatShape(input.shape)}, not ${formatShape(target.shape)}.`,
      )
    const given = target.reshape([rows, classes])
    const classIndex = input.newArange(classes)
    // Place k counts if no place up to it is negative.
    const isPast = given
      .lt(0)
      .unsqueeze(1)
      .logicalAnd(classIndex.le(classIndex.unsqueeze(1)))
      .any(2)
    const counts = isPast.logicalNot()
    const safe = counts.choose(given, 0)
    const isTrue = safe.unsqueeze(2).eq(classIndex).logicalAnd(counts.unsqueeze(2)).any(1)
    const apart = scores.unsqueeze(1).sub(scores.gather(1, safe).unsqueeze(2)).add(1).relu()
    const matter = counts.unsqueeze(2).logicalAnd(isTrue.logicalNot().unsqueeze(1))
    const losses = matter.choose(apart, 0).sum([1, 2]).div(classes)
    return reduced(input.ndim < 2 ? losses.reshape([]) : losses, options)
  },
  samples: [
    [signed, values([3, 4], [2, 0, -1, 1, -1, 0, 1, 2, 3, 1, 0, 2], 'int32')],
    [signed, values([3, 4], [2, 0, -1, 1, -1, 0, 1, 2, 3, 1, 0, 2], 'int32'), { reduction: 'none' }],
    [uniform([4]), values([4], [3, -1, 0, 1], 'int32')],
  ],
})

/** −(t · ln σ(x) + (1 − t) · ln σ(−x)), its mean over the classes, the last dimension. Source: torch.nn.functional.multilabel_soft_margin_loss. */
export const multilabelSoftMarginLoss = defineWithOptions({
  name: 'multilabelSoftMarginLoss',
  ...place,
  positional: ['weight'],
  named: ['reduction'],
  call(input: Tensor, target: Tensor, { weight, ...rest }: Reduced & { readonly weight?: Tensor }): Tensor {
    const miss = target.neg().add(1).mul(logsigmoid(input.neg()))
    const each = target.mul(logsigmoid(input)).add(miss).neg()
    return reduced((weight ? each.mul(weight) : each).mean(-1), rest)
  },
  samples: [
    [signed, uniform([3, 4], 0, 1)],
    [signed, uniform([3, 4], 0, 1), uniform([4], 0.1, 2)],
    [uniform([4]), uniform([4], 0, 1), { reduction: 'sum' }],
  ],
})

interface DistanceOptions extends Reduced {
  /** Of two batches of rows; pairwiseDistance by default. */
  readonly distanceFunction?: (a: Tensor, b: Tensor) => Tensor
  readonly margin?: number
  /** Whether of the two distances to what is far the smaller counts; false by default. */
  readonly swap?: boolean
}

/** As tripletMarginLoss, by any distance. Source: torch.nn.functional.triplet_margin_with_distance_loss. */
export const tripletMarginWithDistanceLoss = defineWithOptions({
  name: 'tripletMarginWithDistanceLoss',
  ...place,
  positional: [],
  named: ['distanceFunction', 'margin', 'swap', 'reduction'],
  call(anchor: Tensor, positive: Tensor, negative: Tensor, options: DistanceOptions): Tensor {
    const { distanceFunction = (a, b) => pairwiseDistance(a, b), margin = 1, swap = false, ...rest } = options
    const away = distanceFunction(anchor, negative)
    const least = swap ? away.minimum(distanceFunction(positive, negative)) : away
    return reduced(distanceFunction(anchor, positive).sub(least).add(margin).relu(), rest)
  },
  samples: [
    [signed, uniform([3, 4], -1, 1), uniform([3, 4], -2, 1)],
    [signed, uniform([3, 4], -1, 1), uniform([3, 4], -2, 1), { swap: true, margin: 2, reduction: 'sum' }],
  ],
})
