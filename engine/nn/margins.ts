/** Losses by margins between classes, of sequences, and by distances of one's own, as modules. */
import { integers, uniform, values } from '../ops/samples.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { configure, defineModule } from './define.ts'
import { PairwiseDistance } from './distance.ts'
import * as F from './functional.ts'
import { each, family, loss, onnx, reduction, type Three } from './loss.ts'
import { Module } from './module.ts'
import { child, choice, flag, real, weights, whole, type Rest } from './options.ts'
import { optionList } from './settle.ts'

const scores = uniform([3, 4])
const weight = weights('weight', { default: undefined, help: 'By how much each class counts.' })
const some = values([3, 4], [2, 0, -1, 1, -1, 0, 1, 2, 3, 1, 0, 2], 'int32')

/** Σ max(0, margin − x[y] + x[i])ᵖ over the other classes i, of scores [rows, classes] and classes y. Source: torch.nn.MultiMarginLoss. */
export const MultiMarginLoss = loss(
  optionList(
    'MultiMarginLoss',
    whole('p', { default: 1, help: 'Whether differences count as they are (1) or squared (2).' }),
    real('margin', { default: 1, help: 'How far apart is far enough.' }),
    weight,
    reduction,
  ),
  'By how much the true class is ahead of each other one, as a support vector machine has it.',
  ({ p, margin, weight, reduction }, input, target) =>
    F.multiMarginLoss(input, target, { p: p as 1 | 2, margin, ...(weight ? { weight } : {}), reduction }),
  [
    [[], scores, integers([3], 0, 4)],
    [[2, 0.5, each, { reduction: 'sum' }], scores, integers([3], 0, 4)],
  ],
)

/** As MultiMarginLoss, of several true classes: those of each row before the first negative one. Source: torch.nn.MultiLabelMarginLoss. */
export const MultiLabelMarginLoss = loss(
  optionList('MultiLabelMarginLoss', reduction),
  'By how much several true classes are ahead of each other one.',
  ({ reduction }, input, target) => F.multilabelMarginLoss(input, target, { reduction }),
  [
    [[], scores, some],
    [[{ reduction: 'none' }], scores, some],
  ],
)

/** Cross-entropy of scores of classes of which several may be true: its mean over the classes. Source: torch.nn.MultiLabelSoftMarginLoss. */
export const MultiLabelSoftMarginLoss = loss(
  optionList('MultiLabelSoftMarginLoss', weight, reduction),
  'How surprised one is by which classes are true, of scores.',
  ({ weight, reduction }, input, target) =>
    F.multilabelSoftMarginLoss(input, target, { ...(weight ? { weight } : {}), reduction }),
  [
    [[], scores, uniform([3, 4], 0, 1)],
    [[each, { reduction: 'sum' }], scores, uniform([3, 4], 0, 1)],
  ],
)

type Distance = ((a: Tensor, b: Tensor) => Tensor) | Module<[a: Tensor, b: Tensor]>
const tripletOptions = optionList(
  'TripletMarginWithDistanceLoss',
  child<Distance>()('distanceFunction', {
    default: null,
    nullable: true,
    byName: true,
    help: 'A function or module of two batches of rows; PairwiseDistance by default.',
  }),
  real('margin', { default: 1, byName: true, help: 'How far apart is far enough.' }),
  flag('swap', {
    default: false,
    byName: true,
    help: 'Whether the nearer of the two to the negative one counts.',
  }),
  reduction,
)

/** As TripletMarginLoss, by any distance. Source: torch.nn.TripletMarginWithDistanceLoss. */
export class TripletMarginWithDistanceLoss extends Module<Three> {
  readonly distanceFunction: Distance
  readonly margin: number
  readonly swap: boolean
  readonly reduction: 'mean' | 'sum' | 'none'
  constructor(...rest: Rest<typeof tripletOptions>) {
    super()
    const { distanceFunction, margin, swap, reduction } = configure(this, tripletOptions, rest)
    this.distanceFunction = distanceFunction ?? new PairwiseDistance()
    this.margin = margin
    this.swap = swap
    this.reduction = reduction
  }
  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    const { distanceFunction: by, margin, swap, reduction } = this
    const distanceFunction = by instanceof Module ? (a: Tensor, b: Tensor) => by.forward(a, b) : by
    return F.tripletMarginWithDistanceLoss(anchor, positive, negative, {
      distanceFunction,
      margin,
      swap,
      reduction,
    })
  }
}
const three = [scores, uniform([3, 4], -1, 1), uniform([3, 4], -2, 1)]

defineModule(TripletMarginWithDistanceLoss, tripletOptions, {
  family,
  help: 'Whether an example is nearer to one of its kind than to another, by a distance of one’s own.',
  onnx,
  samples: [
    { make: () => new TripletMarginWithDistanceLoss(), inputs: three },
    {
      make: () => new TripletMarginWithDistanceLoss({ margin: 2, swap: true, reduction: 'sum' }),
      inputs: three,
    },
    {
      make: () => new TripletMarginWithDistanceLoss({ distanceFunction: new PairwiseDistance(1) }),
      inputs: three,
    },
  ],
})

const blank = whole('blank', { default: 0, least: 0, help: 'The class that stands for none.' })
const ctcReduction = choice('mean', 'sum', 'none')('reduction', { default: 'mean', help: reduction.help })
const zeroInfinity = flag('zeroInfinity', {
  default: false,
  help: 'Whether what cannot be costs nothing, instead of an infinite loss.',
})
const times = [values([2], [5, 4], 'int32'), values([2], [2, 1], 'int32')] as const

/** −ln p of target sequences given log-probabilities [T, N, classes], over all ways to align them (Graves et al. 2006, https://doi.org/10.1145/1143844.1143891). Source: torch.nn.CTCLoss. */
export const CTCLoss = loss<
  readonly [typeof blank, typeof ctcReduction, typeof zeroInfinity],
  readonly [logProbs: Tensor, targets: Tensor, inputLengths: Tensor, targetLengths: Tensor]
>(
  optionList('CTCLoss', blank, ctcReduction, zeroInfinity),
  'How surprising a sequence is, of class probabilities at each time, wherever its parts stand.',
  ({ blank, reduction, zeroInfinity }, logProbs, targets, inputLengths, targetLengths) =>
    F.ctcLoss(logProbs, targets, inputLengths, targetLengths, { blank, reduction, zeroInfinity }),
  [
    [[], uniform([5, 2, 4], -3, -0.1), values([2, 2], [1, 2, 3, 3], 'int32'), ...times],
    [[1, 'sum', true], uniform([5, 2, 4], -3, -0.1), values([2, 2], [0, 2, 3, 3], 'int32'), ...times],
  ],
  // The gradient takes it that the log-probabilities come from LogSoftmax.
  ['slopes'],
)
