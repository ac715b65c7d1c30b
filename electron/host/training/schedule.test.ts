import { expect, test } from 'vitest'
import { afterEpoch, freshStopping, learningRateAt } from './schedule.ts'

test('cosine falls from the base rate towards zero, half way at the middle', () => {
  expect(learningRateAt({ name: 'cosine' }, 0.1, 0, 10)).toBe(0.1)
  expect(learningRateAt({ name: 'cosine' }, 0.1, 5, 10)).toBeCloseTo(0.05, 15)
  // torch: CosineAnnealingLR(SGD(lr=0.1), T_max=10) after nine steps
  expect(learningRateAt({ name: 'cosine' }, 0.1, 9, 10)).toBeCloseTo(0.0024471741852423235, 12)
})

test('step multiplies every so many epochs', () => {
  const rates = [0, 1, 2, 3, 4].map((e) => learningRateAt({ name: 'step', every: 2, factor: 0.5 }, 8, e, 5))
  expect(rates).toEqual([8, 8, 4, 4, 2])
})

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
