import { expect, test } from 'vitest'
import {
  baselines as family,
  besideVerdict,
  constantBaseline,
  type Beside,
  type BesideBaselines,
} from '../../contract/index.ts'
import { someRows } from './data.ts'
import { trainedBaselines } from './index.ts'

test('all but the constant one are trained', () => {
  expect([constantBaseline, ...trainedBaselines]).toEqual(family.members.map(({ name }) => name))
})

test('some rows are the same ones every time, in their order', () => {
  const rows = Int32Array.from({ length: 1000 }, (_, i) => 3 * i)
  const some = someRows(rows, 100)
  expect(some).toHaveLength(100)
  expect([...some]).toEqual([...some].toSorted((a, b) => a - b))
  expect(someRows(rows, 100)).toEqual(some)
  expect(someRows(rows, 1000)).toBe(rows)
})

const one = (name: string, has: number, difference: number, low: number, high: number): Beside => ({
  name,
  rows: 100,
  seconds: 0,
  notes: [],
  metrics: { accuracy: has },
  intervals: {},
  differences: {
    accuracy: {
      difference,
      low,
      high,
      verdict: low > 0 ? 'better' : high < 0 ? 'worse' : 'cannotTell',
    },
  },
})
const beside = (...baselines: Beside[]): Pick<BesideBaselines, 'baselines' | 'rows' | 'split'> => ({
  baselines,
  rows: 150,
  split: 'test',
})

test('what may be said of a network is what the whole interval says', () => {
  const majority = one('constant', 0.5, 0.3, 0.2, 0.4)
  expect(besideVerdict('binary', beside(majority, one('linear', 0.7, 0.1, 0.02, 0.2)))).toEqual({
    verdict: 'better',
    sentence: 'The network is better than majority class and logistic regression by accuracy.',
  })
  expect(besideVerdict('binary', beside(majority, one('boosted', 0.793, 0.007, -0.02, 0.03)))).toEqual({
    verdict: 'cannotTell',
    sentence:
      'Whether the network is better than boosted trees by accuracy, these 150 rows cannot tell: it may be as good. It is better than majority class.',
  })
  expect(besideVerdict('binary', beside(majority, one('boosted', 0.9, -0.1, -0.15, -0.05)))).toEqual({
    verdict: 'worse',
    sentence:
      'The network is worse than boosted trees by accuracy: 80.0\u00a0% against 90.0\u00a0%. Keep the baseline in mind, or look for a better network.',
  })
  expect(besideVerdict('binary', beside())).toBeNull()
})

test('validation rows, which chose the network, do not call it better', () => {
  const onValidation = (difference: number, low: number, high: number) =>
    besideVerdict('binary', {
      ...beside(one('linear', 0.7, difference, low, high)),
      split: 'validation',
    })
  expect(onValidation(0.1, 0.02, 0.2)).toEqual({
    verdict: 'cannotTell',
    sentence:
      'The network has the better accuracy beside logistic regression, but the validation rows chose the network’s epoch and nothing of the baselines, which favors the network. Only the test split tells whether it is better.',
  })
  expect(onValidation(0.01, -0.02, 0.2)!.sentence).toContain('Mind that the validation rows chose')
  expect(onValidation(-0.1, -0.2, -0.02)).toMatchObject({ verdict: 'worse' })
})
