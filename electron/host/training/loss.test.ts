import { expect, test } from 'vitest'
import { crossEntropy, scoreOutputs } from './loss.ts'

test('cross-entropy by hand, large logits included', () => {
  expect(crossEntropy([0, 0, 0, 0], [0, 1], 2, null)).toBeCloseTo(Math.log(2), 12)
  expect(crossEntropy([Math.log(3), 0], [1], 2, null)).toBeCloseTo(Math.log(4), 12)
  expect(crossEntropy([2000, 0], [1], 2, null)).toBe(2000)
})

test('class weights make a weighted mean', () => {
  // rows of loss ln 4 (class 1, weight 3) and ln(4/3) (class 0, weight 1)
  const logits = [Math.log(3), 0, Math.log(3), 0]
  const expected = (3 * Math.log(4) + Math.log(4 / 3)) / 4
  expect(crossEntropy(logits, [1, 0], 2, [1, 3])).toBeCloseTo(expected, 12)
})

test('a NaN output makes a NaN loss: it must not pass for a prediction', () => {
  expect(crossEntropy([NaN, 1], [1], 2, null)).toBeNaN()
  expect(scoreOutputs('regression', [NaN, 1], [1, 2], 1, null).loss).toBeNaN()
})

test('scores are accuracy and R²', () => {
  expect(scoreOutputs('classification', [2, 1, 0, 1, 3, 1], [0, 1, 1], 2, null).score).toBeCloseTo(2 / 3, 12)
  const { loss, score } = scoreOutputs('regression', [1, 2, 4], [1, 2, 3], 1, null)
  expect(loss).toBeCloseTo(1 / 3, 12)
  expect(score).toBeCloseTo(0.5, 12)
})
