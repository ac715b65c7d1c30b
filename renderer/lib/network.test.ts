import { expect, it } from 'vitest'
import type { ModelSummary } from '../../electron/contract/index.ts'
import { drawnLayers, drawNetwork, type DrawnLayer } from './network.ts'

const bar = (label: string, units: number): DrawnLayer => ({
  label,
  units,
  shape: String(units),
  parameters: 0,
})

it('draws one bar per layer inside the frame, taller for wider layers', () => {
  const bars = drawNetwork([bar('Input', 20), bar('Hidden 1', 64), bar('Output', 1)], {
    width: 400,
    height: 160,
  })
  const [input, hidden, output] = bars
  expect(hidden?.height).toBe(160)
  expect(input && output && input.height > output.height).toBe(true)
  for (const { x, width } of bars) expect(x + width).toBeLessThanOrEqual(400)
})

type Layer = ModelSummary['layers'][number]
const layer = (name: string, type: string, to: Layer['outputShape'], counts: Partial<Layer> = {}): Layer => ({
  name,
  type,
  inputShape: ['N', 4],
  outputShape: to,
  parameters: 0,
  multiplyAdds: 0,
  ...counts,
})
const summary = (
  inputs: ModelSummary['document']['inputs'],
  ...layers: Layer[]
): Pick<ModelSummary, 'document' | 'layers'> => ({
  layers,
  document: { inputs, nodes: [], output: layers.at(-1)!.name },
})
const texts = (of: DrawnLayer[]) => of.map(({ label, shape }) => `${label} ${shape}`)

it('draws the layers that change what an example is, under what they are', () => {
  const numbers = { name: 'numbers', kind: 'numbers', width: 4 } as const
  const weights = { parameters: 9, multiplyAdds: 8 }
  const perceptron = summary(
    [numbers],
    layer('0', 'Linear', ['N', 4], weights),
    layer('1', 'BatchNorm1d', ['N', 4], { parameters: 8 }),
    layer('2', 'ReLU', ['N', 4]),
    layer('3', 'Linear', ['N', 2], weights),
  )
  expect(texts(drawnLayers(perceptron as ModelSummary))).toEqual(['Input 4', 'Hidden 1 4', 'Output 2'])
  const mixed = summary(
    [numbers, { name: 'codes', kind: 'codes', sizes: [3, 7] }],
    layer('codes', 'select', ['N']),
    layer('words', 'Embedding', ['N', 6], { parameters: 18 }),
    layer('broken', 'Linear', null, { parameters: 9 }),
    layer('conv', 'Conv2d', ['N', 8, 2, 2], weights),
  )
  expect(texts(drawnLayers(mixed as ModelSummary))).toEqual(['Inputs 6', 'Embedding 6', 'Output 8 × 2 × 2'])
})
