import { expect, it } from 'vitest'
import { scheduleOf } from './recipe.ts'
import { learningRates } from './schedule.ts'

it('draws the schedule it describes', () => {
  const optimizer = { name: 'adam' as const, learningRate: 1, weightDecay: 0 }
  const cosine = learningRates({ schedule: { name: 'cosine' }, optimizer, epochs: 100 })
  expect(cosine[0]).toEqual({ x: 1, y: 1 })
  expect(cosine.at(-1)?.y).toBeLessThan(0.001)
  const step = learningRates({ schedule: scheduleOf('step', 30), optimizer, epochs: 30 })
  expect(step[9]?.y).toBe(1)
  expect(step[10]?.y).toBeCloseTo(0.1)
  expect(learningRates({ schedule: { name: 'constant' }, optimizer, epochs: 1 })).toEqual([{ x: 1, y: 1 }])
})
