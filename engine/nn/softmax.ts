/** Scores along a dimension as probabilities, as modules. */
import { uniform } from '../ops/samples.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { samplesOf } from './activation.ts'
import * as F from './functional.ts'
import { defineLayer, naming } from './layer.ts'
import type { OnnxNodes, OnnxValue } from './onnx.ts'
import { index } from './options.ts'
import { optionList } from './settle.ts'

const family = 'Non-linear activations'

const dim = index('dim', {
  default: null,
  nullable: true,
  help: 'The dimension along which it is; null is 0 for one or three dimensions, else 1.',
})
const along = (dim: number | null, { ndim }: { readonly ndim: number }): number =>
  dim ?? ([0, 1, 3].includes(ndim) ? 0 : 1)

/** A function along a dimension. */
const rowwise = (
  name: string,
  help: string,
  forward: (x: Tensor, dim: number) => Tensor,
  onnx: (nodes: OnnxNodes, x: OnnxValue, dim: number) => string,
) => {
  const list = optionList(name, dim)
  return defineLayer(list, {
    family,
    help,
    forward: ({ dim }, x) => forward(x, along(dim, x)),
    prints: naming(list, 'dim'),
    onnx: ({ dim }, nodes, x) => onnx(nodes, x!, along(dim, { ndim: x!.shape.length })),
    samples: samplesOf([], [1], [-2]),
  })
}

/** eˣ over its sum along a dimension. Source: torch.nn.Softmax. */
export const Softmax = rowwise(
  'Softmax',
  'Scores become probabilities, which sum to one.',
  (x, dim) => x.softmax(dim),
  (nodes, x, dim) => nodes.add('Softmax', [x], { axis: { int: dim } }),
)

/** The logarithm of Softmax. Source: torch.nn.LogSoftmax. */
export const LogSoftmax = rowwise(
  'LogSoftmax',
  'Scores become logarithms of probabilities.',
  (x, dim) => x.logSoftmax(dim),
  (nodes, x, dim) => nodes.add('LogSoftmax', [x], { axis: { int: dim } }),
)

/** Softmax of −x. Source: torch.nn.Softmin. */
export const Softmin = rowwise(
  'Softmin',
  'As Softmax, with the smallest score the most probable.',
  (x, dim) => F.softmin(x, dim),
  (nodes, x, dim) => nodes.add('Softmax', [nodes.add('Neg', [x])], { axis: { int: dim } }),
)

/** Softmax of the channels of each pixel of [N, C, H, W] or [C, H, W]. Source: torch.nn.Softmax2d. */
export const Softmax2d = defineLayer(optionList('Softmax2d'), {
  family,
  help: 'The channels of each pixel become probabilities.',
  forward: (_, x) => {
    if (x.ndim !== 3 && x.ndim !== 4)
      throw new RangeError(`Softmax2d takes [N, C, H, W] or [C, H, W], not ${formatShape(x.shape)}.`)
    return x.softmax(-3)
  },
  onnx: (_, nodes, x) => nodes.add('Softmax', [x!], { axis: { int: -3 } }),
  samples: (Made) => [
    { make: () => new Made(), inputs: [uniform([2, 3, 2, 2])] },
    { make: () => new Made(), inputs: [uniform([3, 1, 2])] },
  ],
})
