import { expect, test } from 'vitest'
import { promiseKept, startsOf, thresholdOptions } from '../../electron/contract/index.ts'
import { calledIn, decisionMatrix } from './decision.ts'

/** Every tenth point of a ranking, as an evaluation of an earlier version may have it. */
const curve = {
  name: 'yes',
  yes: 20,
  no: 80,
  averagePrecision: 0.5,
  rocAuc: 0.9,
  thresholds: [0.9, 0.6, 0.2],
  hits: [4, 15, 20],
  falseAlarms: [0, 6, 80],
}
const classification = {
  classes: ['no', 'yes'],
  confusion: [
    [70, 10],
    [1, 19],
  ],
  perClass: [],
}

test('what is predicted by the threshold in use is what was counted, not what a thinned curve shows', () => {
  const evaluation = { classification, threshold: 0.3 }
  const called = calledIn(evaluation, curve, 0.3)
  expect(called).toEqual({ first: 80, second: 20, rightly: 19, falsely: 10 })
  const rule = { ...startsOf(thresholdOptions), threshold: 'recall' as const, leastRecall: 0.95 }
  expect(promiseKept(rule, called)).toBe(true)
  expect(decisionMatrix(called, ['no', 'yes']).rows).toEqual([
    ['no', 70, 10],
    ['yes', 1, 19],
  ])
  expect(calledIn(evaluation, curve, 0.5)).toEqual({ first: 80, second: 20, rightly: 15, falsely: 6 })
})
