import { ones } from '../functions/creation.ts'
import { uniform } from '../ops/samples.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Results } from '../functions/define.ts'
import { configure, defineModule } from './define.ts'
import * as F from './functional.ts'
import { Module } from './module.ts'
import { extents, extents3, flag, real, weights, type OptionTuple, type Rest } from './options.ts'
import { optionList, type OptionList } from './settle.ts'

const kernel = { spelled: true, help: 'The size of a window.' } as const
const size = { default: null, nullable: true, help: 'How many windows there are.' } as const
const ratio = {
  default: null,
  nullable: true,
  least: 0,
  most: 1,
  help: 'In place of outputSize: its part of the input’s extents, between 0 and 1.',
} as const
const drawing = [
  flag('returnIndices', { default: false, help: 'Whether the places of the largest are given, too.' }),
  weights('_randomSamples', {
    default: undefined,
    help: 'Where windows begin, [N, C, dimensions] from 0 to 1; drawn anew each time by default.',
  }),
] as const

const options2d = optionList(
  'FractionalMaxPool2d',
  extents('kernelSize', kernel),
  extents('outputSize', size),
  real('outputRatio', ratio),
  ...drawing,
)
const options3d = optionList(
  'FractionalMaxPool3d',
  extents3('kernelSize', kernel),
  extents3('outputSize', size),
  real('outputRatio', ratio),
  ...drawing,
)

type Pooled = Tensor | Results<'values' | 'indices'>
interface Settled {
  readonly kernelSize: number | readonly number[]
  readonly outputSize: number | readonly number[] | null
  readonly outputRatio: number | null
  readonly returnIndices: boolean
  readonly _randomSamples: Tensor | undefined
}

abstract class Fractional extends Module<[input: Tensor], Pooled> {
  readonly kernelSize: number | readonly number[]
  readonly outputSize: number | readonly number[] | null
  readonly outputRatio: number | null
  readonly returnIndices: boolean
  constructor(list: OptionList<OptionTuple>, values: readonly unknown[]) {
    super()
    const settled = configure(this, list, values) as unknown as Settled
    const { kernelSize, outputSize, outputRatio, returnIndices, _randomSamples } = settled
    if ((outputSize === null) === (outputRatio === null))
      throw new RangeError(`${list.name} needs either an outputSize or an outputRatio.`)
    if (outputRatio === 0 || outputRatio === 1)
      throw new RangeError(`${list.name}: outputRatio must be between 0 and 1, not ${outputRatio}.`)
    this.kernelSize = kernelSize
    this.outputSize = outputSize
    this.outputRatio = outputRatio
    this.returnIndices = returnIndices
    if (_randomSamples) this.registerBuffer('_randomSamples', _randomSamples)
  }

  /** As the function takes them. */
  protected get options(): Omit<F.FractionalOptions, 'returnIndices'> {
    const samples = Reflect.get(this, '_randomSamples') as Tensor | undefined
    return {
      ...(this.outputSize === null ? {} : { outputSize: this.outputSize }),
      ...(this.outputRatio === null ? {} : { outputRatio: this.outputRatio }),
      ...(samples ? { _randomSamples: samples } : {}),
    }
  }
}

/**
 * Largest elements of outputSize windows of [N, C, H, W] or [C, H, W] that begin at random, while training and after (Graham
 * 2014, https://arxiv.org/abs/1412.6071). With `returnIndices` { values, indices }. Source: torch.nn.FractionalMaxPool2d.
 * Errors: a RangeError for sizes that do not fit.
 */
export class FractionalMaxPool2d extends Fractional {
  constructor(kernelSize: number | readonly [number, number], ...rest: Rest<typeof options2d>) {
    super(options2d, [kernelSize, ...rest])
  }
  forward(input: Tensor): Pooled {
    const { kernelSize, options, returnIndices } = this
    if (!returnIndices) return F.fractionalMaxPool2d(input, kernelSize, options)
    return F.fractionalMaxPool2d(input, kernelSize, { ...options, returnIndices })
  }
}

/** As FractionalMaxPool2d, of volumes [N, C, D, H, W] or [C, D, H, W]. Source: torch.nn.FractionalMaxPool3d. */
export class FractionalMaxPool3d extends Fractional {
  constructor(kernelSize: number | readonly [number, number, number], ...rest: Rest<typeof options3d>) {
    super(options3d, [kernelSize, ...rest])
  }
  forward(input: Tensor): Pooled {
    const { kernelSize, options, returnIndices } = this
    if (!returnIndices) return F.fractionalMaxPool3d(input, kernelSize, options)
    return F.fractionalMaxPool3d(input, kernelSize, { ...options, returnIndices })
  }
}

const family = 'Pooling'
const help = 'The largest of windows that begin at random, so many as are asked for.'
const onnx = { absent: 'ONNX draws no windows.' }
const drawn = (...shape: number[]): Tensor => ones(shape)

defineModule(FractionalMaxPool2d, options2d, {
  family,
  help,
  onnx,
  samples: [
    {
      make: () => new FractionalMaxPool2d(2, [3, 4], null, true, drawn(2, 3, 2)),
      inputs: [uniform([2, 3, 7, 6])],
    },
    {
      make: () => new FractionalMaxPool2d([3, 2], { outputRatio: 0.5, _randomSamples: drawn(1, 3, 2) }),
      inputs: [uniform([3, 7, 6])],
    },
  ],
})

defineModule(FractionalMaxPool3d, options3d, {
  family,
  help,
  onnx,
  samples: [
    {
      make: () => new FractionalMaxPool3d(2, { outputSize: [2, 3, 2], _randomSamples: drawn(1, 2, 3) }),
      inputs: [uniform([1, 2, 5, 6, 4])],
    },
  ],
})
