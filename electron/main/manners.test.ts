import { expect, test } from 'vitest'
import { closeAnswer, closeQuestion, comesBack, progressBarOf, trayText } from './manners.ts'

test('the task bar shows how far trainings are, that they are under way, or nothing', () => {
  expect(progressBarOf({ trainings: 0, progress: null })).toBeLessThan(0)
  expect(progressBarOf({ trainings: 1, progress: null })).toBeGreaterThan(1)
  expect(progressBarOf({ trainings: 2, progress: 0.25 })).toBe(0.25)
  expect(trayText({ trainings: 2, progress: 0.25 })).toBe('Descent: 2 trainings under way, 25 %')
  expect(trayText({ trainings: 1, progress: null })).toBe('Descent: a training under way')
})

test('a question that is waved away closes nothing', () => {
  const { buttons, cancelId, message } = closeQuestion({ trainings: 1, progress: 0.5 })
  expect(message).toBe('A training is under way.')
  expect(buttons.map((_, i) => closeAnswer(i))).toEqual(['background', 'stop', 'stay'])
  expect(closeAnswer(cancelId)).toBe('stay')
  expect(closeAnswer(-1)).toBe('stay')
})

test('a page that crashes now and then comes back, one that crashes again and again does not', () => {
  expect(comesBack([0])).toBe(true)
  expect(comesBack([0, 100_000, 200_000, 300_000, 400_000])).toBe(true)
  expect(comesBack([0, 1000, 2000])).toBe(true)
  expect(comesBack([0, 1000, 2000, 3000])).toBe(false)
})
