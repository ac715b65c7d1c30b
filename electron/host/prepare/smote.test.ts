import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { SplitArrays } from '../training/session.ts'
import type { Preparation } from './preparation.ts'
import { medianDeviation, neighborsIn, synthesize } from './smote.ts'

interface Fixture {
  numbers: number[][]
  categories: number[][]
  median: number
  neighbors: number[][]
}
const { numbers, categories, median, neighbors } = JSON.parse(
  readFileSync(new URL('./fixtures/smote.json', import.meta.url), 'utf8'),
) as Fixture
const matrix = { values: Float32Array.from(numbers.flat()), width: 3 }
const codes = [0, 1].map((k) => Int32Array.from(categories, (row) => row[k]!))

test('the neighbors among numbers and categories are those of SMOTE-NC', () => {
  expect(medianDeviation(matrix)).toBeCloseTo(median, 6)
  const near = neighborsIn(matrix, codes, median, 5)
  expect(numbers.map((_, at) => [...near(at)])).toEqual(neighbors)
})

// ---- the same rows as they are prepared: numbers, one-hot categories, and one that is embedded ----

const width = 3 + 4
const rare = numbers.length
const common = 100
const rows = rare + common
const values = new Float32Array(rows * width)
const embedded = new Int32Array(rows)
for (let row = 0; row < rows; row++) {
  const like = row % rare
  values.set(numbers[like]!, row * width)
  values[row * width + 3 + categories[like]![0]!] = 1
  embedded[row] = 2 + categories[like]![1]!
}
const arrays: SplitArrays = {
  rows,
  inputs: { numbers: values, codes: embedded },
  targets: Float32Array.from({ length: rows }, (_, row) => (row < rare ? 1 : 0)),
  weights: null,
}
const column = (name: string, kind: string, encoder: object) => ({ name, kind, steps: [], encoder })
const oneHot = { encoder: 'oneHot', categories: ['a', 'b', 'c', 'd'], other: false, missing: false }
const embedding = { encoder: 'embedding', categories: ['no', 'yes'] }
const preparation = {
  columns: [
    ...['x', 'y', 'z'].map((name) => column(name, 'number', { encoder: 'numeric', indicator: false })),
    column('town', 'category', oneHot),
    column('member', 'category', embedding),
  ],
} as unknown as Preparation
const classes = {
  rows: [
    Int32Array.from({ length: common }, (_, i) => rare + i),
    Int32Array.from({ length: rare }, (_, i) => i),
  ],
  of: arrays.targets,
}
const made = synthesize(arrays, classes, [common, common], preparation, { neighbors: 5, seed: 7 })

test('what there is stays, and the rare class grows', () => {
  expect(made.rows).toBe(2 * common)
  expect(made.inputs['numbers']!.slice(0, values.length)).toEqual(values)
  expect(made.inputs['codes']!.slice(0, rows)).toEqual(embedded)
  expect([...made.targets].filter((code) => code === 1)).toHaveLength(common)
})

test('a new row lies between two in numbers, and has the category that most neighbors have', () => {
  for (let row = rows; row < made.rows; row++) {
    const own = [...made.inputs['numbers']!.slice(row * width, (row + 1) * width)]
    const hot = own.slice(3)
    expect(hot.toSorted()).toEqual([0, 0, 0, 1])
    const has = [hot.indexOf(1), made.inputs['codes']![row]! - 2]
    const far = (a: number[], b: number[]) => Math.hypot(...a.map((value, i) => value - b[i]!))
    const possible = numbers.some((from, at) =>
      neighbors[at]!.some(
        (to) =>
          Math.abs(
            far(from, own.slice(0, 3)) + far(own.slice(0, 3), numbers[to]!) - far(from, numbers[to]!),
          ) < 1e-5 &&
          has.every((code, k) => {
            const around = neighbors[at]!.map((other) => categories[other]![k]!)
            const times = (wanted: number) => around.filter((one) => one === wanted).length
            return times(code) === Math.max(...around.map(times))
          }),
      ),
    )
    expect(possible, `row ${row}`).toBe(true)
  }
})

test('a table of categories alone has no room between rows', () => {
  const bare = { columns: preparation.columns.slice(3) } as Preparation
  expect(() => synthesize(arrays, classes, [common, common], bare, { neighbors: 5, seed: 7 })).toThrow(
    /all features are categories/,
  )
})

test('what would take too long is refused by the numbers there are to compare', () => {
  const grown = (own: number) => {
    const many = 3 * own
    const all: SplitArrays = {
      rows: many,
      inputs: { numbers: new Float32Array(many) },
      targets: Float32Array.from({ length: many }, (_, row) => (row < own ? 1 : 0)),
      weights: null,
    }
    const split = [own, many].map((end, k) =>
      Int32Array.from({ length: end - k * own }, (_, i) => k * own + i),
    )
    const lone = { columns: preparation.columns.slice(0, 1) } as Preparation
    const wanted = [2 * own, 2 * own]
    return () => synthesize(all, { rows: split, of: all.targets }, wanted, lone, { neighbors: 5, seed: 7 })
  }
  expect(grown(110_000)).toThrow(/110,000 of 1 number each: too many/)
  expect(grown(500)).not.toThrow()
})
