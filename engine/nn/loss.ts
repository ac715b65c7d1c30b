/** Losses as modules, as in torch.nn. `reduction`: the mean of all, their sum, or each. */
import { integers, uniform, values } from '../ops/samples.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { ones } from '../functions/creation.ts'
import * as F from './functional.ts'
import { defineLayer } from './layer.ts'
import { choice, index, real, weights } from './options.ts'
import { optionList } from './settle.ts'

const family = 'Losses'
/** What is deployed only predicts. */
const onnx = { absent: 'A loss is for training; what is exported predicts.' }
type Two = readonly [input: Tensor, target: Tensor]

const reduction = choice(
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
const each = (): Tensor => ones([4])
// In PyTorch classes are counted in 64 bits.
const call = {
  ours: (module: { forward(input: Tensor, target: Tensor): Tensor }, [x, y]: readonly Tensor[]) =>
    module.forward(x!, y!),
  python: 'm(x0, x1.long())',
}

/** Cross-entropy in nats of scores [rows, classes, …] against class indices or probabilities. Source: torch.nn.CrossEntropyLoss. */
export const CrossEntropyLoss = defineLayer(
  optionList(
    'CrossEntropyLoss',
    weights('weight', { default: undefined, help: 'By how much each class counts.' }),
    index('ignoreIndex', { default: -100, byName: true, help: 'A class whose rows do not count.' }),
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
  {
    family,
    help: 'How surprised a classifier is by the true classes.',
    forward: ({ weight, ignoreIndex, reduction, labelSmoothing }, ...[input, target]: Two) =>
      F.crossEntropy(input, target, {
        weight,
        // Only where it is asked for: targets that are probabilities have no such class.
        ...(ignoreIndex === -100 ? {} : { ignoreIndex }),
        reduction,
        labelSmoothing,
      }),
    onnx,
    samples: (Made) => [
      { make: () => new Made(), inputs: [scores, classes], call },
      { make: () => new Made({ ignoreIndex: 1 }), inputs: [scores, some], call },
      { make: () => new Made({ reduction: 'sum' }), inputs: [scores, classes], call },
      { make: () => new Made({ labelSmoothing: 0.2 }), inputs: [scores, classes], call },
      { make: () => new Made(each(), { reduction: 'none' }), inputs: [scores, classes], call },
      {
        make: () => new Made(each(), { ignoreIndex: 1, labelSmoothing: 0.1 }),
        inputs: [scores, some],
        call,
      },
      { make: () => new Made(each()), inputs: [scores, uniform([5, 4], 0, 1)] },
      {
        make: () => new Made({ labelSmoothing: 0.3, reduction: 'sum' }),
        inputs: [scores, uniform([5, 4], 0, 1)],
      },
      { make: () => new Made(), inputs: [uniform([2, 3, 4]), integers([2, 4], 0, 3)], call },
    ],
  },
)
export type CrossEntropyLoss = InstanceType<typeof CrossEntropyLoss>

/** Mean of the squared differences. Source: torch.nn.MSELoss. */
export const MSELoss = defineLayer(optionList('MSELoss', reduction), {
  family,
  help: 'The squared difference from each target.',
  forward: ({ reduction }, ...[input, target]: Two) => F.mseLoss(input, target, { reduction }),
  onnx,
  samples: (Made) => [
    { make: () => new Made(), inputs: [scores, uniform([5, 4], -1, 1)] },
    { make: () => new Made({ reduction: 'sum' }), inputs: [uniform([3]), uniform([3], -1, 1)] },
    { make: () => new Made({ reduction: 'none' }), inputs: [uniform([1, 2]), uniform([1, 2], -1, 1)] },
  ],
})
export type MSELoss = InstanceType<typeof MSELoss>
