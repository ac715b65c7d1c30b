/** The drawing of a network: which of its layers are drawn, and where. */
import { flowOfInput } from '../../electron/contract/index.ts'
import type { ModelSummary } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import { formatShape } from './format.ts'

const words = strings.model.drawing

export interface DrawnLayer {
  readonly label: string
  /** Numbers that come out of it, for one example. */
  readonly units: number
  /** How these lie: `64`, `32 × 14 × 14`. */
  readonly shape: string
  /** What training learns between it and the one before. */
  readonly parameters: number
}

type Shape = readonly (number | 'N')[]

const sizeOf = (shape: Shape): number => shape.slice(1).reduce<number>((size, n) => size * Number(n), 1)
const drawn = (label: string, shape: Shape, parameters: number): DrawnLayer => ({
  label,
  units: sizeOf(shape),
  shape: formatShape(shape.slice(1)),
  parameters,
})

const shapeOfInput = (input: ModelSummary['document']['inputs'][number]): Shape => [
  'N',
  ...flowOfInput(input).shape.slice(1),
]

/**
 * What comes in, and every layer whose weights make of an example something of another size: what only bends, normalizes or
 * drops belongs to the layer before it.
 */
export function drawnLayers({ document, layers }: ModelSummary): DrawnLayer[] {
  const [only, ...others] = document.inputs
  const inputs =
    only && others.length === 0
      ? drawn(words.input, shapeOfInput(only), 0)
      : drawn(
          words.inputs,
          ['N', document.inputs.reduce((sum, input) => sum + sizeOf(shapeOfInput(input)), 0)],
          0,
        )
  const weighty = layers.flatMap(({ name, type, inputShape, outputShape, parameters, multiplyAdds }) => {
    if (!inputShape || !outputShape || parameters === 0) return []
    const same = sizeOf(inputShape) === sizeOf(outputShape)
    return multiplyAdds === 0 && same ? [] : [{ name, type, outputShape, parameters }]
  })
  const hidden = weighty.every(({ type }) => type === 'Linear')
  return [
    inputs,
    ...weighty.map(({ name, type, outputShape, parameters }, i) =>
      drawn(
        name === document.output ? words.output : hidden ? words.hidden(i + 1) : type,
        outputShape,
        parameters,
      ),
    ),
  ]
}

export interface Bar extends DrawnLayer {
  readonly x: number
  readonly y: number
  readonly height: number
  readonly width: number
}

/** A column per layer, as tall as what comes out of it on a log scale. */
export function drawNetwork(
  layers: readonly DrawnLayer[],
  size: { readonly width: number; readonly height: number },
): Bar[] {
  const most = Math.max(2, ...layers.map((layer) => layer.units))
  const gap = layers.length > 1 ? (size.width - barWidth) / (layers.length - 1) : 0
  return layers.map((layer, index) => {
    // A logarithm keeps one unit visible beside thousands.
    const height = 16 + (size.height - 16) * (Math.log2(layer.units + 1) / Math.log2(most + 1))
    return { ...layer, x: index * gap, y: (size.height - height) / 2, height, width: barWidth }
  })
}

const barWidth = 40
