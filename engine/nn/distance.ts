/** Distances between rows, as modules. */
import { uniform } from '../ops/samples.ts'
import type { Tensor } from '../tensor/tensor.ts'
import * as F from './functional.ts'
import { defineLayer } from './layer.ts'
import { flag, index, real } from './options.ts'
import { optionList } from './settle.ts'

const family = 'Distances'
type Two = readonly [first: Tensor, second: Tensor]
const pair = [uniform([3, 4]), uniform([3, 4], -1, 1)]

/** The cosine of the angle between two vectors. Source: torch.nn.CosineSimilarity. */
export const CosineSimilarity = defineLayer(
  optionList(
    'CosineSimilarity',
    index('dim', { default: 1, help: 'The dimension along which the vectors lie.' }),
    real('eps', { default: 1e-8, least: 0, help: 'The least length of a vector.' }),
  ),
  {
    family,
    help: 'The cosine of the angle between two vectors.',
    forward: ({ dim, eps }, ...[first, second]: Two) => F.cosineSimilarity(first, second, dim, eps),
    onnx: ({ dim, eps }, nodes, first, second) => {
      const sum = (x: string): string =>
        nodes.add('ReduceSum', [x, nodes.list([dim])], { keepdims: { int: 0 } })
      const length = (x: string): string =>
        nodes.add('Max', [nodes.add('Sqrt', [sum(nodes.add('Mul', [x, x]))]), nodes.number(eps)])
      const lengths = nodes.add('Mul', [length(first!.name), length(second!.name)])
      return nodes.add('Div', [sum(nodes.add('Mul', [first!, second!])), lengths])
    },
    samples: (Made) => [
      { make: () => new Made(), inputs: pair },
      { make: () => new Made(0, 1e-6), inputs: pair },
      { make: () => new Made(-1), inputs: [uniform([1, 2, 3]), uniform([1, 2, 3], -1, 1)] },
    ],
  },
)

/** The p-norm of the difference of two vectors [.., width]. Source: torch.nn.PairwiseDistance. */
export const PairwiseDistance = defineLayer(
  optionList(
    'PairwiseDistance',
    real('p', { default: 2, least: 0, help: 'Which norm measures it.' }),
    real('eps', { default: 1e-6, help: 'Is added to differences.' }),
    flag('keepdim', { default: false, help: 'Whether the last dimension stays, as one of 1.' }),
  ),
  {
    family,
    help: 'The distance between two vectors.',
    forward: ({ p, eps, keepdim }, ...[first, second]: Two) =>
      F.pairwiseDistance(first, second, p, eps, keepdim),
    onnx: ({ p, eps, keepdim }, nodes, first, second) => {
      const apart = nodes.add('Add', [nodes.add('Sub', [first!, second!]), nodes.number(eps)])
      const power = nodes.add('Pow', [nodes.add('Abs', [apart]), nodes.number(p)])
      const sum = nodes.add('ReduceSum', [power, nodes.list([-1])], { keepdims: { int: keepdim ? 1 : 0 } })
      return nodes.add('Pow', [sum, nodes.number(1 / p)])
    },
    samples: (Made) => [
      { make: () => new Made(), inputs: pair },
      { make: () => new Made(1, 1e-3, true), inputs: pair },
      { make: () => new Made(), inputs: [uniform([1, 3]), uniform([1, 3], -1, 1)] },
    ],
  },
)
