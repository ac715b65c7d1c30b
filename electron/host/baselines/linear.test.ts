import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { designOf } from './design.ts'
import { crossEntropies, fitLinear, scoresOf, softmax, squares } from './linear.ts'
import { minimize } from './minimize.ts'
import { nearestRows } from './nearest.ts'

interface Fixture {
  readonly x: readonly (readonly number[])[]
  readonly train: number
  readonly numbers: readonly number[]
  readonly two: readonly number[]
  readonly three: readonly number[]
  readonly ridge: readonly number[]
  readonly logisticTwo: readonly (readonly number[])[]
  readonly logisticThree: readonly (readonly number[])[]
  readonly nearestNumbers: readonly number[]
  readonly nearestThree: readonly (readonly number[])[]
}
const fixture = JSON.parse(readFileSync(new URL('fixtures/linear.json', import.meta.url), 'utf8')) as Fixture

const width = fixture.x[0]!.length
const numbers = { kind: 'numbers', name: 'numbers', width } as const
const pointsOf = (from: number, to?: number) => {
  const rows = fixture.x.slice(from, to)
  return { rows: rows.length, width, values: Float32Array.from(rows.flat()) }
}
const designFrom = (from: number, to?: number) => {
  const { rows, values } = pointsOf(from, to)
  return designOf([numbers], { numbers: values }, rows)
}
const train = designFrom(0, fixture.train)
const told = designFrom(fixture.train)
const exact = { turns: 1000, tolerance: 1e-7, deadline: Infinity }
const learned = (of: readonly number[]) => of.slice(0, fixture.train)

test('ridge regression says what scikit-learn’s says', () => {
  const fitted = fitLinear(train, 1, squares(learned(fixture.numbers)), 1, exact)
  expect(fitted.arrived).toBe(true)
  scoresOf(told, fitted).forEach((score, i) => expect(score).toBeCloseTo(fixture.ridge[i]!, 5))
})

test('logistic regression of two classes says what scikit-learn’s says', () => {
  const fitted = fitLinear(train, 1, crossEntropies(learned(fixture.two)), 1, exact)
  scoresOf(told, fitted).forEach((score, i) =>
    expect(1 / (1 + Math.exp(-score))).toBeCloseTo(fixture.logisticTwo[i]![1]!, 5),
  )
})

test('logistic regression of three classes says what scikit-learn’s says', () => {
  const scores = scoresOf(told, fitLinear(train, 3, softmax(learned(fixture.three)), 1, exact))
  fixture.logisticThree.forEach((theirs, row) => {
    const exps = Array.from(scores.subarray(row * 3, row * 3 + 3), Math.exp)
    const sum = exps.reduce((a, b) => a + b, 0)
    theirs.forEach((p, k) => expect(exps[k]! / sum).toBeCloseTo(p, 5))
  })
})

test('the nearest rows are those that scikit-learn finds', () => {
  const count = 15
  const found = nearestRows(pointsOf(0, fixture.train), pointsOf(fixture.train), count)!
  fixture.nearestNumbers.forEach((theirs, query) => {
    const near = found.subarray(query * count, (query + 1) * count)
    const mean = near.reduce((sum, row) => sum + fixture.numbers[row]!, 0) / count
    expect(mean).toBeCloseTo(theirs, 9)
    fixture.nearestThree[query]!.forEach((share, k) =>
      expect(near.filter((row) => fixture.three[row] === k)).toHaveLength(Math.round(share * count)),
    )
  })
})

test('of equally near rows the first ones count', () => {
  const points = { rows: 4, width: 1, values: Float32Array.from([2, 1, 1, 1]) }
  expect([...nearestRows(points, { rows: 1, width: 1, values: Float32Array.from([0]) }, 2)!]).toEqual([1, 2])
})

test('categories, words and pixels have columns of their own', () => {
  const design = designOf(
    [
      { kind: 'codes', name: 'codes', sizes: [2, 3] },
      { kind: 'tokens', name: 'tokens.t', length: 4, vocabulary: 6, padding: 0 },
      { kind: 'pixels', name: 'pixels.p', channels: 1, height: 1, width: 2, mean: [0.5], std: [0.25] },
    ],
    {
      codes: Int32Array.from([1, 0, 0, 2]),
      'tokens.t': Int32Array.from([3, 3, 5, 0, 0, 0, 0, 0]),
      'pixels.p': Uint8Array.from([0, 255, 255, 0]),
    },
    2,
  )
  expect(design.width).toBe(2 + 3 + 6 + 2)
  const weights = Float64Array.from({ length: design.width + 1 }, (_, i) => 2 ** i)
  const constant = 2 ** 13
  expect([...scoresOf(design, { weights, arrived: true })]).toEqual([
    2 ** 1 + 2 ** 2 + 2 ** 8 + 2 ** 10 - 2 * 2 ** 11 + 2 * 2 ** 12 + constant,
    2 ** 0 + 2 ** 4 + 2 * 2 ** 11 - 2 * 2 ** 12 + constant,
  ])
})

test('a valley as bent as Rosenbrock’s is gone down to its end', () => {
  const { at, arrived } = minimize(
    ([x = 0, y = 0], gradient) => {
      gradient[0] = -2 * (1 - x) - 400 * x * (y - x * x)
      gradient[1] = 200 * (y - x * x)
      return (1 - x) ** 2 + 100 * (y - x * x) ** 2
    },
    2,
    { turns: 500, tolerance: 1e-8, deadline: Infinity },
  )
  expect(arrived).toBe(true)
  expect(at[0]).toBeCloseTo(1, 6)
  expect(at[1]).toBeCloseTo(1, 6)
})
