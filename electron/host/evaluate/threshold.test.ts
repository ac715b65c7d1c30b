import { describe, expect, test } from 'vitest'
import { functionsOfTask } from '../tasks/index.ts'
import { chooseThreshold } from './threshold.ts'

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
    const threshold = chooseThreshold(asked, truth, p)!
    expect(score(p.map((one) => one > threshold))).toBeCloseTo(bestOfAll(truth, p, score), 12)
    expect(p).not.toContain(threshold)
  })
  test('is none where one half is asked for, or nothing is known', () => {
    expect(chooseThreshold('half', truth, p)).toBeNull()
    expect(chooseThreshold('f1', [], [])).toBeNull()
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
