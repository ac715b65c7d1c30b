import { expect, test } from 'vitest'
import { afterEpoch, freshStopping } from './stopping.ts'

function stopsAfter(losses: number[], rule: { patience: number; minDelta: number } | null): number | null {
  let state = freshStopping
  for (const [index, loss] of losses.entries()) {
    const next = afterEpoch(state, loss, rule)
    if (next.stop) return index + 1
    state = next.state
  }
  return null
}

test('stops after patience epochs without progress, and improvement starts the count anew', () => {
  expect(stopsAfter([1, 0.9, 0.95, 0.94, 0.93], { patience: 3, minDelta: 0 })).toBe(5)
  expect(stopsAfter([1, 0.9, 0.95, 0.94, 0.89, 0.9, 0.9], { patience: 3, minDelta: 0 })).toBeNull()
})

test('improving by less than minDelta is no progress, until the small gains add up to it', () => {
  expect(stopsAfter([1, 0.995, 0.992], { patience: 2, minDelta: 0.01 })).toBe(3)
  expect(stopsAfter([1, 0.995, 0.98, 0.975], { patience: 2, minDelta: 0.01 })).toBeNull()
})

test('without a rule it trains to the end', () => {
  expect(stopsAfter([1, 2, 3, 4, 5], null)).toBeNull()
})
