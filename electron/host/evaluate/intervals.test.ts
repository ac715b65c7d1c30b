import { expect, test, vi } from 'vitest'
import { metricsFor, type Task } from '../../contract/index.ts'
import { randomSource } from '../prepare/random.ts'
import { ClassEvidence, drawnEvidence, LabelEvidence, partOf, placesIn, type Evidence } from './evidence.ts'
import { differencesOf, drawsOf, drawsOver, intervalsOf } from './intervals.ts'
import { metricsOf } from './metrics.ts'

const namesOf = (task: Task) => metricsFor(task).map(({ name }) => name)

/** Bell-shaped enough. */
const bell = (random: () => number): number =>
  Array.from({ length: 12 }, random).reduce((sum, value) => sum + value, -6)

function classesOf(rows: number, classes: number, signal: number, seed: number, shift = 0): ClassEvidence {
  const random = randomSource(seed)
  const truth = Int32Array.from({ length: rows }, () => Math.floor(random() * classes))
  const noise = randomSource(seed + 1 + shift)
  const logits = Float64Array.from(
    { length: rows * classes },
    (_, i) => bell(noise) + (truth[Math.floor(i / classes)] === i % classes ? signal : 0),
  )
  return ClassEvidence.ofLogits(truth, logits, classes)
}

const labelsOf = (rows: number, labels: number): LabelEvidence => {
  const random = randomSource(4)
  const truth = Float64Array.from({ length: rows * labels }, () => Number(random() < 0.3))
  const probabilities = truth.map((has) => Math.min(1, Math.max(0, 0.3 + 0.4 * has + 0.3 * bell(random))))
  return new LabelEvidence(truth, labels, () => probabilities)
}

function numbersOf(rows: number, noise: number, seed = 9): Evidence {
  const random = randomSource(seed)
  const actual = Float64Array.from({ length: rows }, () => 10 + 3 * bell(random))
  return { targets: [{ actual, predicted: actual.map((value) => value + noise * bell(random)) }] }
}

/** The same rows written out as often as they were drawn. */
function repeated(evidence: Evidence, times: Int32Array): Evidence {
  const rows = Array.from(times).flatMap((count, row) => new Array<number>(count).fill(row))
  if ('targets' in evidence)
    return {
      targets: evidence.targets.map(({ actual, predicted }) => ({
        actual: rows.map((row) => actual[row]!),
        predicted: rows.map((row) => predicted[row]!),
      })),
    }
  const width = 'labels' in evidence ? evidence.labels : evidence.classes
  const wide = (values: ArrayLike<number>): Float64Array =>
    Float64Array.from(
      rows.flatMap((row) => Array.from({ length: width }, (_, k) => values[row * width + k]!)),
    )
  return 'labels' in evidence
    ? new LabelEvidence(wide(evidence.truth), width, () => wide(evidence.probabilities))
    : ClassEvidence.ofProbabilities(
        rows.map((row) => evidence.truth[row]!),
        wide(evidence.probabilities),
        width,
      )
}

test.each([
  ['binary', classesOf(80, 2, 1, 1)],
  ['classification', classesOf(80, 4, 1, 2)],
  ['ordinal', classesOf(80, 4, 1, 3)],
  ['multilabel', labelsOf(60, 3)],
  ['regression', numbersOf(81, 2)],
] as const)('what counts several times is as if it stood there as often: %s', (task, evidence) => {
  const random = randomSource(17)
  for (const rows of [1, 2, 3, 4]) {
    const count = 'targets' in evidence ? evidence.targets[0]!.actual.length : evidence.rows
    const times = Int32Array.from({ length: count }, () => Math.floor(random() * rows))
    times[0] = 3
    const ours = metricsOf(task, drawnEvidence(evidence, times))
    const spelledOut = metricsOf(task, repeated(evidence, times))
    expect(Object.keys(ours)).toEqual(Object.keys(spelledOut))
    for (const [name, value] of Object.entries(spelledOut)) expect(ours[name], name).toBeCloseTo(value, 10)
  }
})

test('the interval of a mean is the one that the normal distribution gives', () => {
  const evidence = classesOf(2000, 3, 1.2, 5)
  const metrics = metricsOf('classification', evidence)
  const [draws] = drawsOf([evidence], namesOf('classification'))
  const { low, high } = intervalsOf(metrics, 2000, draws!)['accuracy']!
  const half = 1.96 * Math.sqrt((metrics.accuracy! * (1 - metrics.accuracy!)) / 2000)
  expect(low).toBeCloseTo(metrics.accuracy! - half, 2)
  expect(high).toBeCloseTo(metrics.accuracy! + half, 2)
})

test('the same rows and seed give the same interval', () => {
  const once = () => drawsOf([numbersOf(200, 1)], ['rmse'], { draws: 50 })[0]!.get('rmse')
  expect(once()).toEqual(once())
})

test('how many draws are made follows from what is drawn, and from no clock', () => {
  const few = [numbersOf(200, 1)]
  const many = Array.from({ length: 4 }, () => numbersOf(10_000, 1))
  expect([drawsOver(few), drawsOver(many)]).toEqual([1000, 500])
  let clock = 0
  const now = vi.spyOn(performance, 'now').mockImplementation(() => (clock += 60_000))
  try {
    for (const of of [few, many]) expect(drawsOf(of, ['rmse'])[0]!.get('rmse')).toHaveLength(drawsOver(of))
  } finally {
    now.mockRestore()
  }
})

test('intervals hold the truth as often as they say', () => {
  let held = 0
  const samples = 200
  for (let sample = 0; sample < samples; sample++) {
    const evidence = numbersOf(150, 1, 1000 + sample)
    const [draws] = drawsOf([evidence], ['rmse'], { draws: 300, seed: sample })
    const { low, high } = intervalsOf(metricsOf('regression', evidence), 150, draws!)['rmse']!
    if (low <= 1 && 1 <= high) held++
  }
  expect(held / samples).toBeGreaterThan(0.89)
  expect(held / samples).toBeLessThan(0.99)
})

test('where all rows are right, few rows are no proof', () => {
  const evidence = ClassEvidence.ofProbabilities([0, 1, 0, 1], Float64Array.of(1, 0, 0, 1, 1, 0, 0, 1), 2)
  const [draws] = drawsOf([evidence], namesOf('binary'))
  const intervals = intervalsOf(metricsOf('binary', evidence), 4, draws!)
  expect(intervals['accuracy']).toMatchObject({ low: expect.closeTo(0.025 ** (1 / 4), 12), high: 1 })
  // Nothing tells how far this may be off.
  expect(intervals['rocAuc']).toBeUndefined()
})

test('a class of few rows is in every draw', () => {
  const truth = Int32Array.from({ length: 100 }, (_, row) => (row < 2 ? 1 : 0))
  const random = randomSource(3)
  const p = Float64Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 0 : random()))
  for (let row = 0; row < 100; row++) p[2 * row] = 1 - p[2 * row + 1]!
  const [draws] = drawsOf([ClassEvidence.ofProbabilities(truth, p, 2)], ['rocAuc'])
  expect(draws!.get('rocAuc')!.some(Number.isNaN)).toBe(false)
})

test('one percent more on 150 rows is no verdict, and a clear difference is one', () => {
  const of = (right: number, among = 150): ClassEvidence => {
    const truth = new Int32Array(among)
    const p = Float64Array.from({ length: 2 * among }, (_, i) =>
      (i % 2 === 0) === (Math.floor(i / 2) * 37) % among < right ? 0.7 : 0.3,
    )
    return ClassEvidence.ofProbabilities(truth, p, 2)
  }
  const compare = (first: ClassEvidence, second: ClassEvidence) => {
    const [a, b] = drawsOf([first, second], ['accuracy'])
    return differencesOf(metricsOf('binary', first), metricsOf('binary', second), a!, b!)['accuracy']!
  }
  expect(compare(of(40), of(39))).toMatchObject({ verdict: 'cannotTell' })
  expect(compare(of(40), of(39)).difference).toBeCloseTo(1 / 150, 12)
  expect(compare(of(90), of(40))).toMatchObject({ verdict: 'better' })
  expect(compare(of(40), of(90))).toMatchObject({ verdict: 'worse' })
  expect(compare(of(40), of(40))).toMatchObject({ difference: 0, verdict: 'cannotTell' })
})

test('a smaller error is better', () => {
  const [a, b] = [numbersOf(400, 1), numbersOf(400, 2)]
  const [ofA, ofB] = drawsOf([a, b], ['rmse', 'r2'])
  const found = differencesOf(metricsOf('regression', a), metricsOf('regression', b), ofA!, ofB!)
  expect(found['rmse']).toMatchObject({ verdict: 'better' })
  expect(found['rmse']!.high).toBeLessThan(0)
  expect(found['r2']).toMatchObject({ verdict: 'better' })
})

test.each([
  ['binary', classesOf(60_000, 2, 0.4, 21), 'accuracy'],
  ['binary', classesOf(60_000, 2, 0.4, 21), 'rocAuc'],
  ['binary', classesOf(60_000, 2, 0.4, 21), 'logLoss'],
  ['multilabel', labelsOf(45_000, 2), 'averagePrecision'],
  ['regression', numbersOf(60_000, 1), 'rmse'],
  ['regression', numbersOf(60_000, 1), 'r2'],
] as const)('of very many rows a bag says as much as all of them would: %s, %#', (task, evidence, name) => {
  const value = metricsOf(task, evidence)[name]!
  const of = (draws: ReturnType<typeof drawsOf>) => intervalsOf({ [name]: value }, 60_000, draws[0]!)[name]!
  const bagged = of(drawsOf([evidence], [name], { draws: 400 }))
  // A tenth of the rows is no bag, and its interval is √10 times as wide.
  const few = Int32Array.from({ length: placesIn(evidence) / 10 }, (_, i) => 10 * i)
  const tenth = of(drawsOf([partOf(evidence, few)], [name], { draws: 400 }))
  const ratio = (tenth.high - tenth.low) / (bagged.high - bagged.low) / Math.sqrt(10)
  expect(ratio).toBeGreaterThan(0.85)
  expect(ratio).toBeLessThan(1.15)
  expect((bagged.low + bagged.high) / 2).toBeCloseTo(value, 2)
  expect(bagged.low).toBeLessThan(value)
  expect(bagged.high).toBeGreaterThan(value)
})

test('a class that is rare in a bag is drawn from all rows', () => {
  const truth = Int32Array.from({ length: 60_000 }, (_, row) => Number(row % 1000 === 1))
  // Half of the yes are missed, of which every third row has too few to tell.
  const p = Float64Array.from({ length: 120_000 }, (_, i) => {
    const row = Math.floor(i / 2)
    const yes = Number(truth[row] === 1 && row % 2000 === 1)
    return i % 2 === 1 ? yes : 1 - yes
  })
  const evidence = ClassEvidence.ofProbabilities(truth, p, 2)
  const [draws] = drawsOf([evidence], ['recall'], { draws: 200 })
  const { low, high } = intervalsOf(metricsOf('binary', evidence), 60_000, draws!)['recall']!
  // The mean of both classes’ recalls, of which one is always 1; the other is of 60 rows.
  expect(high - low).toBeGreaterThan(0.08)
  expect(high - low).toBeLessThan(0.16)
})
