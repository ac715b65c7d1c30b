import { expect, test } from 'vitest'
import { begin, lossFor, losses, type Answer } from '../../contract/index.ts'
import { hardestOf, lossOfEach, mostHard, placesOfLargest } from './hardest.ts'
import { lossFunctionOf } from './losses.ts'

const random = (() => {
  let state = 7
  return () => (state = (state * 16807) % 2147483647) / 2147483647
})()

test('the largest come first, and of equal ones the first', () => {
  expect(placesOfLargest([1, 5, 3, 5, 2, 4], 3)).toEqual([1, 3, 5])
  expect(placesOfLargest([1, NaN, 2], 5)).toEqual([2, 0])
  const values = Array.from({ length: 500 }, random)
  const sorted = values.map((_, i) => i).toSorted((a, b) => values[b]! - values[a]!)
  expect(placesOfLargest(values, 12)).toEqual(sorted.slice(0, 12))
})

test.each([
  ['crossEntropy', 3, 1],
  ['focal', 3, 1],
  ['corn', 2, 1],
  ['binaryCrossEntropy', 1, 1],
  ['mse', 2, 2],
  ['huber', 1, 1],
] as const)('what each row loses by %s is, in the mean, what the split does', (name, units, width) => {
  const rows = 40
  const loss = begin(losses, name)
  const outputs = Float32Array.from({ length: rows * units }, () => 4 * random() - 2)
  const isNumber = name === 'mse' || name === 'huber'
  const targets = isNumber
    ? Float32Array.from({ length: rows * width }, random)
    : Int32Array.from({ length: rows }, (_, i) => i % (name === 'binaryCrossEntropy' ? 2 : 3))
  const each = lossOfEach(loss, { targets, outputs, units })
  expect(each).toHaveLength(rows)
  const whole = lossFunctionOf(loss).ofSplit(outputs, targets, units, null)
  const mean = each.reduce((sum, one) => sum + one, 0) / rows
  // CORN divides by the questions that were asked, and a row that comes further is asked more.
  if (name !== 'corn') expect(mean).toBeCloseTo(whole, 10)
  else expect(each.every((one) => one > 0)).toBe(true)
})

test('a row that is there twice is named once, and one that was made up never', () => {
  const outputs = Float32Array.of(3, 0, 0, 3, 0, 3, 9, 0)
  const targets = Int32Array.of(1, 1, 0, 1)
  const answersOf = (truth: ArrayLike<number>): Answer[] =>
    Array.from(truth, (label) => ({
      is: 'chosen',
      truth: [String(label)],
      predicted: [],
      ofTruth: 0,
      other: '',
      ofOther: 0,
    }))
  const found = hardestOf({
    loss: lossFor('classification'),
    epoch: 4,
    targets,
    outputs,
    units: 2,
    rows: [11, 11, 7, -1],
    answersOf,
  })
  expect(found.looked).toBe(2)
  expect(found.examples.map(({ row }) => row)).toEqual([11, 7])
  expect(found.examples[0]!.answer).toMatchObject({ truth: ['1'] })
  expect(found.examples.length).toBeLessThanOrEqual(mostHard)
})
