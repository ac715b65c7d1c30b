/** The weights of a layer in the order in which PyTorch lists them, and what they start from. */
import type { Layer } from '../cases.ts'
import { Uniform } from './data.ts'

export interface Parameter {
  shape: number[]
  /** Uniform in ±bound, or this one value. */
  start: { bound: number } | { value: number }
}

const uniform = (shape: number[], fanIn: number): Parameter => ({
  shape,
  start: { bound: 1 / Math.sqrt(fanIn) },
})
const norm = (size: number): Parameter[] => [
  { shape: [size], start: { value: 1 } },
  { shape: [size], start: { value: 0 } },
]
const linear = (inputs: number, outputs: number): Parameter[] => [
  uniform([outputs, inputs], inputs),
  uniform([outputs], inputs),
]

export function parametersOf(layer: Layer): Parameter[] {
  switch (layer.layer) {
    case 'linear':
      return linear(layer.inputs, layer.outputs)
    case 'conv': {
      const { inputs, outputs, kernel, bias } = layer
      const fanIn = inputs * kernel * kernel
      return [uniform([outputs, inputs, kernel, kernel], fanIn), ...(bias ? [uniform([outputs], fanIn)] : [])]
    }
    case 'batch-norm':
      return norm(layer.channels)
    case 'residual':
      return [...layer.body, ...layer.shortcut].flatMap(parametersOf)
    case 'embedding':
      return [{ shape: [layer.count, layer.width], start: { bound: 1 } }]
    case 'text-convs':
      return layer.kernels.flatMap((kernel) => [
        uniform([layer.outputs, layer.width, kernel], kernel * layer.width),
        uniform([layer.outputs], kernel * layer.width),
      ])
    case 'lstm':
    case 'gru': {
      const { inputs, hidden } = layer
      const gates = (layer.layer === 'lstm' ? 4 : 3) * hidden
      return [[gates, inputs], [gates, hidden], [gates], [gates]].map((shape) => uniform(shape, hidden))
    }
    case 'encoder': {
      const { width, feedForward } = layer
      return [
        ...linear(width, 3 * width),
        ...linear(width, width),
        ...linear(width, feedForward),
        ...linear(feedForward, width),
        ...norm(width),
        ...norm(width),
      ]
    }
    case 'member-scale':
      return [uniform([layer.members, layer.inputs], layer.inputs)]
    case 'member-linear': {
      const { members, inputs, outputs } = layer
      return [uniform([members, inputs, outputs], inputs), uniform([members, outputs], inputs)]
    }
    case 'relu':
    case 'flatten':
    case 'max-pool':
    case 'average-pool':
    case 'mean':
      return []
  }
}

/** Values for all parameters of these layers, drawn one after the other. */
export function startValues(
  layers: readonly Layer[],
): { shape: number[]; values: Float32Array<ArrayBuffer> }[] {
  const random = new Uniform(2)
  return layers.flatMap(parametersOf).map(({ shape, start }) => {
    const count = shape.reduce((a, b) => a * b)
    const values =
      'bound' in start ? random.floats(count, start.bound) : new Float32Array(count).fill(start.value)
    return { shape, values }
  })
}
