import { results, type Results } from '../functions/define.ts'
import { uniform, values } from '../ops/samples.ts'
import { formatShape } from '../tensor/shape.ts'
import { cat, type Tensor } from '../tensor/tensor.ts'
import { ModuleList, Sequential } from './containers.ts'
import { configure, defineModule } from './define.ts'
import { family, onnx } from './loss.ts'
import { Linear } from './linear.ts'
import { Module } from './module.ts'
import { device, flag, real, shape, whole, type Rest } from './options.ts'
import { optionList } from './settle.ts'

const options = optionList(
  'AdaptiveLogSoftmaxWithLoss',
  whole('inFeatures', { help: 'How many numbers stand for a row.' }),
  whole('nClasses', { help: 'How many classes there are, the most frequent ones first.' }),
  shape('cutoffs', { help: 'Where the classes are divided into clusters, in order.' }),
  real('divValue', {
    default: 4,
    decimal: true,
    least: 1,
    help: 'By how much each further cluster’s rows are shorter.',
  }),
  flag('headBias', { default: false, help: 'Whether an offset is learned for the frequent classes.' }),
  device,
)

/**
 * Cross-entropy of very many classes (Grave et al. 2017, https://arxiv.org/abs/1609.04309): the frequent ones, before the first
 * cutoff, have scores of their own; each cluster of the others has one together, and within it scores of shorter rows. Rows
 * [rows, inFeatures] or [inFeatures] against classes [rows] or [] (int32) give { output, loss }: log-probabilities [rows] of
 * the classes, and the mean of their negatives. A class that is none gives NaN. All clusters are computed for all rows.
 * Source: torch.nn.AdaptiveLogSoftmaxWithLoss. Errors: a RangeError for cutoffs and shapes that do not fit.
 */
export class AdaptiveLogSoftmaxWithLoss extends Module<
  [input: Tensor, target: Tensor],
  Results<'output' | 'loss'>
> {
  readonly inFeatures: number
  readonly nClasses: number
  /** Where each cluster ends. */
  readonly cutoffs: readonly number[]
  readonly head: Linear
  readonly tail: ModuleList<Sequential>
  constructor(
    inFeatures: number,
    nClasses: number,
    cutoffs: number | readonly number[],
    ...rest: Rest<typeof options>
  ) {
    super()
    const settled = configure(this, options, [inFeatures, nClasses, cutoffs, ...rest])
    const { divValue, headBias, device } = settled
    const given = typeof cutoffs === 'number' ? [cutoffs] : cutoffs
    if (given.some((cut, i) => cut <= (given[i - 1] ?? 0) || cut >= nClasses))
      throw new RangeError(
        `cutoffs must be whole numbers from 1 to ${nClasses - 1}, each above the one before, not ${given.join(', ')}.`,
      )
    if (inFeatures < divValue ** given.length)
      throw new RangeError(
        `The last of ${given.length} clusters would have no width: inFeatures (${inFeatures}) divided by divValue (${divValue}) ${given.length} times is below 1. Give fewer cutoffs or a smaller divValue.`,
      )
    this.inFeatures = inFeatures
    this.nClasses = nClasses
    this.cutoffs = [...given, nClasses]
    this.head = new Linear(inFeatures, given[0]! + given.length, { bias: headBias, device })
    this.tail = new ModuleList(
      given.map((cut, i) => {
        const width = Math.floor(inFeatures / divValue ** (i + 1))
        return new Sequential(
          new Linear(inFeatures, width, { bias: false, device }),
          new Linear(width, this.cutoffs[i + 1]! - cut, { bias: false, device }),
        )
      }),
    )
  }

  forward(input: Tensor, target: Tensor): Results<'output' | 'loss'> {
    const isRow = target.ndim === 0 && input.ndim === 1
    if (!isRow && (target.ndim !== 1 || input.ndim !== 2 || input.shape[0] !== target.shape[0]))
      throw new RangeError(
        `AdaptiveLogSoftmaxWithLoss takes rows [rows, ${this.inFeatures}] and classes [rows], not ${formatShape(input.shape)} and ${formatShape(target.shape)}.`,
      )
    const all = this.logProb(isRow ? input.unsqueeze(0) : input)
    const classes = isRow ? target.unsqueeze(0) : target
    const exists = classes.ge(0).logicalAnd(classes.lt(this.nClasses))
    const found = all.gather(1, exists.choose(classes, 0).unsqueeze(1)).squeeze(1)
    const output = exists.choose(found, NaN)
    return results({ output: isRow ? output.squeeze(0) : output, loss: output.neg().mean() })
  }

  /** Log-probabilities of all classes, [rows, nClasses]. Source: torch.nn.AdaptiveLogSoftmaxWithLoss.log_prob. */
  logProb(input: Tensor): Tensor {
    const first = this.cutoffs[0]!
    const head = this.head.forward(input).logSoftmax(1)
    const clusters = [...this.tail].map((projection, i) =>
      projection
        .forward(input)
        .logSoftmax(1)
        .add(head.slice(1, first + i, first + i + 1)),
    )
    return cat([head.slice(1, 0, first), ...clusters], 1)
  }

  /** The likeliest class of each row, int32 [rows]. Source: torch.nn.AdaptiveLogSoftmaxWithLoss.predict. */
  predict(input: Tensor): Tensor {
    return this.logProb(input).argmax(1)
  }
}

const python = 'm(x0, x1.long())'
const ours = (module: AdaptiveLogSoftmaxWithLoss, [x, target]: readonly Tensor[]) =>
  module.forward(x!, target!)

defineModule(AdaptiveLogSoftmaxWithLoss, options, {
  family,
  help: 'Cross-entropy of very many classes, of which few are frequent.',
  onnx,
  samples: [
    {
      make: () => new AdaptiveLogSoftmaxWithLoss(8, 9, [2, 5], 2),
      inputs: [uniform([5, 8]), values([5], [0, 8, 3, 1, 6], 'int32')],
      call: { ours, python },
    },
    {
      make: () => new AdaptiveLogSoftmaxWithLoss(4, 5, [3], 1.5, true),
      inputs: [uniform([3, 4]), values([3], [0, 4, 2], 'int32')],
      call: { ours, python },
    },
    {
      make: () => new AdaptiveLogSoftmaxWithLoss(4, 5, [3]),
      inputs: [uniform([4]), values([], [4], 'int32')],
      call: { ours, python },
    },
    {
      make: () => new AdaptiveLogSoftmaxWithLoss(4, 6, [2, 4], 2),
      inputs: [uniform([3, 4])],
      call: {
        ours: (module, [x]) => [module.logProb(x!), module.predict(x!)],
        python: '(m.log_prob(x0), m.predict(x0))',
      },
    },
  ],
})
