import { uniform as uniformSample } from '../ops/samples.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { formatShape } from '../tensor/shape.ts'
import { configure, defineModule } from './define.ts'
import { uniform } from './init.ts'
import { Module } from './module.ts'
import { bias, device, whole, type Rest } from './options.ts'
import { keywords } from '../formats/python.ts'
import { optionList } from './settle.ts'

const bilinearOptions = optionList(
  'Bilinear',
  whole('in1Features', { help: 'How many numbers the first input has.' }),
  whole('in2Features', { help: 'How many numbers the second input has.' }),
  whole('outFeatures', { help: 'How many numbers come out.' }),
  bias,
  device,
)

/**
 * Maps [.., in1] and [.., in2] to [.., out]: x₁ᵀ·A·x₂ + b. weight [out, in1, in2] and bias [out] start uniform in ±1/√in1.
 * Source: torch.nn.Bilinear.
 */
export class Bilinear extends Module<[first: Tensor, second: Tensor]> {
  readonly in1Features: number
  readonly in2Features: number
  readonly outFeatures: number
  readonly weight: Tensor
  readonly bias: Tensor | undefined
  constructor(
    in1Features: number,
    in2Features: number,
    outFeatures: number,
    ...rest: Rest<typeof bilinearOptions>
  ) {
    super()
    const given = [in1Features, in2Features, outFeatures, ...rest]
    const { bias, device } = configure(this, bilinearOptions, given)
    this.in1Features = in1Features
    this.in2Features = in2Features
    this.outFeatures = outFeatures
    const bound = 1 / Math.sqrt(in1Features)
    this.weight = uniform([outFeatures, in1Features, in2Features], bound, { device })
    this.bias = bias ? uniform([outFeatures], bound, { device }) : undefined
  }

  forward(first: Tensor, second: Tensor): Tensor {
    const { in1Features, in2Features, outFeatures } = this
    if (first.shape.at(-1) !== in1Features || second.shape.at(-1) !== in2Features)
      throw new RangeError(
        `Bilinear is made for ${in1Features} and ${in2Features} features, not ${formatShape(first.shape)} and ${formatShape(second.shape)}.`,
      )
    // [.., 1, in1] · [in1, out · in2], then each output's in2 with the second's.
    const matrices = this.weight.permute(1, 0, 2).reshape([in1Features, outFeatures * in2Features])
    const half = first.matmul(matrices).reshape([...first.shape.slice(0, -1), outFeatures, in2Features])
    const product = half.mul(second.unsqueeze(-2)).sum(-1)
    return this.bias ? product.add(this.bias) : product
  }

  override extraRepr(): string {
    const { in1Features, in2Features, outFeatures } = this
    return keywords({
      in1_features: in1Features,
      in2_features: in2Features,
      out_features: outFeatures,
      bias: this.bias !== undefined,
    })
  }
}

defineModule(Bilinear, bilinearOptions, {
  family: 'Linear layers',
  help: 'Every output is a weighted sum of all products of one number from each input.',
  onnx: ({ weight, bias }, nodes, first, second) => {
    const product = nodes.add('Einsum', [first!, nodes.weight(weight), second!], {
      equation: { string: '...i,oij,...j->...o' },
    })
    return bias ? nodes.add('Add', [product, nodes.weight(bias)]) : product
  },
  samples: [
    { make: () => new Bilinear(3, 2, 4), inputs: [uniformSample([2, 3]), uniformSample([2, 2])] },
    {
      make: () => new Bilinear(2, 3, 1, false),
      inputs: [uniformSample([1, 4, 2]), uniformSample([1, 4, 3])],
    },
  ],
})
