import { expect, test } from 'vitest'
import { extremeLayers, layersIn, mostLayers } from './layers.ts'
import { smoothed } from './curves.ts'

const curve = (...value: number[]) => ({
  epoch: value.map(() => 1),
  step: value.map((_, i) => i + 1),
  seconds: value.map((_, i) => i),
  value,
})

test('the layers of a statistic are found by the names of their series', () => {
  const curves = {
    recorded: 2,
    series: {
      'train/stepLoss': curve(1, 2),
      'layers/update/0.weight': curve(0.1, 0.2),
      'layers/update/block.1.weight': curve(0.3),
      'layers/mean/0': curve(5),
    },
  }
  expect(layersIn(curves, 'update').map(({ layer }) => layer)).toEqual(['0.weight', 'block.1.weight'])
  expect(layersIn(curves, 'update')[0]!.points).toEqual([
    { x: 1, y: 0.1 },
    { x: 2, y: 0.2 },
  ])
  expect(layersIn(curves, 'dead')).toEqual([])
})

test('of many layers the lowest and the highest are shown, in the order of the network', () => {
  const lines = Array.from({ length: 20 }, (_, i) => ({
    layer: String(i),
    points: [{ x: 1, y: (i * 7) % 20 }],
  }))
  const shown = extremeLayers(lines)
  expect(shown).toHaveLength(mostLayers)
  expect(shown.map(({ points }) => points[0]!.y).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 16, 17, 18, 19])
  expect(shown.map(({ layer }) => Number(layer))).toEqual(
    shown.map(({ layer }) => Number(layer)).toSorted((a, b) => a - b),
  )
  expect(extremeLayers(lines.slice(0, 3))).toEqual(lines.slice(0, 3))
})

test('smoothing starts where the curve starts, and follows it', () => {
  const flat = [1, 2, 3].map((x) => ({ x, y: 4 }))
  for (const { y } of smoothed(flat, 0.9)) expect(y).toBeCloseTo(4, 12)
  const [first, second] = smoothed(
    [
      { x: 1, y: 0 },
      { x: 2, y: 1 },
    ],
    0.5,
  )
  expect([first!.y, second!.y]).toEqual([0, 2 / 3])
  expect(smoothed([{ x: 1, y: 3 }], 0)).toEqual([{ x: 1, y: 3 }])
})
