import { describe, expect, it } from 'vitest'
import type { CategoryColumn, NumberColumn } from '../datasets/frame.ts'
import { allot, splitRows as splitTarget, splitTargetOf, withTrainShare, type Drawn } from './split.ts'
import { splittingOf } from './splitting.ts'

const splitRows = (
  target: CategoryColumn | NumberColumn,
  ...more: [Drawn, ...Parameters<typeof splitTarget>[2][]]
) => splitTarget(splitTargetOf([target], target.kind === 'number' ? 'regression' : 'classification'), ...more)

const shares: Drawn = { train: 0.7, validation: 0.15, test: 0.15, stratify: true, seed: 0 }

const classes = (...counts: number[]): CategoryColumn => ({
  kind: 'category',
  name: 'y',
  codes: Int32Array.from(counts.flatMap((count, code) => new Array<number>(count).fill(code))),
  categories: counts.map((_, code) => `class ${code}`),
})
const numbers = (values: number[]): NumberColumn => ({
  kind: 'number',
  name: 'y',
  values: Float64Array.from(values),
})
const parts = (target: CategoryColumn | NumberColumn, split = shares) => {
  const { train, validation, test } = splitRows(target, split)
  return [train, validation, test] as const
}
const together = (target: CategoryColumn | NumberColumn, split = shares) =>
  parts(target, split)
    .flatMap((part) => [...part])
    .sort((a, b) => a - b)

describe('splitRows', () => {
  it('gives every row to exactly one split', () => {
    for (const stratify of [true, false])
      expect(together(classes(50, 31, 7), { ...shares, stratify })).toEqual([...Array(88).keys()])
  })

  it('holds the shares, over all and in every class', () => {
    const target = classes(1000, 400, 100)
    const [train, validation, test] = parts(target)
    expect([train.length, validation.length, test.length]).toEqual([1050, 225, 225])
    expect([0, 1, 2].map((code) => test.filter((row) => target.codes[row] === code).length)).toEqual([
      150, 60, 15,
    ])
  })

  it('holds the overall shares even when every class is small', () => {
    const [train, validation, test] = parts(classes(...new Array<number>(100).fill(7)))
    expect(train.length).toBeGreaterThanOrEqual(485)
    expect(Math.abs(validation.length - test.length)).toBeLessThanOrEqual(4)
  })

  it.each([3, 4, 5, 6])('sends a class of %i rows to every split', (count) => {
    const target = classes(200, count)
    for (const part of parts(target)) expect(part.some((row) => target.codes[row] === 1)).toBe(true)
  })

  it('is the same for the same seed, and another for another', () => {
    const target = classes(60, 40)
    expect(parts(target)).toEqual(parts(target))
    expect(parts(target, { ...shares, seed: 1 })).not.toEqual(parts(target))
  })

  it('does not change from version to version', () => {
    expect([...splitRows(classes(10, 10), shares).test]).toMatchInlineSnapshot(`
      [
        2,
        12,
        15,
      ]
    `)
  })

  it('takes only so many rows when asked to, the same ones for the same seed', () => {
    const target = classes(40, 40)
    const { train, validation, test } = splitRows(target, shares, { limit: 20 })
    expect(train.length + validation.length + test.length).toBe(20)
    expect(splitRows(target, shares, { limit: 20 }).train).toEqual(train)
    expect(splitRows(target, shares, { limit: 1000 })).toEqual(splitRows(target, shares))
  })

  it('gives nothing to a share of 0, however small the classes', () => {
    const without = { ...shares, train: 0.85, test: 0 }
    const { train, validation, test } = splitRows(classes(10, 2, 1), without)
    expect(test.length).toBe(0)
    expect(train.length + validation.length).toBe(13)
    expect(splitRows(classes(10, 10), without, { limit: null, of: 6 }).train.every((row) => row < 6)).toBe(
      true,
    )
  })

  it('leaves out rows without a target and says how many', () => {
    const target = numbers([1, NaN, 3, 4, NaN, 6, 7, 8, 9, 10])
    const { dropped } = splitRows(target, shares)
    expect(dropped).toBe(2)
    expect(together(target)).toEqual([0, 2, 3, 5, 6, 7, 8, 9])
  })

  it('stratifies numbers by their size', () => {
    const target = numbers(Array.from({ length: 200 }, (_, i) => (i * 37) % 200))
    const [, validation] = parts(target)
    const means = [...validation].reduce((sum, row) => sum + target.values[row]!, 0) / validation.length
    expect(means).toBeGreaterThan(90)
    expect(means).toBeLessThan(110)
  })

  it('fills every split from three rows of three classes', () => {
    for (const part of parts(classes(1, 1, 1))) expect(part).toHaveLength(1)
  })

  it('refuses fewer than three rows with a target', () => {
    expect(() => splitRows(classes(1, 1), shares)).toThrow(
      'Only 2 of 2 rows have a value in the target column "y"',
    )
    expect(() => splitRows(numbers([1, 2, NaN, NaN]), shares)).toThrow('Only 2 of 4 rows')
  })
})

describe('allot', () => {
  it('always gives out exactly what there is', () => {
    for (let n = 0; n < 200; n++)
      for (const carry of [-0.9, 0, 0.9]) {
        const counts = allot(n, [0.7, 0.15, 0.15], [carry, -carry, 0])
        expect(counts.reduce((a, b) => a + b, 0)).toBe(n)
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(n < 3 ? 0 : 1)
      }
  })
})

describe('the methods of a split', () => {
  const target = (column: CategoryColumn | NumberColumn) => splitTargetOf([column], 'classification')
  const lacking: CategoryColumn = {
    ...classes(6, 6),
    codes: Int32Array.of(0, 0, -1, 1, 1, 0, 1, 0, 1, 0, 0, 1),
  }

  it('in order: the first rows train, the last are tested, those without a target are left out', () => {
    const { split, version } = splittingOf({ method: 'ordered', train: 0.6, validation: 0.2, test: 0.2 })
    const { train, validation, test, dropped } = split({ target: target(lacking) }, null)
    expect([[...train], [...validation], [...test], dropped]).toEqual([
      [0, 1, 3, 4, 5, 6, 7],
      [8, 9],
      [10, 11],
      1,
    ])
    expect([...split({ target: target(lacking) }, 5).train]).toEqual([0, 1, 3])
    // Rows that come later are what is to be predicted.
    const longer = { target: target(classes(10, 10)) }
    const later = version(longer, { target: target(lacking) }, Int32Array.from(Array(20).keys()), null)
    expect([...later.test].slice(-8)).toEqual([12, 13, 14, 15, 16, 17, 18, 19])
  })

  it('given: the rows of the test files are the test, whatever the others are', () => {
    const { split } = splittingOf({ method: 'given', validation: 0.2, stratify: true, seed: 1 })
    const { train, validation, test } = split({ target: target(classes(10, 10)), trainRows: 15 }, null)
    expect([...test]).toEqual([15, 16, 17, 18, 19])
    expect([train.length, validation.length]).toEqual([12, 3])
  })

  it('at random: as the shares say', () => {
    const column = classes(40, 20)
    const { split } = splittingOf({ method: 'random', ...shares, together: false })
    expect(split({ target: target(column) }, null)).toEqual(splitRows(column, shares))
  })
})

describe('withTrainShare', () => {
  const target = classes(60, 30, 3)
  const split = splitRows(target, shares)
  const part = (share: number, seed = 0) =>
    withTrainShare(split, splitTargetOf([target], 'classification'), { share, stratify: true, seed })

  it('keeps a share of each class to train, and all that validates and tests', () => {
    const { train, validation, test } = part(0.25)
    expect([validation, test]).toEqual([split.validation, split.test])
    const count = (rows: Int32Array, code: number) => rows.filter((row) => target.codes[row] === code).length
    const whole = [0, 1, 2].map((code) => count(split.train, code))
    expect([0, 1, 2].map((code) => count(train, code))).toEqual(whole.map((n) => Math.max(1, Math.round(n / 4)))) // prettier-ignore
  })

  it('has the rows of a smaller share among those of a larger one, and others with another seed', () => {
    const [small, large] = [part(0.25).train, new Set(part(0.5).train)]
    expect([...small].every((row) => large.has(row))).toBe(true)
    expect([...part(1).train]).toEqual([...split.train])
    expect([...part(0.25, 1).train]).not.toEqual([...small])
  })
})
