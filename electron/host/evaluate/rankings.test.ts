import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ClassEvidence, LabelEvidence, type Ranking } from './evidence.ts'
import { calledAt } from '../../contract/index.ts'
import { randomSource } from '../prepare/random.ts'
import { curveOf, curvesOf } from './rankings.ts'

interface Fixture {
  truth: number[]
  probabilities: number[]
  curves: Record<'precision' | 'recall' | 'thresholds' | 'falseRate' | 'trueRate', number[]>
  metrics: { rocAuc: number; averagePrecision: number }
}
const { binary } = JSON.parse(readFileSync(new URL('./fixtures/metrics.json', import.meta.url), 'utf8')) as {
  binary: Fixture[]
}

const rankingOf = (truth: ArrayLike<number>, scores: ArrayLike<number>): Ranking => ({
  truth: (row) => truth[row] === 1,
  score: (row) => scores[row]!,
  rows: truth.length,
})

const close = (ours: readonly number[], theirs: readonly number[]) => {
  expect(ours).toHaveLength(theirs.length)
  ours.forEach((value, i) => expect(value).toBeCloseTo(theirs[i]!, 12))
}

test.each(binary)('agrees with scikit-learn’s curves', ({ truth, probabilities, curves, metrics }) => {
  const { yes, no, thresholds, hits, falseAlarms, ...areas } = curveOf('1', rankingOf(truth, probabilities))
  // Theirs goes from the lowest threshold up, and ends with a point that no threshold gives.
  const precision = hits.map((found, i) => found / (found + falseAlarms[i]!))
  close([...precision.toReversed(), 1], curves.precision)
  close([...hits.map((found) => found / yes).toReversed(), 0], curves.recall)
  close(thresholds.toReversed(), curves.thresholds)
  close([0, ...falseAlarms.map((count) => count / no)], curves.falseRate)
  close([0, ...hits.map((found) => found / yes)], curves.trueRate)
  expect(areas.averagePrecision).toBeCloseTo(metrics.averagePrecision, 12)
  expect(areas.rocAuc).toBeCloseTo(metrics.rocAuc, 12)
})

test('of very many levels enough are kept for a picture, among them both ends', () => {
  const rows = 20_000
  const scores = Float64Array.from({ length: rows }, (_, row) => Math.sin(row * 12.9898) * 0.5 + 0.5)
  const truth = scores.map((score, row) => Number(score + Math.sin(row * 78.233) * 0.4 > 1.2))
  const ranking = rankingOf(truth, scores)
  const all = curveOf('1', ranking, rows)
  const few = curveOf('1', ranking)
  expect(few.thresholds.length).toBeLessThanOrEqual(250)
  expect(few.thresholds.length).toBeGreaterThan(100)
  expect(few.hits.at(-1)).toBe(all.yes)
  expect(few.falseAlarms.at(-1)).toBe(all.no)
  expect(few.thresholds[0]).toBe(all.thresholds[0])
  expect(few.averagePrecision).toBe(all.averagePrecision)
  // No gap in either axis is wider than a few steps.
  const widest = (counts: number[], total: number) =>
    Math.max(...counts.map((count, i) => (count - (counts[i - 1] ?? 0)) / total))
  expect(widest(few.hits, few.yes)).toBeLessThan(0.02)
  expect(widest(few.falseAlarms, few.no)).toBeLessThan(0.02)
})

test('each class that the rows have, and each label, has a curve; of very many classes the rarest', () => {
  const three = ClassEvidence.ofProbabilities(
    [0, 1, 1, 0],
    Float64Array.of(0.7, 0.2, 0.1, 0.1, 0.8, 0.1, 0.3, 0.6, 0.1, 0.2, 0.5, 0.3),
    3,
  )
  const curves = curvesOf(three, ['a', 'b', 'never'])!
  expect(curves.map(({ name, yes, no }) => [name, yes, no])).toEqual([
    ['a', 2, 2],
    ['b', 2, 2],
  ])
  const labels = new LabelEvidence([1, 0, 1, 1], 2, () => Float64Array.of(0.9, 0.2, 0.4, 0.8))
  expect(curvesOf(labels, ['x', 'y'])!.map(({ averagePrecision }) => averagePrecision)).toEqual([1, 1])
  expect(curvesOf({ targets: [] }, [])).toBeUndefined()

  const classes = 40
  const truth = Array.from({ length: classes }, (_, k) => new Array<number>(k + 1).fill(k)).flat()
  const many = ClassEvidence.ofLogits(truth, new Float32Array(truth.length * classes), classes)
  expect(curvesOf(many, truth.map(String))!.map(({ yes }) => yes)).toEqual(
    Array.from({ length: 30 }, (_, k) => k + 1),
  )
})

test('of a thinned curve what is called at the threshold is exact, and the highest precision is there', () => {
  const random = randomSource(4)
  const rows = 3000
  const truth = Array.from({ length: rows }, () => random() < 0.15)
  const scores = truth.map((yes) => 1 / (1 + Math.exp((yes ? -1.2 : 1.2) + 6 * (random() - 0.5))))
  const ranking = { rows, truth: (row: number) => truth[row]!, score: (row: number) => scores[row]! }
  const full = curveOf('', ranking, rows)
  const precisions = (curve: typeof full) =>
    curve.hits.map((hits, i) => hits / (hits + curve.falseAlarms[i]!))
  for (const at of [0.5, 0.123, 0.87, 0.9999]) {
    const thin = curveOf('', ranking, 250, at)
    expect(thin.thresholds.length).toBeLessThan(260)
    expect(calledAt(thin, at)).toEqual(calledAt(full, at))
    expect(Math.max(...precisions(thin))).toBe(Math.max(...precisions(full)))
  }
})
