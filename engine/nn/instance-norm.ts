import { uniform } from '../ops/samples.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { configure, defineModule, type ModuleSample } from './define.ts'
import { groupNorm } from './functional.ts'
import { oneParameter, zeroParameter } from './init.ts'
import { Module } from './module.ts'
import { onnxAffine } from './normalization.ts'
import { onnxOfBatch, type OnnxRule } from './onnx.ts'
import { device, eps, fixed, flag, real, whole, type Rest } from './options.ts'
import { keywords } from '../formats/python.ts'
import { optionList, type OptionList } from './settle.ts'

const instanceNormList = [
  whole('numFeatures', { help: 'Channels, each of which is normalized by itself in each example.' }),
  eps,
  real('momentum', {
    default: 0.1,
    least: 0,
    help: 'Of running statistics, which are not tracked here; it changes nothing.',
  }),
  flag('affine', { default: false, help: 'Whether a scale and an offset are learned.' }),
  fixed('trackRunningStats', false),
  device,
] as const
const instanceNorm1dOptions = optionList('InstanceNorm1d', ...instanceNormList)
const instanceNorm2dOptions = optionList('InstanceNorm2d', ...instanceNormList)
const instanceNorm3dOptions = optionList('InstanceNorm3d', ...instanceNormList)

/** As group normalization of groups of one channel (Ulyanov et al. 2016, https://arxiv.org/abs/1607.08022). */
abstract class InstanceNorm extends Module {
  readonly numFeatures: number
  readonly eps: number
  readonly momentum: number
  readonly weight: Tensor | undefined
  readonly bias: Tensor | undefined
  private readonly dimensions: number
  constructor(
    list: OptionList<typeof instanceNormList>,
    values: readonly unknown[],
    /** Of a batch. */
    dimensions: number,
  ) {
    super()
    const { numFeatures, eps, momentum, affine, device } = configure(this, list, values)
    this.numFeatures = numFeatures
    this.eps = eps
    this.momentum = momentum
    this.weight = affine ? oneParameter([numFeatures], { device }) : undefined
    this.bias = affine ? zeroParameter([numFeatures], { device }) : undefined
    this.dimensions = dimensions
  }

  forward(input: Tensor): Tensor {
    const { numFeatures, weight, bias, eps } = this
    if (input.ndim === this.dimensions - 1) return this.forward(input.unsqueeze(0)).squeeze(0)
    if (input.ndim !== this.dimensions || input.shape[1] !== numFeatures)
      throw new RangeError(
        `${this.constructor.name} is made for ${numFeatures} channels; the input is ${formatShape(input.shape)}.`,
      )
    if (input.shape.slice(2).every((extent) => extent === 1))
      throw new RangeError(
        `${this.constructor.name} needs more than one value per channel, not ${formatShape(input.shape)}: normalized, one is 0.`,
      )
    return groupNorm(input, numFeatures, weight, bias, eps)
  }

  override extraRepr(): string {
    const { eps, momentum } = this
    const affine = this.weight !== undefined
    return `${this.numFeatures}, ${keywords({ eps, momentum, affine, track_running_stats: false })}`
  }
}

/** Normalises each channel of each row of [N, C, L] or [C, L] by itself. Source: torch.nn.InstanceNorm1d. */
export class InstanceNorm1d extends InstanceNorm {
  constructor(numFeatures: number, ...rest: Rest<typeof instanceNorm1dOptions>) {
    super(instanceNorm1dOptions, [numFeatures, ...rest], 3)
  }
}

/** Normalises each channel of each image of [N, C, H, W] or [C, H, W] by itself. Source: torch.nn.InstanceNorm2d. */
export class InstanceNorm2d extends InstanceNorm {
  constructor(numFeatures: number, ...rest: Rest<typeof instanceNorm2dOptions>) {
    super(instanceNorm2dOptions, [numFeatures, ...rest], 4)
  }
}

/** Normalises each channel of each volume of [N, C, D, H, W] or [C, D, H, W] by itself. Source: torch.nn.InstanceNorm3d. */
export class InstanceNorm3d extends InstanceNorm {
  constructor(numFeatures: number, ...rest: Rest<typeof instanceNorm3dOptions>) {
    super(instanceNorm3dOptions, [numFeatures, ...rest], 5)
  }
}

const onnxOfDimensions =
  (dimensions: number): OnnxRule<InstanceNorm> =>
  (module, nodes, x) => {
    const { numFeatures, eps } = module
    const all = (value: number): string =>
      nodes.number(new Array<number>(numFeatures).fill(value), [numFeatures])
    return onnxOfBatch(nodes, x!, dimensions, (batch) => {
      const normal = nodes.add('InstanceNormalization', [batch, all(1), all(0)], { epsilon: { float: eps } })
      return onnxAffine(nodes, normal, module, [numFeatures, ...new Array<number>(dimensions - 2).fill(1)])
    })
  }

const samplesOf = <M>(
  Made: new (numFeatures: number, ...rest: Rest<typeof instanceNorm1dOptions>) => M,
  rest: readonly number[],
): readonly ModuleSample<M>[] => [
  { make: () => new Made(3), inputs: [uniform([2, 3, ...rest])] },
  { make: () => new Made(3, 1e-3, { affine: true }), inputs: [uniform([1, 3, ...rest])] },
  { make: () => new Made(2), inputs: [uniform([2, ...rest])] },
]
const family = 'Normalization'
const help = 'Normalizes each channel of each example by itself, such as the contrast of an image.'

defineModule(InstanceNorm1d, instanceNorm1dOptions, {
  family,
  help,
  onnx: onnxOfDimensions(3),
  samples: samplesOf(InstanceNorm1d, [4]),
})
defineModule(InstanceNorm2d, instanceNorm2dOptions, {
  family,
  help,
  onnx: onnxOfDimensions(4),
  samples: samplesOf(InstanceNorm2d, [2, 3]),
})
defineModule(InstanceNorm3d, instanceNorm3dOptions, {
  family,
  help,
  onnx: onnxOfDimensions(5),
  samples: samplesOf(InstanceNorm3d, [2, 1, 3]),
})
