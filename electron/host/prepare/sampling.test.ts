import { describe, expect, test } from 'vitest'
import { begin, imbalanceRemedies, type ImbalanceRemedy } from '../../contract/index.ts'
import { drawn } from '../training/shuffle.ts'
import type { SplitArrays } from '../training/session.ts'
import type { Preparation } from './preparation.ts'
import { randomSource } from './random.ts'
import { sampleTraining, shownCounts } from './sampling.ts'

const random = randomSource(3)
const counts = [60, 25, 5]
const targets = Int32Array.from(counts.flatMap((count, k) => new Array<number>(count).fill(k)))
const width = 3
const arrays: SplitArrays = {
  rows: targets.length,
  inputs: { numbers: Float32Array.from({ length: width * targets.length }, () => random()) },
  targets,
  weights: Float32Array.from(targets.keys(), (row) => 1 + row / 100),
}
const numbers = (names: readonly string[]) =>
  names.map((name) => ({
    name,
    kind: 'number',
    steps: [],
    encoder: { encoder: 'numeric', indicator: false },
  }))
const preparation = { columns: numbers(['x', 'y', 'z']) } as unknown as Preparation
const sampled = (remedy: ImbalanceRemedy) => sampleTraining(arrays, remedy, preparation)
const remedy = <Name extends ImbalanceRemedy['remedy']>(name: Name, given = {}) =>
  begin(imbalanceRemedies, name as never, given as never) as ImbalanceRemedy
const countsOf = (of: ArrayLike<number>) =>
  counts.map((_, k) => Array.from(of).filter((one) => one === k).length)
const rowOf = ({ inputs }: SplitArrays, row: number) => [
  ...(inputs['numbers'] as Float32Array).subarray(row * width, (row + 1) * width),
]

test('nothing changes where nothing is asked for', () => {
  for (const name of ['none', 'classWeights'] as const) {
    expect(sampled(remedy(name))).toEqual({ arrays, from: null, draw: null })
    expect(shownCounts(counts, remedy(name))).toBeNull()
  }
})

describe.each([
  ['overSample', { balance: 1 }, [60, 60, 60]],
  ['overSample', { balance: 0.5 }, [60, 30, 30]],
  ['underSample', { balance: 1 }, [5, 5, 5]],
  ['underSample', { balance: 0.25 }, [20, 20, 5]],
  ['smote', { balance: 1 }, [60, 60, 60]],
] as const)('%s of %j', (name, options, wanted) => {
  test('gives each class its rows, and the same ones every time', () => {
    const { arrays: shown, draw } = sampled(remedy(name, options))
    expect(draw).toBeNull()
    expect(countsOf(shown.targets)).toEqual(wanted)
    expect(shownCounts(counts, remedy(name, options))).toEqual(wanted)
    expect(shown.weights).toHaveLength(shown.rows)
    expect(sampled(remedy(name, options)).arrays).toEqual(shown)
    expect(sampled(remedy(name, { ...options, seed: 1 })).arrays.inputs).not.toEqual(shown.inputs)
  })
})

test.each(['overSample', 'underSample', 'smote', 'weightedSampler'] as const)(
  '%s tells which row each one is',
  (name) => {
    const { arrays: shown, from } = sampled(remedy(name))
    const rows = from ?? Int32Array.from({ length: arrays.rows }, (_, row) => row)
    expect(rows).toHaveLength(shown.rows)
    const width = arrays.inputs['numbers']!.length / arrays.rows
    rows.forEach((row, at) => {
      if (row < 0) expect(name).toBe('smote')
      else
        expect([...shown.inputs['numbers']!.subarray(at * width, (at + 1) * width)]).toEqual([
          ...arrays.inputs['numbers']!.subarray(row * width, (row + 1) * width),
        ])
    })
    expect(rows.filter((row) => row >= 0).length).toBeGreaterThan(0)
  },
)

test('SMOTE goes towards the nearest rows of the class alone', () => {
  const values = [0, 1, 100, 101, 200, 201, ...Array.from({ length: 40 }, (_, i) => 1000 + i)]
  const line: SplitArrays = {
    rows: values.length,
    inputs: { numbers: Float32Array.from(values) },
    targets: Int32Array.from(values, (_, row) => (row < 6 ? 1 : 0)),
    weights: null,
  }
  const { arrays: shown } = sampleTraining(line, remedy('smote', { balance: 1, neighbors: 1 }), {
    ...preparation,
    columns: preparation.columns.slice(0, 1),
  })
  const made = [...(shown.inputs['numbers'] as Float32Array).subarray(values.length)]
  expect(made).toHaveLength(34)
  expect(made.every((value) => value % 100 <= 1 && value <= 201)).toBe(true)
  expect(new Set(made.map((value) => Math.floor(value / 100))).size).toBe(3)
})

test('repeated rows are whole rows of their class, and every row is there', () => {
  const { arrays: shown } = sampled(remedy('overSample'))
  const known = new Map(
    targets
      .map((_, row) => row)
      .entries()
      .map(([row]) => [String(rowOf(arrays, row)), row]),
  )
  const seen = new Set<number>()
  for (let row = 0; row < shown.rows; row++) {
    const from = known.get(String(rowOf(shown, row)))!
    expect(targets[from]).toBe(shown.targets[row])
    expect(shown.weights![row]).toBe(arrays.weights![from])
    seen.add(from)
  }
  expect(seen.size).toBe(arrays.rows)
})

test('SMOTE’s rows lie between a row of the class and one of its nearest', () => {
  const neighbors = 2
  const { arrays: shown } = sampled(remedy('smote', { neighbors }))
  expect((shown.inputs['numbers'] as Float32Array).subarray(0, width * arrays.rows)).toEqual(
    arrays.inputs['numbers'],
  )
  const far = (a: number[], b: number[]) => Math.hypot(...a.map((value, i) => value - b[i]!))
  for (let row = arrays.rows; row < shown.rows; row++) {
    const own = rowOf(shown, row)
    const members = [...targets.keys()]
      .filter((at) => targets[at] === shown.targets[row])
      .map((at) => rowOf(arrays, at))
    const between = members.some((a) => {
      const near = members
        .filter((b) => b !== a)
        .sort((b, c) => far(a, b) - far(a, c))
        .slice(0, neighbors)
      return near.some((b) => Math.abs(far(a, own) + far(own, b) - far(a, b)) < 1e-5)
    })
    expect(between, `row ${row}`).toBe(true)
  }
})

test('SMOTE is refused where there is nothing between rows, or nothing to go between', () => {
  const calendar = {
    name: 'born',
    kind: 'date',
    steps: [],
    encoder: { encoder: 'calendar', elapsed: null, cycles: ['month'], missing: false },
  }
  const dated = { columns: [...numbers(['x']), calendar] } as unknown as Preparation
  expect(() => sampleTraining(arrays, remedy('smote'), dated)).toThrow(/“born” \(date, encoded by/)
  const lone = { ...arrays, targets: targets.map((_, row) => (row === 7 ? 1 : 0)) }
  expect(() => sampleTraining(lone, remedy('smote'), preparation)).toThrow(/two training rows of each class/)
})

test('the sampler draws every class as often, in each epoch others', () => {
  const { arrays: shown, draw } = sampled(remedy('weightedSampler'))
  expect(shown).toBe(arrays)
  const seen = [0, 0, 0]
  for (let epoch = 0; epoch < 200; epoch++) for (const row of drawn(draw!, 5, epoch)) seen[targets[row]!]!++
  const total = 200 * arrays.rows
  for (const count of seen) expect(Math.abs(count / total - 1 / 3)).toBeLessThan(0.01)
  expect(drawn(draw!, 5, 1)).toEqual(drawn(draw!, 5, 1))
  expect(drawn(draw!, 5, 1)).not.toEqual(drawn(draw!, 5, 2))
})
