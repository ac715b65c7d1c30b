import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { FrameColumn } from '../../datasets/frame.ts'
import { randomSource } from '../../prepare/random.ts'
import { binColumns, boundsOf } from './bins.ts'
import { boost, type BoostOptions } from './boost.ts'
import { logLoss, softmaxLoss, squaredError, type BoostingLoss } from './losses.ts'

interface Case {
  readonly kind: 'numbers' | 'two' | 'three'
  readonly categories: boolean
  readonly columns: readonly (readonly (number | null)[])[]
  readonly target: readonly number[]
  readonly train: number
  readonly predicted: readonly (number | readonly number[])[]
}

const { cases } = JSON.parse(readFileSync(new URL('../fixtures/boosting.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly Case[]
}

const usual: BoostOptions = {
  leaves: 31,
  rowsInLeaf: 20,
  rate: 0.1,
  rounds: 100,
  stopsAbove: 10_000,
  seed: 0,
  deadline: Infinity,
}
const range = (from: number, to: number): Int32Array =>
  Int32Array.from({ length: to - from }, (_, i) => from + i)
const asNumbers = (values: readonly (number | null)[]): Float64Array =>
  Float64Array.from(values, (v) => v ?? NaN)

const columnsOf = ({ columns }: Pick<Case, 'columns'>): FrameColumn[] =>
  columns.map((values, at) =>
    at === 3
      ? {
          kind: 'category',
          name: 'city',
          codes: Int32Array.from(values, (v) => v ?? -1),
          categories: Array.from({ length: 12 }, (_, i) => String(i)),
        }
      : { kind: 'number', name: `x${at}`, values: asNumbers(values) },
  )

const lossOf = ({ kind, target }: Case): BoostingLoss =>
  ({ numbers: squaredError, two: logLoss, three: (of: ArrayLike<number>) => softmaxLoss(of, 3) })[kind](
    target,
  )

function predictedBy(one: Case, options = usual): { readonly ours: number[][]; readonly rounds: number } {
  const [train, told] = [range(0, one.train), range(one.train, one.target.length)]
  const { raw, rounds } = boost(binColumns(columnsOf(one), train), lossOf(one), train, told, options)
  const ours = Array.from(told, (row) => {
    const values = raw.map((list) => list[row]!)
    if (one.kind === 'numbers') return values
    if (one.kind === 'two') return [1 - 1 / (1 + Math.exp(-values[0]!)), 1 / (1 + Math.exp(-values[0]!))]
    const exps = values.map(Math.exp)
    const sum = exps.reduce((a, b) => a + b, 0)
    return exps.map((value) => value / sum)
  })
  return { ours, rounds }
}

/** Of what is missing for a perfect answer: squared errors, or log loss. */
function lossBy({ kind, target, train }: Case, predicted: readonly (readonly number[])[]): number {
  const of = predicted.map((values, i) => {
    const truth = target[train + i]!
    return kind === 'numbers' ? (values[0]! - truth) ** 2 : -Math.log(values[truth]!)
  })
  return of.reduce((a, b) => a + b, 0) / of.length
}

describe('scikit-learn’s HistGradientBoosting, with gaps', () => {
  const told = cases.map((one) => ({ ...one, theirs: one.predicted.map((value) => [value].flat()) }))

  test.each(told.filter(({ categories }) => !categories))('predicts the same $kind', (one) => {
    const { ours } = predictedBy(one)
    const off = ours.flatMap((values, i) => values.map((value, k) => Math.abs(value - one.theirs[i]![k]!)))
    const sorted = off.toSorted((a, b) => a - b)
    // Cuts that are equally good on the training rows may be chosen otherwise: a few rows are told otherwise for that.
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(1e-5)
    expect(Math.abs(lossBy(one, ours) / lossBy(one, one.theirs) - 1)).toBeLessThan(0.01)
  })

  // Which side rare categories go to is a matter of rounding there.
  test.each(told.filter(({ categories }) => categories))('is as good at $kind with categories', (one) => {
    const { ours } = predictedBy(one)
    expect(lossBy(one, ours) / lossBy(one, one.theirs)).toBeGreaterThan(0.9)
    expect(lossBy(one, ours) / lossBy(one, one.theirs)).toBeLessThan(1.1)
  })
})

test('bins lie between different values, or at quantiles where these are many', () => {
  const few = Float64Array.from([3, 1, NaN, 2, 1])
  expect([...boundsOf(few, range(0, 5), 255)]).toEqual([1.5, 2.5])
  const random = randomSource(1)
  const many = Float64Array.from({ length: 5000 }, random)
  const bounds = boundsOf(many, range(0, 5000), 255)
  expect(bounds).toHaveLength(254)
  expect([...bounds]).toEqual([...bounds].toSorted((a, b) => a - b))
  const [column] = binColumns([{ kind: 'number', name: 'x', values: many }], range(0, 5000))
  const counts = new Array<number>(255).fill(0)
  for (const bin of column!.bins) counts[bin]!++
  expect(Math.min(...counts)).toBeGreaterThan(14)
  expect(Math.max(...counts)).toBeLessThan(26)
})

test('bounds are learned from the training rows alone', () => {
  const values = Float64Array.from([1, 2, 3, 1000, 5000])
  const [column] = binColumns([{ kind: 'number', name: 'x', values }], range(0, 3))
  expect([...column!.bins]).toEqual([0, 1, 2, 2, 2])
})

test('of more categories than fit the rare ones count as missing, and so do those that training never saw', () => {
  const codes = Int32Array.from({ length: 1200 }, (_, i) => (i < 600 ? i % 200 : i % 300))
  const categories = Array.from({ length: 301 }, (_, i) => `c${i}`)
  const [column] = binColumns([{ kind: 'category', name: 'c', codes, categories }], range(0, 600), 100)
  expect(column).toMatchObject({ count: 100, categories: true })
  expect(column!.bins[0]).toBeLessThan(100)
  expect(column!.bins[1199]).toBe(100)
})

describe('many rows', () => {
  const rows = 12_000
  const random = randomSource(7)
  const values = Float64Array.from({ length: rows }, random)
  const target = values.map((value) => (value > 0.5 ? 1 : 0) + random())
  const columns = binColumns([{ kind: 'number', name: 'x', values }], range(0, rows))

  test('stop early where nothing more is to be gained, and give the same every time', () => {
    const once = () => boost(columns, squaredError(target), range(0, rows), new Int32Array(), usual)
    const [first, second] = [once(), once()]
    expect(first.ended).toBe('early')
    expect(first.rounds).toBeLessThan(100)
    expect(second.raw[0]).toEqual(first.raw[0])
  })

  test('end in time', () => {
    const deadline = performance.now() - 1
    const late = boost(columns, squaredError(target), range(0, rows), new Int32Array(), {
      ...usual,
      deadline,
    })
    expect(late).toMatchObject({ rounds: 0, ended: 'time' })
    expect(late.raw[0]![0]).toBeCloseTo(1, 1)
  })
})
