import { expect, it } from 'vitest'
import { drawNetwork } from './network.ts'

it('draws one bar per layer inside the frame, taller for wider layers', () => {
  const bars = drawNetwork(
    [
      { label: 'Input', units: 20 },
      { label: 'Hidden 1', units: 64 },
      { label: 'Output', units: 1 },
    ],
    { width: 400, height: 160 },
  )
  const [input, hidden, output] = bars
  expect(hidden?.height).toBe(160)
  expect(input && output && input.height > output.height).toBe(true)
  for (const bar of bars) expect(bar.x + bar.width).toBeLessThanOrEqual(400)
})
