import { describe, expect, test } from 'vitest'
import {
  calledAt,
  precisionAt,
  recallAt,
  startsOf,
  thresholdOptions,
  type ThresholdRule,
} from '../../contract/index.ts'
import { functionsOfTask } from '../tasks/index.ts'
import { curveOf } from './rankings.ts'
import { chooseThreshold } from './threshold.ts'

const rule = (threshold: ThresholdRule['threshold'], rest: Partial<ThresholdRule> = {}): ThresholdRule => ({
  ...startsOf(thresholdOptions),
  threshold,
  ...rest,
})

/** Every threshold between two probabilities, tried out. */
function bestOfAll(
  truth: readonly number[],
  p: readonly number[],
  score: (predicted: boolean[]) => number,
): number {
  const steps = [...new Set([0, ...p])].sort((a, b) => a - b)
  const all = steps.slice(1).map((high, i) => (steps[i]! + high) / 2)
  return Math.max(...all.map((threshold) => score(truth.map((_, row) => p[row]! > threshold))))
}
const f1 =
  (truth: readonly number[]) =>
  (predicted: boolean[]): number => {
    const hits = predicted.filter((yes, row) => yes && truth[row] === 1).length
    return (2 * hits) / (truth.filter((one) => one === 1).length + predicted.filter(Boolean).length)
  }
const balanced =
  (truth: readonly number[]) =>
  (predicted: boolean[]): number => {
    const share = (of: number) => {
      const rows = truth.flatMap((one, row) => (one === of ? [row] : []))
      return rows.filter((row) => predicted[row] === (of === 1)).length / rows.length
    }
    return (share(0) + share(1)) / 2
  }

describe('the threshold', () => {
  const truth = Array.from({ length: 200 }, (_, i) => Number(i % 9 === 0))
  // Equal probabilities among them.
  const p = truth.map((one, i) => Math.round(20 * (0.25 * one + 0.5 * (((i * 37) % 101) / 101))) / 20)
  test.each([
    ['f1', f1(truth)],
    ['balancedAccuracy', balanced(truth)],
  ] as const)('for %s is the best there is', (asked, score) => {
    const threshold = chooseThreshold(rule(asked), truth, p)!
    expect(score(p.map((one) => one > threshold))).toBeCloseTo(bestOfAll(truth, p, score), 12)
    expect(p).not.toContain(threshold)
  })
  const at = (threshold: number) =>
    calledAt(
      curveOf('', { truth: (row) => truth[row] === 1, score: (row) => p[row]!, rows: p.length }),
      threshold,
    )
  test.each([
    [1, 1],
    [1, 8],
    [20, 1],
  ])('by cost, %d a false alarm and %d a miss, is the cheapest there is', (falseAlarmCost, missCost) => {
    const cost = (predicted: boolean[]): number =>
      predicted.reduce(
        (sum, yes, row) =>
          sum + (yes && truth[row] === 0 ? falseAlarmCost : 0) + (!yes && truth[row] === 1 ? missCost : 0),
        0,
      )
    const threshold = chooseThreshold(rule('cost', { falseAlarmCost, missCost }), truth, p)!
    const none = cost(truth.map(() => false))
    const least = -bestOfAll(truth, p, (predicted) => -cost(predicted))
    expect(cost(p.map((one) => one > threshold))).toBeCloseTo(Math.min(none, least), 12)
  })
  test('keeps what it is bound to, and gives away as little as that takes', () => {
    for (const leastRecall of [0.5, 0.8, 1]) {
      const chosen = at(chooseThreshold(rule('recall', { leastRecall }), truth, p)!)
      expect(recallAt(chosen)).toBeGreaterThanOrEqual(leastRecall)
      const others = [...new Set(p)]
        .map((one) => at(one - 1e-9))
        .filter((one) => recallAt(one) >= leastRecall)
      expect(precisionAt(chosen)).toBeCloseTo(Math.max(...others.map(precisionAt)), 12)
    }
    const chosen = at(chooseThreshold(rule('precision', { leastPrecision: 0.4 }), truth, p)!)
    expect(precisionAt(chosen)).toBeGreaterThanOrEqual(0.4)
    // None reaches it: the nearest is taken.
    const truthless = truth.map((one, row) => (row % 2 === 0 ? one : 0))
    const nearest = chooseThreshold(
      rule('precision', { leastPrecision: 1 }),
      [...truthless, 0],
      [...p, 0.99],
    )!
    expect(nearest).toBeLessThan(0.99)
  })
  test('is the given one, whatever the rows say', () => {
    expect(chooseThreshold(rule('fixed', { fixedAt: 0.37 }), truth, p)).toBe(0.37)
    expect(chooseThreshold(rule('fixed', { fixedAt: 0.37 }), [], [])).toBe(0.37)
  })
  test('is none where one half is asked for, or nothing is known', () => {
    expect(chooseThreshold(rule('half'), truth, p)).toBeNull()
    expect(chooseThreshold(rule('f1'), [], [])).toBeNull()
  })
  test('is what predictions and their evidence go by; probabilities stay', () => {
    const { predictions, evidence } = functionsOfTask('binary')
    const target = { kind: 'classes' as const, name: 'y', classes: ['no', 'yes'] }
    const logits = [-2, -1, 0.5]
    const cells = (threshold?: number) =>
      predictions({ ...target, ...(threshold !== undefined && { threshold }) }, logits).map(
        (column) => column.cells,
      )
    expect(cells()[0]).toEqual(['no', 'no', 'yes'])
    expect(cells(0.2)[0]).toEqual(['no', 'yes', 'yes'])
    expect(cells(0.2)[2]).toEqual(cells()[2])
    const judged = evidence({ ...target, threshold: 0.1 }, [0, 1, 1], logits)
    expect('predicted' in judged && [...judged.predicted]).toEqual([1, 1, 1])
  })
})
