import { uniform } from '../ops/samples.ts'
import { rand } from '../tensor/random.ts'
import { formatShape } from '../tensor/shape.ts'
import { dropout, featureAlphaDropout } from './functional.ts'
import { defineLayer } from './layer.ts'
import { configure, defineModule } from './define.ts'
import { Module } from './module.ts'
import { inplace, probability, type Rest } from './options.ts'
import { keywords } from '../formats/python.ts'
import { optionList } from './settle.ts'
import type { Tensor } from '../tensor/tensor.ts'

const dropoutOptions = optionList('Dropout', probability, inplace)

/** Identity when evaluating. Source: torch.nn.Dropout. */
export class Dropout extends Module {
  readonly p: number
  readonly inplace: boolean
  constructor(...rest: Rest<typeof dropoutOptions>) {
    super()
    const { p, inplace } = configure(this, dropoutOptions, rest)
    this.p = p
    this.inplace = inplace
  }
  forward(input: Tensor): Tensor {
    return dropout(input, this.p, this.training, this.inplace)
  }
  override extraRepr(): string {
    return keywords({ p: this.p, inplace: this.inplace })
  }
}

defineModule(Dropout, dropoutOptions, {
  family: 'Dropout',
  help: 'While training, zeroes some numbers at random, so that no output depends on one of them alone.',
  onnx: (_, nodes, x) => nodes.add('Identity', [x!]),
  samples: [
    { make: () => new Dropout(), inputs: [uniform([2, 3])], without: ['training'] },
    { make: () => new Dropout(0), inputs: [uniform([2, 3])] },
    { make: () => new Dropout(1), inputs: [uniform([2, 3])] },
  ],
})

/** Zeroes whole channels of [N, C, …]. */
const ofChannels = (name: string, dimensions: readonly number[], help: string) => {
  const list = optionList(name, probability, inplace)
  return defineLayer(list, {
    family: 'Dropout',
    help,
    forward({ p, inplace, training }, x) {
      if (!dimensions.includes(x.ndim))
        throw new RangeError(
          `${name} takes ${dimensions.join(' or ')} dimensions, not ${formatShape(x.shape)}.`,
        )
      if (!training || p === 0) return x
      // Without N there is one example.
      const channels = x.shape.slice(0, x.ndim === dimensions[0] ? 2 : 1)
      const keep = rand([...channels, ...x.shape.slice(channels.length).map(() => 1)], {
        device: x.device,
      }).ge(p)
      const output = keep.choose(x.mul(p === 1 ? 0 : 1 / (1 - p)), 0)
      return inplace ? x.copy_(output) : output
    },
    prints: ({ p, inplace }) => keywords({ p, inplace }),
    onnx: (_, nodes, x) => nodes.add('Identity', [x!]),
    samples: (Made) => {
      const inputs = [uniform(new Array<number>(dimensions[0]!).fill(2))]
      return [
        { make: () => new Made(), inputs, without: ['training'] },
        { make: () => new Made(0), inputs },
        { make: () => new Made(1), inputs },
      ]
    },
  })
}

/** Zeroes whole channels of [N, C, L] or [C, L] (Tompson et al. 2015, https://arxiv.org/abs/1411.4280). Source: torch.nn.Dropout1d. */
export const Dropout1d = ofChannels(
  'Dropout1d',
  [3, 2],
  'As Dropout, of whole channels of a row, whose neighbors say nearly the same.',
)
/** Zeroes whole channels of [N, C, H, W] (Tompson et al. 2015, https://arxiv.org/abs/1411.4280). Source: torch.nn.Dropout2d. */
export const Dropout2d = ofChannels(
  'Dropout2d',
  [4],
  'As Dropout, of whole channels of an image, whose neighbors say nearly the same.',
)

/** Zeroes whole channels of [N, C, D, H, W] or [C, D, H, W]. Source: torch.nn.Dropout3d. */
export const Dropout3d = ofChannels(
  'Dropout3d',
  [5, 4],
  'As Dropout, of whole channels of a volume, whose neighbors say nearly the same.',
)

/** What SELU tends to far below zero. */
const lowest = -1.7580993408473766
const alphaOptions = optionList('AlphaDropout', probability, inplace)

/** Dropout that leaves mean and variance of what SELU gives (Klambauer et al. 2017, https://arxiv.org/abs/1706.02515). Source: torch.nn.AlphaDropout. */
export const AlphaDropout = defineLayer(alphaOptions, {
  family: 'Dropout',
  help: 'Dropout for networks of SELU: mean and variance stay.',
  forward({ p, inplace, training }, x) {
    if (!training || p === 0) return x
    if (p === 1) return inplace ? x.copy_(x.mul(0)) : x.mul(0)
    const scale = 1 / Math.sqrt((1 - p) * (1 + p * lowest ** 2))
    const keep = rand(x.shape, { device: x.device }).ge(p)
    const output = keep
      .choose(x, lowest)
      .mul(scale)
      .sub(scale * p * lowest)
    return inplace ? x.copy_(output) : output
  },
  prints: ({ p, inplace }) => keywords({ p, inplace }),
  onnx: (_, nodes, x) => nodes.add('Identity', [x!]),
  samples: (Made) => [
    { make: () => new Made(), inputs: [uniform([2, 3])], without: ['training'] },
    { make: () => new Made(0), inputs: [uniform([2, 3])] },
    { make: () => new Made(1), inputs: [uniform([2, 3])] },
  ],
})

/** As AlphaDropout, of whole channels of [N, C, …]. Source: torch.nn.FeatureAlphaDropout. */
export const FeatureAlphaDropout = defineLayer(optionList('FeatureAlphaDropout', probability, inplace), {
  family: 'Dropout',
  help: 'As AlphaDropout, of whole channels.',
  forward: ({ p, inplace, training }, x) => featureAlphaDropout(x, p, training, inplace),
  prints: ({ p, inplace }) => keywords({ p, inplace }),
  onnx: (_, nodes, x) => nodes.add('Identity', [x!]),
  samples: (Made) => [
    { make: () => new Made(), inputs: [uniform([2, 3, 2])], without: ['training'] },
    { make: () => new Made(0), inputs: [uniform([2, 3, 2])] },
    { make: () => new Made(1), inputs: [uniform([2, 3, 2])] },
  ],
})
