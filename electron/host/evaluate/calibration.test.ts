import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { randomSource } from '../prepare/random.ts'
import { calibrationOf, calibrationsOf } from './calibration.ts'
import { ClassEvidence, LabelEvidence } from './evidence.ts'

interface Fixture {
  truth: number[]
  probabilities: number[]
  calibration: Record<'seen' | 'said' | 'rows', number[]> & { ece: number; mce: number }
}
const { binary } = JSON.parse(readFileSync(new URL('./fixtures/metrics.json', import.meta.url), 'utf8')) as {
  binary: Fixture[]
}
const said = (truth: ArrayLike<number>, scores: ArrayLike<number>) => ({
  rows: truth.length,
  score: (row: number) => scores[row]!,
  truth: (row: number) => truth[row] === 1,
})

test.each(binary)('agrees with scikit-learn’s calibration_curve', ({ truth, probabilities, calibration }) => {
  const found = calibrationOf('1', said(truth, probabilities))
  expect(found.bins.map(({ rows }) => rows)).toEqual(calibration.rows)
  found.bins.forEach((bin, i) => {
    expect(bin.seen).toBeCloseTo(calibration.seen[i]!, 12)
    expect(bin.said).toBeCloseTo(calibration.said[i]!, 12)
  })
  expect(found.ece).toBeCloseTo(calibration.ece, 12)
  expect(found.mce).toBeCloseTo(calibration.mce, 12)
})

test('an edge belongs to the bin below it, and no row is lost', () => {
  const scores = Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : i * (1 / 15)))
  const { bins, rows } = calibrationOf(null, said(new Array(16).fill(0), scores))
  expect(rows).toBe(16)
  expect(bins.map((bin) => bin.rows)).toEqual([2, ...new Array<number>(14).fill(1)])
})

/** Rows whose truth is drawn by what a function makes of the probability that is said. */
function drawn(rows: number, truly: (p: number) => number, seed: number) {
  const random = randomSource(seed)
  const scores = Array.from({ length: rows }, random)
  return said(
    scores.map((p) => Number(random() < truly(p))),
    scores,
  )
}

test('what chance may do is known: right probabilities stay below it about 95 times of 100, extreme ones do not', () => {
  const below = Array.from({ length: 200 }, (_, seed) =>
    calibrationOf(
      null,
      drawn(300, (p) => p, seed),
    ),
  ).filter(({ ece, chance }) => ece <= chance)
  expect(below.length).toBeGreaterThanOrEqual(180)
  const extreme = calibrationOf(
    null,
    drawn(300, (p) => 0.5 + 0.3 * (p - 0.5), 1),
  )
  expect(extreme.ece).toBeGreaterThan(extreme.chance)
})

test('classes have one as a whole before those of each; labels have theirs, numbers none', () => {
  const three = ClassEvidence.ofProbabilities(
    [0, 1, 1, 0],
    Float64Array.of(0.7, 0.2, 0.1, 0.1, 0.8, 0.1, 0.3, 0.6, 0.1, 0.2, 0.5, 0.3),
    3,
  )
  const [whole, ...each] = calibrationsOf(three, ['a', 'b', 'never'])!
  expect(whole).toMatchObject({ name: null, rows: 4, seen: 0.75 })
  expect(whole!.said).toBeCloseTo(0.65, 12)
  expect(each.map(({ name }) => name)).toEqual(['a', 'b'])
  const labels = new LabelEvidence([1, 0, 1, 1], 2, () => Float64Array.of(0.9, 0.2, 0.4, 0.8))
  expect(calibrationsOf(labels, ['x', 'y'])!.map(({ name }) => name)).toEqual(['x', 'y'])
  expect(calibrationsOf({ targets: [] }, [])).toBeUndefined()
})
