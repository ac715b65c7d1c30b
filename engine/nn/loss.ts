/** Losses as modules, as in torch.nn. `reduction`: the mean of all, their sum, or each. */
import { integers, uniform, values, type SampleInput } from '../ops/samples.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { ones } from '../functions/creation.ts'
import * as F from './functional.ts'
import { defineLayer } from './layer.ts'
import { choice, flag, index, real, weights, type OptionTuple, type Settled } from './options.ts'
import { optionList, type OptionList } from './settle.ts'
import type { ModuleSample } from './define.ts'

export const family = 'Losses'
/** What is deployed only predicts. */
export const onnx = { absent: 'A loss is for training; what is exported predicts.' }
type Two = readonly [input: Tensor, target: Tensor]
export type Three = readonly [first: Tensor, second: Tensor, third: Tensor]

export const reduction = choice(
  'mean',
  'sum',
  'none',
)('reduction', {
  default: 'mean',
  byName: true,
  help: 'What is made of the losses of all rows: their mean, their sum, or nothing.',
})

const scores = uniform([5, 4])
const classes = integers([5], 0, 4)
const some = values([5], [1, 3, 1, 0, 2], 'int32')
export const each = (): Tensor => ones([4])
const numbers = uniform([3, 4])
const others = uniform([3, 4], -1, 1)
const positive = uniform([3, 4], 0.1, 3)
const probabilities = uniform([3, 4], 0.05, 0.95)
const signs = values([3, 4], [1, -1, 1, 1, -1, -1, 1, -1, 1, -1, -1, 1], 'int32')

const fullGaussian = flag('full', {
  default: false,
  byName: true,
  help: "Whether the distribution's constant is added, which no weight changes.",
})
const leastVariance = real('eps', {
  default: 1e-6,
  least: 0,
  byName: true,
  help: 'The least variance.',
})

/** A loss: of a prediction against a target, unless it takes more. */
export function loss<const List extends OptionTuple, const Inputs extends readonly Tensor[] = Two>(
  list: OptionList<List>,
  help: string,
  forward: (options: Settled<List>, ...inputs: Inputs) => Tensor,
  /** The constructor's arguments, and what it is called with. */
  samples: readonly (readonly [args: readonly unknown[], ...inputs: readonly SampleInput[]])[],
  without: ModuleSample<unknown>['without'] = [],
  /** Its class, where PyTorch has none. */
  python?: string,
) {
  return defineLayer(list, {
    family,
    help,
    forward,
    onnx,
    ...(python !== undefined && { python }),
    samples: (Made) =>
      samples.map(([args, ...inputs]): ModuleSample<InstanceType<typeof Made>> => {
        const called = inputs.map(({ dtype }, i) => `x${i}${dtype === 'int32' ? '.long()' : ''}`)
        return {
          make: () => new Made(...(args.map((a) => (a === each ? each() : a)) as never)),
          inputs,
          without,
          call: {
            ours: (module, x) => module.forward(...(x as unknown as Inputs)),
            // In PyTorch classes are counted in 64 bits.
            python: `m(${called.join(', ')})`,
          },
        }
      }),
  })
}

const sum = { reduction: 'sum' }
const none = { reduction: 'none' }
const weight = weights('weight', { default: undefined, help: 'By how much each class counts.' })
const ignoreIndex = index('ignoreIndex', {
  default: -100,
  byName: true,
  help: 'A class whose rows do not count.',
})
/** Only where it is asked for: what does not ask takes a shorter way. */
const ignoring = (ignoreIndex: number): { readonly ignoreIndex?: number } =>
  ignoreIndex === -100 ? {} : { ignoreIndex }

/** Cross-entropy in nats of scores [rows, classes, …] against class indices or probabilities. Source: torch.nn.CrossEntropyLoss. */
export const CrossEntropyLoss = loss(
  optionList(
    'CrossEntropyLoss',
    weight,
    ignoreIndex,
    reduction,
    real('labelSmoothing', {
      default: 0,
      decimal: true,
      least: 0,
      most: 1,
      byName: true,
      help: 'This part of each target is spread over all classes.',
    }),
  ),
  'How surprised a classifier is by the true classes, of its scores.',
  ({ weight, ignoreIndex, reduction, labelSmoothing }, input, target) =>
    F.crossEntropy(input, target, { weight, ...ignoring(ignoreIndex), reduction, labelSmoothing }),
  [
    [[], scores, classes],
    [[{ ignoreIndex: 1 }], scores, some],
    [[sum], scores, classes],
    [[{ labelSmoothing: 0.2 }], scores, classes],
    [[each, none], scores, classes],
    [[each, { ignoreIndex: 1, labelSmoothing: 0.1 }], scores, some],
    [[each], scores, uniform([5, 4], 0, 1)],
    [[{ labelSmoothing: 0.3, reduction: 'sum' }], scores, uniform([5, 4], 0, 1)],
    [[], uniform([2, 3, 4]), integers([2, 4], 0, 3)],
  ],
)
export type CrossEntropyLoss = InstanceType<typeof CrossEntropyLoss>

/** The negative log-probability [rows, classes, …] of the true classes. Source: torch.nn.NLLLoss. */
export const NLLLoss = loss(
  optionList('NLLLoss', weight, ignoreIndex, reduction),
  'As CrossEntropyLoss, of log-probabilities.',
  ({ weight, ignoreIndex, reduction }, input, target) =>
    F.nllLoss(input, target, { ...(weight ? { weight } : {}), ignoreIndex, reduction }),
  [
    [[], scores, classes],
    [[each, { ignoreIndex: 1 }], scores, some],
    [[none], uniform([2, 3, 4]), integers([2, 4], 0, 3)],
  ],
)

/** Mean of the squared differences. Source: torch.nn.MSELoss. */
export const MSELoss = loss(
  optionList('MSELoss', reduction),
  'The squared difference from each target.',
  ({ reduction }, input, target) => F.mseLoss(input, target, { reduction }),
  [
    [[], numbers, others],
    [[sum], uniform([3]), uniform([3], -1, 1)],
    [[none], uniform([1, 2]), uniform([1, 2], -1, 1)],
  ],
)
export type MSELoss = InstanceType<typeof MSELoss>

/** Mean of the absolute differences. Source: torch.nn.L1Loss. */
export const L1Loss = loss(
  optionList('L1Loss', reduction),
  'The difference from each target, whatever its sign.',
  ({ reduction }, input, target) => F.l1Loss(input, target, { reduction }),
  [
    [[], numbers, others],
    [[sum], numbers, others],
  ],
)

/** Half the square of small differences, large ones straight on. Source: torch.nn.SmoothL1Loss. */
export const SmoothL1Loss = loss(
  optionList(
    'SmoothL1Loss',
    reduction,
    real('beta', { default: 1, least: 0, byName: true, help: 'Up to which differences are squared.' }),
  ),
  'The square of small differences, and large ones as they are.',
  ({ reduction, beta }, input, target) => F.smoothL1Loss(input, target, { reduction, beta }),
  [
    [[], numbers, others],
    [[{ beta: 0.5, reduction: 'none' }], numbers, others],
  ],
)

/** As SmoothL1Loss times delta (Huber 1964, https://doi.org/10.1214/aoms/1177703732). Source: torch.nn.HuberLoss. */
export const HuberLoss = loss(
  optionList(
    'HuberLoss',
    choice('mean', 'sum', 'none')('reduction', { default: 'mean', help: reduction.help }),
    real('delta', { default: 1, least: 0, help: 'Up to which differences are squared.' }),
  ),
  'As SmoothL1Loss, with a slope of delta far away.',
  ({ reduction, delta }, input, target) => F.huberLoss(input, target, reduction, delta),
  [
    [[], numbers, others],
    [['sum', 0.5], numbers, others],
  ],
)

const eachWeight = weights('weight', { default: undefined, help: 'By how much each element counts.' })

/** Cross-entropy of probabilities of two classes. Source: torch.nn.BCELoss. */
export const BCELoss = loss(
  optionList('BCELoss', eachWeight, reduction),
  'How surprised one is by what is true or not, of probabilities.',
  ({ weight, reduction }, input, target) =>
    F.binaryCrossEntropy(input, target, { ...(weight ? { weight } : {}), reduction }),
  [
    [[], probabilities, uniform([3, 4], 0, 1)],
    [[each, sum], probabilities, uniform([3, 4], 0, 1)],
  ],
)

/** Cross-entropy of scores of two classes, without overflow. Source: torch.nn.BCEWithLogitsLoss. */
export const BCEWithLogitsLoss = loss(
  optionList(
    'BCEWithLogitsLoss',
    eachWeight,
    reduction,
    weights('posWeight', {
      default: undefined,
      byName: true,
      help: 'By how much what is true counts more.',
    }),
  ),
  'How surprised one is by what is true or not, of scores.',
  ({ weight, reduction, posWeight }, input, target) =>
    F.binaryCrossEntropyWithLogits(input, target, {
      ...(weight ? { weight } : {}),
      ...(posWeight ? { posWeight } : {}),
      reduction,
    }),
  [
    [[], numbers, uniform([3, 4], 0, 1)],
    [[each, none], numbers, uniform([3, 4], 0, 1)],
  ],
)

/** target · (ln target − input) of log-probabilities. Source: torch.nn.KLDivLoss. */
export const KLDivLoss = loss(
  optionList(
    'KLDivLoss',
    choice(
      'mean',
      'sum',
      'none',
      'batchmean',
    )('reduction', {
      default: 'mean',
      byName: true,
      help: 'As of other losses; the divergence itself is the sum over the rows of the batch: batchmean.',
    }),
    flag('logTarget', { default: false, byName: true, help: 'Whether targets are logarithms, too.' }),
  ),
  'How far a distribution, given as log-probabilities, is from its target.',
  ({ reduction, logTarget }, input, target) => F.klDiv(input, target, { reduction, logTarget }),
  [
    [[], numbers, positive],
    [[{ reduction: 'batchmean' }], numbers, positive],
    [[{ reduction: 'sum', logTarget: true }], numbers, others],
  ],
)

/** Of counts: e^input − target · input. Source: torch.nn.PoissonNLLLoss. */
export const PoissonNLLLoss = loss(
  optionList(
    'PoissonNLLLoss',
    flag('logInput', { default: true, help: 'Whether predictions are logarithms of rates.' }),
    flag('full', { default: false, help: "Whether Stirling's term is added, which no weight changes." }),
    real('eps', {
      default: 1e-8,
      least: 0,
      byName: true,
      help: 'Is added to rates, so that there is a logarithm.',
    }),
    reduction,
  ),
  'How surprising counts are, of predicted rates.',
  ({ logInput, full, eps, reduction }, input, target) =>
    F.poissonNllLoss(input, target, { logInput, full, eps, reduction }),
  [
    [[], numbers, uniform([3, 4], 0, 4)],
    [[false, true], positive, uniform([3, 4], 0, 4)],
  ],
)

/** Of a mean, a target and a variance. Source: torch.nn.GaussianNLLLoss. */
export const GaussianNLLLoss = loss<
  readonly [typeof fullGaussian, typeof leastVariance, typeof reduction],
  Three
>(
  optionList('GaussianNLLLoss', fullGaussian, leastVariance, reduction),
  'How surprising targets are, of predicted means and variances.',
  ({ full, eps, reduction }, input, target, variance) =>
    F.gaussianNllLoss(input, target, variance, { full, eps, reduction }),
  [
    [[], numbers, others, positive],
    [[{ full: true, reduction: 'sum' }], numbers, others, uniform([3, 1], 0.5, 2)],
  ],
)

const margin = (usual: number) => real('margin', { default: usual, help: 'How far apart is far enough.' })
const [ranking, hinge, cosine, triplet] = [margin(0), margin(1), margin(0), margin(1)] as const

/** Of two scores and a sign that says which is to be larger. Source: torch.nn.MarginRankingLoss. */
export const MarginRankingLoss = loss<readonly [typeof ranking, typeof reduction], Three>(
  optionList('MarginRankingLoss', ranking, reduction),
  'Whether the larger of two scores is the right one.',
  ({ margin, reduction }, first, second, target) =>
    F.marginRankingLoss(first, second, target, { margin, reduction }),
  [
    [[], numbers, others, signs],
    [[0.5, sum], numbers, others, signs],
  ],
)

/** x where the target is 1, max(0, margin − x) where it is −1. Source: torch.nn.HingeEmbeddingLoss. */
export const HingeEmbeddingLoss = loss(
  optionList('HingeEmbeddingLoss', hinge, reduction),
  'Distances of what belongs together, and the closeness of what does not.',
  ({ margin, reduction }, input, target) => F.hingeEmbeddingLoss(input, target, { margin, reduction }),
  [
    [[], numbers, signs],
    [[0.5, none], numbers, signs],
  ],
)

/** 1 − cos where the target is 1, max(0, cos − margin) where it is −1. Source: torch.nn.CosineEmbeddingLoss. */
export const CosineEmbeddingLoss = loss<readonly [typeof cosine, typeof reduction], Three>(
  optionList('CosineEmbeddingLoss', cosine, reduction),
  'Angles between what belongs together, and the closeness of what does not.',
  ({ margin, reduction }, first, second, target) =>
    F.cosineEmbeddingLoss(first, second, target, { margin, reduction }),
  [
    [[], numbers, others, values([3], [1, -1, 1], 'int32')],
    [[0.2, sum], numbers, others, values([3], [-1, -1, 1], 'int32')],
  ],
)

const norm = real('p', { default: 2, decimal: true, least: 0, help: 'Which norm measures distances.' })
const distanceEps = real('eps', { default: 1e-6, help: 'Is added to differences.' })
const swap = flag('swap', {
  default: false,
  help: 'Whether the nearer of the two to the negative one counts.',
})

/** max(0, ‖anchor − positive‖ − ‖anchor − negative‖ + margin). Source: torch.nn.TripletMarginLoss. */
export const TripletMarginLoss = loss<
  readonly [typeof triplet, typeof norm, typeof distanceEps, typeof swap, typeof reduction],
  Three
>(
  optionList('TripletMarginLoss', triplet, norm, distanceEps, swap, reduction),
  'Whether an example is nearer to one of its kind than to another.',
  ({ margin, p, eps, swap, reduction }, anchor, near, far) =>
    F.tripletMarginLoss(anchor, near, far, { margin, p, eps, swap, reduction }),
  [
    [[], numbers, others, uniform([3, 4], -2, 1)],
    [[2, 2, 1e-6, true, sum], numbers, others, uniform([3, 4], -2, 1)],
  ],
)

/** ln(1 + exp(−target · input)) for targets of 1 and −1. Source: torch.nn.SoftMarginLoss. */
export const SoftMarginLoss = loss(
  optionList('SoftMarginLoss', reduction),
  'How surprised one is by signs, of scores.',
  ({ reduction }, input, target) => F.softMarginLoss(input, target, { reduction }),
  [
    [[], numbers, signs],
    [[sum], numbers, signs],
  ],
)
