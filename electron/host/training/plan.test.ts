import { expect, test } from 'vitest'
import { begin, schedules } from '../../contract/index.ts'
import { planAfter } from './plan.ts'
import { Speedometer } from './speed.ts'
import { recipeOf } from './testing.ts'

const { training } = recipeOf('classification', {}, { epochs: 10, schedule: begin(schedules, 'cosine') })

test('a plan is the recipe’s until it is changed', () => {
  const plan = planAfter(training)
  expect([plan.epochs, plan.earlyStopping, plan.rateAt(0)]).toEqual([10, null, 0.01])
})

test('a changed rate goes on being turned as the schedule turns', () => {
  const own = planAfter(training)
  const plan = planAfter(training, [{ step: 40, epoch: 4, learningRate: 0.002 }])
  expect(plan.rateAt(4)).toBeCloseTo(0.002, 12)
  expect(plan.rateAt(7) / own.rateAt(7)).toBeCloseTo(0.002 / own.rateAt(4), 12)
})

test('the last word on length and stopping holds; beyond its end a schedule stays where it ended', () => {
  const plan = planAfter(training, [
    { step: 1, epoch: 0, epochs: 20, patience: 3 },
    { step: 2, epoch: 0, epochs: 15 },
  ])
  expect([plan.epochs, plan.earlyStopping]).toEqual([15, { minDelta: 0, patience: 3 }])
  expect(plan.rateAt(14)).toBe(plan.rateAt(9))
  expect(planAfter(training, [{ step: 1, epoch: 0, patience: null }]).earlyStopping).toBeNull()
})

test('speed is that of the last seconds: what compiling took is forgotten', () => {
  const speed = new Speedometer()
  expect([speed.throughput, speed.timeFor(100, 0)]).toEqual([null, null])
  speed.note(5, 64)
  expect(speed.throughput).toBeNull()
  for (let i = 1; i <= 40; i++) speed.note(5 + i / 10, 64 + 100 * i)
  expect(speed.throughput).toBeCloseTo(1000, 6)
  expect(speed.timeFor(2000, 3)).toBeCloseTo(2, 6)
  speed.noteValidation(0.5)
  speed.noteValidation(1.5)
  expect(speed.timeFor(2000, 3)).toBeCloseTo(5, 6)
})
