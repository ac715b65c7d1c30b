import { expect, test } from 'vitest'
import { begin, namesIn, schedules, type Schedule } from '../../contract/index.ts'
import { learningRates, plannedRates } from './schedules.ts'

const ratesOf = (schedule: Schedule, base: number, epochs: number): number[] =>
  Array.from({ length: epochs }, (_, epoch) => learningRates(schedule, base, epochs)(epoch))

test('cosine falls from the base rate towards zero, half way at the middle', () => {
  const rates = ratesOf(begin(schedules, 'cosine'), 0.1, 10)
  expect(rates[0]).toBe(0.1)
  expect(rates[5]).toBeCloseTo(0.05, 15)
  // torch: CosineAnnealingLR(SGD(lr=0.1), T_max=10) after nine steps
  expect(rates[9]).toBeCloseTo(0.0024471741852423235, 12)
  expect(ratesOf(begin(schedules, 'cosine', { floor: 0.5 }), 0.1, 10)[5]).toBeCloseTo(0.075, 15)
})

test('steps, exponentials, polynomials and restarts', () => {
  expect(ratesOf(begin(schedules, 'step', { every: 2, factor: 0.5 }), 8, 5)).toEqual([8, 8, 4, 4, 2])
  expect(ratesOf(begin(schedules, 'exponential', { factor: 0.5 }), 8, 4)).toEqual([8, 4, 2, 1])
  expect(ratesOf(begin(schedules, 'polynomial'), 8, 4)).toEqual([8, 6, 4, 2])
  const restarts = ratesOf(begin(schedules, 'cosineRestarts', { every: 2, growth: 2 }), 8, 7)
  expect(restarts.map((rate) => Math.round(rate * 1e6) / 1e6)).toEqual([8, 4, 8, 6.828427, 4, 1.171573, 8])
  expect(ratesOf(begin(schedules, 'constant'), 8, 2)).toEqual([8, 8])
})

test('warm-ups, milestones, cycles', () => {
  const rounded = (rates: number[]): number[] => rates.map((rate) => Math.round(rate * 1e6) / 1e6)
  expect(rounded(ratesOf(begin(schedules, 'warmupCosine', { warmup: 2, first: 0.5 }), 8, 6))).toEqual([
    4, 6, 8, 6.828427, 4, 1.171573,
  ])
  expect(ratesOf(begin(schedules, 'milestones', { epochs: [3, 1], factor: 0.5 }), 8, 5)).toEqual([
    8, 4, 4, 2, 2,
  ])
  expect(rounded(ratesOf(begin(schedules, 'triangles', { half: 2, floor: 0.5 }), 8, 8))).toEqual([
    4, 6, 8, 6, 4, 5, 6, 5,
  ])
  const cycle = ratesOf(begin(schedules, 'oneCycle'), 1, 10)
  expect(rounded(cycle.slice(0, 3))).toEqual([0.04, 0.52, 1])
  expect(cycle.at(-1)).toBeCloseTo(0.04 / 1e4, 12)
})

test('a run that goes on has the rates of one that was never interrupted', () => {
  for (const name of namesIn(schedules)) {
    const schedule = begin(schedules, name)
    const whole = ratesOf(schedule, 0.3, 40)
    const rateAt = learningRates(schedule, 0.3, 40)
    for (const epoch of [0, 17, 3, 39]) expect(rateAt(epoch), name).toBe(whole[epoch])
  }
})

test('a long plan is thinned out, with its first and last epoch', () => {
  const plan = plannedRates(begin(schedules, 'cosine'), 1, 5000)
  expect(plan).toHaveLength(200)
  expect(plan[0]).toEqual({ epoch: 1, rate: 1 })
  expect(plan.at(-1)?.epoch).toBe(5000)
  expect(plannedRates(begin(schedules, 'constant'), 1, 1)).toEqual([{ epoch: 1, rate: 1 }])
})
