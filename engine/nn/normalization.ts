import type { Device } from '../backends/device.ts'
import { uniform } from '../ops/samples.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import { tensor } from '../tensor/creation.ts'
import { formatShape, numel, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { configure, defineModule } from './define.ts'
import { batchNorm, groupNorm, layerNorm } from './functional.ts'
import { oneParameter, zeroParameter } from './init.ts'
import { Module } from './module.ts'
import type { OnnxNodes, OnnxRule } from './onnx.ts'
import { device, eps, flag, real, shape, whole, type Rest } from './options.ts'
import { keywords, pythonText } from '../formats/python.ts'
import { optionList, type OptionList } from './settle.ts'

const family = 'Normalization'
const affine = flag('affine', { default: true, help: 'Whether a scale and an offset are learned.' })
const batchNormList = [
  whole('numFeatures', { help: 'Features or channels, each of which is normalized by itself.' }),
  eps,
  real('momentum', {
    default: 0.1,
    least: 0,
    nullable: true,
    help: 'How far the running statistics move with each batch; null makes them the mean of all batches so far.',
  }),
  affine,
  flag('trackRunningStats', {
    default: true,
    help: 'Whether running statistics stand for the batch when evaluating; without, the batch is measured then, too.',
  }),
  device,
] as const
const batchNorm1dOptions = optionList('BatchNorm1d', ...batchNormList)
const batchNorm2dOptions = optionList('BatchNorm2d', ...batchNormList)
const batchNorm3dOptions = optionList('BatchNorm3d', ...batchNormList)

/** What counters of batches go up by: read by all, so that all are counted in one kernel. */
const ones = new WeakMap<Device, Tensor>()
function oneOn(device: Device): Tensor {
  let one = ones.get(device)
  if (!one) ones.set(device, (one = tensor(Int32Array.of(1), { shape: [], device })))
  return one
}

/** Weight and bias start as 1 and 0; the running statistics as 0 and 1. */
export abstract class BatchNorm extends Module {
  readonly numFeatures: number
  readonly eps: number
  readonly momentum: number | null
  readonly weight: Tensor | undefined
  readonly bias: Tensor | undefined
  readonly runningMean: Tensor | null
  readonly runningVar: Tensor | null
  /** int32: batches seen while training. */
  readonly numBatchesTracked: Tensor | null
  constructor(list: OptionList<typeof batchNormList>, values: readonly unknown[]) {
    super()
    const settled = configure(this, list, values)
    const { numFeatures, eps, momentum, affine, trackRunningStats, device } = settled
    this.numFeatures = numFeatures
    this.eps = eps
    this.momentum = momentum
    this.weight = affine ? oneParameter([numFeatures], { device }) : undefined
    this.bias = affine ? zeroParameter([numFeatures], { device }) : undefined
    const statistic = (value: number): Tensor | null =>
      trackRunningStats ? tensor(new Float32Array(numFeatures).fill(value), { device }) : null
    const count = trackRunningStats ? tensor(Int32Array.of(0), { shape: [], device }) : null
    this.runningMean = this.registerBuffer('runningMean', statistic(0))
    this.runningVar = this.registerBuffer('runningVar', statistic(1))
    this.numBatchesTracked = this.registerBuffer('numBatchesTracked', count)
  }

  protected abstract takes(dimensions: number): string | null

  forward(input: Tensor): Tensor {
    const wanted = this.takes(input.ndim)
    if (wanted) throw new RangeError(`${wanted}, not ${input.ndim} dimensions.`)
    if (input.shape[1] !== this.numFeatures) {
      throw new RangeError(
        `This batch normalisation is made for ${this.numFeatures} channels; the input is ${formatShape(input.shape)}.`,
      )
    }
    const { runningMean, runningVar, weight, bias, eps } = this
    const training = this.training || !runningMean || !runningVar
    const momentum = this.training ? this.countBatch() : 0
    return batchNorm(input, runningMean, runningVar, { weight, bias, training, momentum, eps })
  }

  /** How far the statistics move with this batch. */
  private countBatch(): number | Tensor {
    const count = this.numBatchesTracked
    if (count) noGrad(() => count.add_(oneOn(count.device)))
    return this.momentum ?? (count ? count.to('float32').pow(-1) : 0)
  }

  override extraRepr(): string {
    return [
      this.numFeatures,
      keywords({
        eps: this.eps,
        momentum: this.momentum,
        affine: this.weight !== undefined,
        track_running_stats: this.runningMean !== null,
      }),
    ].join(', ')
  }
}

/**
 * Normalises each feature of [rows, features] or [rows, features, length]: over the batch while training, by running
 * statistics when evaluating. Source: torch.nn.BatchNorm1d.
 */
export class BatchNorm1d extends BatchNorm {
  constructor(numFeatures: number, ...rest: Rest<typeof batchNorm1dOptions>) {
    super(batchNorm1dOptions, [numFeatures, ...rest])
  }
  protected takes(dimensions: number): string | null {
    const fits = dimensions === 2 || dimensions === 3
    return fits ? null : 'BatchNorm1d takes [rows, features] or [rows, features, length]'
  }
}

/**
 * Normalises each channel of [N, C, H, W]: over the batch while training, by running statistics when evaluating.
 * Source: torch.nn.BatchNorm2d.
 */
export class BatchNorm2d extends BatchNorm {
  constructor(numFeatures: number, ...rest: Rest<typeof batchNorm2dOptions>) {
    super(batchNorm2dOptions, [numFeatures, ...rest])
  }
  protected takes(dimensions: number): string | null {
    return dimensions === 4 ? null : 'BatchNorm2d takes [N, C, H, W]'
  }
}

/** Normalises each channel of [N, C, D, H, W], as BatchNorm2d. Source: torch.nn.BatchNorm3d. */
export class BatchNorm3d extends BatchNorm {
  constructor(numFeatures: number, ...rest: Rest<typeof batchNorm3dOptions>) {
    super(batchNorm3dOptions, [numFeatures, ...rest])
  }
  protected takes(dimensions: number): string | null {
    return dimensions === 5 ? null : 'BatchNorm3d takes [N, C, D, H, W]'
  }
}

/** What batch normalization comes to when evaluating: one scale and one offset for each channel. */
const onnxBatchNorm: OnnxRule<BatchNorm> = (module, nodes, x) => {
  const { numFeatures, runningMean, runningVar, eps } = module
  if (!runningMean || !runningVar)
    throw new Error('ONNX normalizes by running statistics, which this layer does not track.')
  const weight = module.weight
    ? nodes.weight(module.weight)
    : nodes.number(new Array<number>(numFeatures).fill(1), [numFeatures])
  const bias = module.bias
    ? nodes.weight(module.bias)
    : nodes.number(new Array<number>(numFeatures).fill(0), [numFeatures])
  return nodes.add(
    'BatchNormalization',
    [x!, weight, bias, nodes.weight(runningMean), nodes.weight(runningVar)],
    { epsilon: { float: eps } },
  )
}

defineModule(BatchNorm1d, batchNorm1dOptions, {
  family,
  help: 'Keeps each feature at a mean of zero and a variance of one over the batch.',
  onnx: onnxBatchNorm,
  samples: [
    { make: () => new BatchNorm1d(4), inputs: [uniform([5, 4])] },
    { make: () => new BatchNorm1d(3, 1e-3, null), inputs: [uniform([2, 3, 4])] },
    { make: () => new BatchNorm1d(3, { affine: false }), inputs: [uniform([2, 3])] },
  ],
})

defineModule(BatchNorm2d, batchNorm2dOptions, {
  family,
  help: 'Keeps each channel at a mean of zero and a variance of one over the batch.',
  onnx: onnxBatchNorm,
  samples: [
    { make: () => new BatchNorm2d(3), inputs: [uniform([2, 3, 3, 2])] },
    { make: () => new BatchNorm2d(3, 2e-5, 0.2), inputs: [uniform([1, 3, 2, 2])] },
    {
      make: () => new BatchNorm2d(3, { affine: false, trackRunningStats: false }),
      inputs: [uniform([2, 3, 3, 2])],
      without: ['onnx'],
    },
  ],
})

defineModule(BatchNorm3d, batchNorm3dOptions, {
  family,
  help: 'Keeps each channel of volumes at a mean of zero and a variance of one over the batch.',
  onnx: onnxBatchNorm,
  samples: [
    { make: () => new BatchNorm3d(2), inputs: [uniform([2, 2, 1, 2, 2])] },
    { make: () => new BatchNorm3d(2, { momentum: 0.3 }), inputs: [uniform([1, 2, 2, 1, 2])] },
  ],
})

const groupNormOptions = optionList(
  'GroupNorm',
  whole('numGroups', { help: 'Channels are divided into so many groups.' }),
  whole('numChannels', { help: 'Channels of what goes in.' }),
  eps,
  affine,
  device,
)

/** Normalises groups of channels of [N, C, …], each sample by itself. Source: torch.nn.GroupNorm. */
export class GroupNorm extends Module {
  readonly numGroups: number
  readonly numChannels: number
  readonly weight: Tensor | undefined
  readonly bias: Tensor | undefined
  readonly eps: number
  constructor(numGroups: number, numChannels: number, ...rest: Rest<typeof groupNormOptions>) {
    super()
    const { eps, affine, device } = configure(this, groupNormOptions, [numGroups, numChannels, ...rest])
    if (numChannels % numGroups !== 0)
      throw new RangeError(`${numChannels} channels do not divide into ${numGroups} groups.`)
    this.numGroups = numGroups
    this.numChannels = numChannels
    this.weight = affine ? oneParameter([numChannels], { device }) : undefined
    this.bias = affine ? zeroParameter([numChannels], { device }) : undefined
    this.eps = eps
  }

  forward(input: Tensor): Tensor {
    return groupNorm(input, this.numGroups, this.weight, this.bias, this.eps)
  }

  override extraRepr(): string {
    const rest = keywords({ eps: this.eps, affine: this.weight !== undefined })
    return `${this.numGroups}, ${this.numChannels}, ${rest}`
  }
}

/** A scale and an offset for each channel, where there are any. */
export function onnxAffine(
  nodes: OnnxNodes,
  x: string,
  { weight, bias }: { readonly weight: Tensor | undefined; readonly bias: Tensor | undefined },
  shape: Shape,
): string {
  const shaped = (t: Tensor): string => nodes.add('Reshape', [nodes.weight(t), nodes.list(shape)])
  const scaled = weight ? nodes.add('Mul', [x, shaped(weight)]) : x
  return bias ? nodes.add('Add', [scaled, shaped(bias)]) : scaled
}

defineModule(GroupNorm, groupNormOptions, {
  family,
  help: 'Normalizes groups of channels of each example by itself, however small the batch.',
  onnx: (module, nodes, x) => {
    const { numGroups, numChannels, eps } = module
    const rest = x!.shape.slice(2)
    const grouped = nodes.add('Reshape', [x!, nodes.list([0, numGroups, -1])])
    const all = (value: number): string => nodes.number(new Array<number>(numGroups).fill(value), [numGroups])
    const normal = nodes.add('InstanceNormalization', [grouped, all(1), all(0)], { epsilon: { float: eps } })
    const back = nodes.add('Reshape', [normal, nodes.list([-1, numChannels, ...rest])])
    return onnxAffine(nodes, back, module, [numChannels, ...rest.map(() => 1)])
  },
  samples: [
    { make: () => new GroupNorm(2, 6), inputs: [uniform([2, 6, 3])] },
    { make: () => new GroupNorm(3, 3, 1e-3, false), inputs: [uniform([1, 3, 2, 2])] },
    { make: () => new GroupNorm(1, 4), inputs: [uniform([3, 4])] },
  ],
})

const layerNormOptions = optionList(
  'LayerNorm',
  shape('normalizedShape', {
    help: 'The last dimensions of what goes in, over which each row is normalized.',
  }),
  eps,
  flag('elementwiseAffine', { default: true, help: 'Whether a scale and an offset are learned.' }),
  flag('bias', { default: true, newer: true, help: 'Whether, beside the scale, an offset is learned.' }),
  device,
)

/** Normalises each row over the dimensions it ends in. weight and bias start as 1 and 0. Source: torch.nn.LayerNorm. */
export class LayerNorm extends Module {
  readonly normalizedShape: Shape
  readonly weight: Tensor | undefined
  readonly bias: Tensor | undefined
  readonly eps: number
  constructor(normalizedShape: number | Shape, ...rest: Rest<typeof layerNormOptions>) {
    super()
    const options = configure(this, layerNormOptions, [normalizedShape, ...rest])
    const { eps, elementwiseAffine, bias, device } = options
    const shape: Shape = [options.normalizedShape].flat()
    this.normalizedShape = shape
    this.weight = elementwiseAffine ? oneParameter(shape, { device }) : undefined
    this.bias = bias && elementwiseAffine ? zeroParameter(shape, { device }) : undefined
    this.eps = eps
  }

  forward(input: Tensor): Tensor {
    return layerNorm(input, this.normalizedShape, this.weight, this.bias, this.eps)
  }

  override extraRepr(): string {
    const rest = keywords({ eps: this.eps, elementwise_affine: this.weight !== undefined })
    return `${pythonText(this.normalizedShape)}, ${rest}`
  }
}

defineModule(LayerNorm, layerNormOptions, {
  family,
  help: 'Normalizes each row by itself.',
  onnx: ({ weight, bias, normalizedShape, eps }, nodes, x) => {
    const scale = weight
      ? nodes.weight(weight)
      : nodes.number(new Array<number>(numel(normalizedShape)).fill(1), normalizedShape)
    return nodes.add('LayerNormalization', [x!, scale, ...(bias ? [nodes.weight(bias)] : [])], {
      axis: { int: -normalizedShape.length },
      epsilon: { float: eps },
    })
  },
  samples: [
    { make: () => new LayerNorm(6), inputs: [uniform([2, 6])] },
    { make: () => new LayerNorm([3, 4], 1e-3, false), inputs: [uniform([2, 3, 4])] },
    { make: () => new LayerNorm(5), inputs: [uniform([1, 2, 5])] },
    { make: () => new LayerNorm(4), inputs: [uniform([4])] },
  ],
})
