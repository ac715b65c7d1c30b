import { uniform } from '../ops/samples.ts'
import * as F from './functional.ts'
import { defineLayer } from './layer.ts'
import { real, whole } from './options.ts'
import { optionList } from './settle.ts'
import { pythonText } from '../formats/python.ts'

const responseOptions = optionList(
  'LocalResponseNorm',
  whole('size', { help: 'How many neighboring channels count.' }),
  real('alpha', { default: 1e-4, help: 'By how much their squares count.' }),
  real('beta', { default: 0.75, help: 'The exponent of what is divided by.' }),
  real('k', { default: 1, decimal: true, help: 'Is added to them.' }),
)

/** Divides each channel of [N, C, …] by its neighbors (Krizhevsky et al. 2012, https://doi.org/10.1145/3065386). Source: torch.nn.LocalResponseNorm. */
export const LocalResponseNorm = defineLayer(responseOptions, {
  family: 'Normalization',
  help: 'Divides each channel by what its neighbors are at the same place.',
  forward: ({ size, alpha, beta, k }, x) => F.localResponseNorm(x, size, { alpha, beta, k }),
  prints: ({ size, alpha, beta, k }) => {
    const decimal = k === 1 ? '1.0' : pythonText(k)
    return `${size}, alpha=${pythonText(alpha)}, beta=${pythonText(beta)}, k=${decimal}`
  },
  onnx: ({ size, alpha, beta, k }, nodes, x) => {
    if (size % 2 === 0 || x!.shape.length !== 4)
      throw new Error('ONNX has this of images alone, and by an odd number of channels.')
    return nodes.add('LRN', [x!], {
      size: { int: size },
      alpha: { float: alpha },
      beta: { float: beta },
      bias: { float: k },
    })
  },
  samples: (Made) => [
    { make: () => new Made(3), inputs: [uniform([2, 5, 2, 3])] },
    { make: () => new Made(5, 0.5, 0.6, 2), inputs: [uniform([1, 4, 2, 3])] },
    { make: () => new Made(2, { alpha: 1 }), inputs: [uniform([2, 5, 3])], without: ['onnx'] },
  ],
})
