import { describe, expect, it } from 'vitest'
import { packRows, type Split } from '../../contract/index.ts'
import type { CategoryColumn, DateColumn, NumberColumn } from '../datasets/frame.ts'
import { findAlike } from './alike.ts'
import { randomSource } from './random.ts'
import { splitTargetOf, type RowSplit } from './split.ts'
import { readPlaces } from './split-values.ts'
import { splittingOf, type SplitData } from './splitting.ts'

const shares = { train: 0.7, validation: 0.15, test: 0.15, stratify: true, seed: 3 }
const parts = ['train', 'validation', 'test'] as const

const category = (name: string, values: readonly (string | null)[]): CategoryColumn => {
  const categories = [...new Set(values.filter((value) => value !== null))]
  return {
    kind: 'category',
    name,
    categories,
    codes: Int32Array.from(values, (value) => (value === null ? -1 : categories.indexOf(value))),
  }
}
const numbers = (name: string, values: readonly number[]): NumberColumn => ({
  kind: 'number',
  name,
  values: Float64Array.from(values),
})
const random = randomSource(5)
const rows = 600
const labels = Array.from({ length: rows }, () => (random() < 0.2 ? 'ill' : 'well'))
const target = splitTargetOf([category('y', labels)], 'classification')
const patients = Array.from({ length: rows }, () => `p${Math.floor(80 * random() ** 2)}`)
const byPatient: SplitData = { target, by: category('patient', patients) }
const all = (split: RowSplit): number[] => parts.flatMap((part) => [...split[part]]).sort((a, b) => a - b)
const everyRow = [...Array(rows).keys()]
const shareIn = (split: RowSplit, part: (typeof parts)[number]): number =>
  split[part].length / all(split).length

/** Where the rows of each value stand. */
const sidesOf = (split: RowSplit, values: readonly (string | null)[]): Map<string, Set<string>> => {
  const sides = new Map<string, Set<string>>()
  for (const part of parts)
    for (const row of split[part]) {
      const value = values[row] ?? `#${row}`
      sides.set(value, (sides.get(value) ?? new Set()).add(part))
    }
  return sides
}
const oneSided = (split: RowSplit, values: readonly (string | null)[]): boolean =>
  [...sidesOf(split, values).values()].every(({ size }) => size === 1)

describe('by group', () => {
  const method = { method: 'byGroup', column: 'patient', ...shares } as const
  it('no value stands on two sides, and shares and classes are near to what was asked', () => {
    const split = splittingOf(method).split(byPatient, null)
    expect(all(split)).toEqual(everyRow)
    expect(oneSided(split, patients)).toBe(true)
    for (const part of parts) {
      expect(Math.abs(shareIn(split, part) - shares[part])).toBeLessThan(0.02)
      const ill = split[part].filter((row) => labels[row] === 'ill').length / split[part].length
      expect(Math.abs(ill - 0.2)).toBeLessThan(0.06)
    }
    expect(split.notes?.[0]).toMatch(/groups by “patient” are each on one side/)
    expect(splittingOf(method).split(byPatient, null)).toEqual(split)
    expect(splittingOf({ ...method, seed: 4 }).split(byPatient, null)).not.toEqual(split)
  })

  it('a group that is larger than a share goes whole, and the shares that came of it are told', () => {
    const by = category('site', [
      ...Array(500).fill('big'),
      ...Array(50).fill('b'),
      ...Array(50).fill('c'),
    ] as string[])
    const split = splittingOf({ ...method, column: 'site' }).split({ target, by }, null)
    expect(oneSided(split, by.categories.length ? Array.from(by.codes, (c) => by.categories[c]!) : [])).toBe(
      true,
    )
    expect(split.notes?.join(' ')).toContain('the shares are as near as they get: 83.3')
    for (const part of parts) expect(split[part].length).toBeGreaterThan(0)
  })

  it('too few groups are refused, and rows without one stand alone', () => {
    const two = category(
      'g',
      Array.from({ length: rows }, (_, i) => (i % 2 ? 'a' : 'b')),
    )
    expect(() => splittingOf(method).split({ target, by: two }, null)).toThrow(
      /2 groups by “g”: too few for 3/,
    )
    const some = category(
      'g',
      Array.from({ length: rows }, (_, i) => (i % 2 ? `g${i % 9}` : null)),
    )
    const split = splittingOf(method).split({ target, by: some }, null)
    expect(all(split)).toEqual(everyRow)
    expect(split.notes?.join(' ')).toContain('300 rows have no value in “g”')
  })

  it('a corrected version moves no row, and later rows join their group', () => {
    const { split, version } = splittingOf(method)
    const before = split(byPatient, null)
    const kept = everyRow.filter((row) => row % 7 !== 0)
    const now = [...kept.map((row) => patients[row]!), 'p0', 'new', 'new', 'p1']
    const ids = Int32Array.from([...kept, 600, 601, 602, 603])
    const data: SplitData = {
      target: splitTargetOf(
        [category('y', [...kept.map((row) => labels[row]!), 'ill', 'ill', 'well', 'ill'])],
        'classification',
      ),
      by: category('patient', now),
      numbers: ids,
    }
    const after = version(data, byPatient, ids, null)
    expect(oneSided(after, now)).toBe(true)
    for (const part of parts)
      expect(Array.from(after[part], (row) => ids[row]!).filter((row) => row < 600)).toEqual(
        [...before[part]].filter((row) => row % 7 !== 0),
      )
    expect(all(after)).toHaveLength(ids.length)
  })
})

describe('by time', () => {
  const times = Array.from({ length: rows }, (_, i) =>
    i % 50 === 0 ? NaN : Math.floor(((i * 37) % rows) / 4),
  )
  const by: DateColumn = { kind: 'date', name: 'when', values: Float64Array.from(times) }
  const method = { method: 'byTime', column: 'when', train: 0.7, validation: 0.15, test: 0.15 } as const

  it('the oldest train, the newest test, no time is cut, and rows without one are left out', () => {
    const split = splittingOf(method).split({ target, by }, null)
    const at = (part: (typeof parts)[number]) => Array.from(split[part], (row) => times[row]!)
    expect(Math.max(...at('train'))).toBeLessThan(Math.min(...at('validation')))
    expect(Math.max(...at('validation'))).toBeLessThan(Math.min(...at('test')))
    expect(all(split)).toHaveLength(rows - 12)
    expect(shareIn(split, 'train')).toBeCloseTo(0.7, 2)
    expect(split.notes).toEqual([
      'By “when”: rows before 1970-04-16 train, those from 1970-05-09 on test.',
      '12 rows have no value in “when” and are left out.',
    ])
  })

  it('ties that are larger than a share leave every split something; one time alone is refused', () => {
    const tied = {
      ...by,
      values: Float64Array.from({ length: rows }, (_, i) => (i < 590 ? 1 : i < 595 ? 2 : 3)),
    }
    const split = splittingOf(method).split({ target, by: tied }, null)
    expect([split.train.length, split.validation.length, split.test.length]).toEqual([590, 5, 5])
    expect(split.notes?.join(' ')).toContain(
      'By whole times of “when” the shares are as near as they get: 98.3',
    )
    const flat = { ...by, values: new Float64Array(rows).fill(1) }
    expect(() => splittingOf(method).split({ target, by: flat }, null)).toThrow(/“when” has 1 different time/)
  })

  it('rows that come later go by their time, whatever their number', () => {
    const { version } = splittingOf(method)
    const ids = Int32Array.from(Array(rows + 2).keys())
    const data: SplitData = {
      target: splitTargetOf([category('y', [...labels, 'ill', 'ill'])], 'classification'),
      by: { ...by, values: Float64Array.from([...times, 0, 1e4]) },
      numbers: ids,
    }
    const after = version(data, { target, by }, ids, null)
    expect(after.train.includes(rows)).toBe(true)
    expect(after.test.includes(rows + 1)).toBe(true)
  })
})

describe('by a column', () => {
  const method = { method: 'byColumn', column: 'set', validation: 0.2, stratify: true, seed: 0 } as const
  it.each([
    [
      ['Train', 'VAL', 'test'],
      ['train', 'validation', 'test'],
    ],
    [
      ['training', 'dev', 'holdout'],
      ['train', 'validation', 'test'],
    ],
    [
      ['0', '1', '2'],
      ['train', 'validation', 'test'],
    ],
    [
      ['1', '2', '3'],
      ['train', 'validation', 'test'],
    ],
    [
      ['trainset_train', 'my test'],
      ['train', 'test'],
    ],
    [
      ['2.0', '0.0', '1.0'],
      ['test', 'train', 'validation'],
    ],
  ])('%j is understood', (values, places) => {
    expect(values.map((value) => readPlaces('set', values).get(value))).toEqual(places)
  })
  it('yes and no by the name of the column, and refused where it says nothing', () => {
    expect(readPlaces('is_test', ['0', '1']).get('1')).toBe('test')
    expect(readPlaces('train', ['True', 'False']).get('False')).toBe('test')
    expect(() => readPlaces('flag', ['0', '1'])).toThrow(/neither says which of them are for the test/)
  })
  it('what is not understood is refused with the values', () => {
    expect(() => readPlaces('set', ['train', 'test', 'purple', 'green'])).toThrow(
      /these values are not understood: “purple”, “green”/,
    )
    expect(() => readPlaces('fold', ['0', '1', '2', '3', '4'])).toThrow(/for numbered folds/)
    const by = category(
      'set',
      labels.map(() => 'train'),
    )
    expect(() => splittingOf(method).split({ target, by }, null)).toThrow(/names no rows to test/)
  })
  it('rows are where it says; without a word for validation a share of those that train validates', () => {
    const said = Array.from({ length: rows }, (_, i) =>
      i % 10 === 3 ? 'test' : i % 10 === 4 ? null : 'train',
    )
    const by = category('set', said)
    const split = splittingOf(method).split({ target, by }, null)
    expect([...split.test].every((row) => said[row] === 'test')).toBe(true)
    expect([split.train.length, split.validation.length, split.test.length]).toEqual([384, 96, 60])
    expect(split.notes?.join(' ')).toContain('60 rows have no value in “set” and are left out')
  })
})

describe('folds', () => {
  const fold = (number: number, more: Partial<Extract<Split, { method: 'folds' }>> = {}): Split => ({
    method: 'folds',
    folds: 5,
    fold: number,
    validation: 0.15,
    column: '',
    stratify: true,
    seed: 1,
    ...more,
  })
  it('each row is tested once, and folds are of one size, with their share of each class', () => {
    const tested = [1, 2, 3, 4, 5].map((number) => splittingOf(fold(number)).split({ target }, null))
    expect(tested.flatMap(({ test }) => [...test]).sort((a, b) => a - b)).toEqual(everyRow)
    for (const split of tested) {
      expect(split.test.length).toBe(120)
      expect(split.validation.length).toBe(72)
      expect(all(split)).toEqual(everyRow)
      const ill = split.test.filter((row) => labels[row] === 'ill').length
      const wanted = labels.filter((label) => label === 'ill').length / 5
      expect(Math.abs(ill - wanted)).toBeLessThanOrEqual(1)
    }
  })
  it('groups stay whole, and validation shares none of them', () => {
    const split = splittingOf(fold(2, { column: 'patient' })).split(byPatient, null)
    expect(oneSided(split, patients)).toBe(true)
    expect(() => splittingOf(fold(1, { folds: 90 })).split(byPatient, null)).toThrow(/80 groups by “patient”/)
    const few = category('g', labels)
    expect(() => splittingOf(fold(1, { column: 'g' })).split({ target, by: few }, null)).toThrow(
      /too few for 5 folds/,
    )
  })
  it('rows stay in their fold across versions', () => {
    const { split, version } = splittingOf(fold(3))
    const before = split({ target }, null)
    const ids = Int32Array.from(everyRow.filter((row) => row % 3 > 0))
    const data = {
      target: splitTargetOf(
        [
          category(
            'y',
            Array.from(ids, (row) => labels[row]!),
          ),
        ],
        'classification',
      ),
      numbers: ids,
    }
    const after = version(data, { target }, ids, null)
    for (const part of parts)
      expect(Array.from(after[part], (row) => ids[row]!)).toEqual(
        [...before[part]].filter((row) => row % 3 > 0),
      )
  })
})

describe('by row numbers', () => {
  const method = {
    method: 'byRowNumbers',
    train: '',
    test: packRows([5, 1, 2, 3, 599]),
    validation: 0.1,
    stratify: true,
    seed: 0,
  } as const
  it('the named rows test, and of the rest some validate', () => {
    const split = splittingOf(method).split({ target }, null)
    expect([...split.test]).toEqual([1, 2, 3, 5, 599])
    expect(all(split)).toEqual(everyRow)
    expect(Math.abs(split.validation.length - 59)).toBeLessThanOrEqual(1)
  })
  it('rows in neither list are left out and told; rows in both, and those that are not there, are refused', () => {
    const split = splittingOf({ ...method, train: '10-99' }).split({ target }, null)
    expect(all(split)).toHaveLength(95)
    expect(split.notes?.join(' ')).toContain('505 rows are in neither list')
    expect(() => splittingOf({ ...method, train: '3-99' }).split({ target }, null)).toThrow(/2 rows are both/)
    expect(() => splittingOf({ ...method, test: '600' }).split({ target }, null)).toThrow(/counts from 1/)
  })
})

describe('duplicates on one side', () => {
  const noise = randomSource(8)
  const base = Array.from({ length: 200 }, () => [noise(), noise(), noise()])
  const x = [0, 1, 2].map((at) =>
    numbers(
      `x${at}`,
      [...base, ...base.slice(0, 100), ...base.slice(100, 200).map((row) => row.map((v) => v + 1e-4))].map(
        (row) => row[at]!,
      ),
    ),
  )
  const name = category(
    'name',
    Array.from({ length: 400 }, (_, i) => (i % 200 < 100 ? ' Ann' : i < 200 ? 'bob' : 'Bob')),
  )
  it('finds equal and nearly equal rows, and no others', () => {
    const { group, bounded } = findAlike([...x, name], 400)
    expect(bounded).toBe(false)
    for (let row = 0; row < 200; row++) expect(group[row]).toBe(group[row + 200])
    expect(new Set(group).size).toBeGreaterThan(195)
    const far = findAlike(
      x.map((column) => ({ ...column, values: column.values.slice(0, 200) })),
      200,
    )
    expect([...far.group].filter((one) => one !== -1).length).toBeLessThan(6)
  })
  it('finds all equal rows of a table in which every row stands thousands of times', () => {
    const many = x.map((column) => ({
      ...column,
      values: Float64Array.from({ length: 30_000 }, (_, row) => column.values[row % 3]!),
    }))
    const { group, bounded } = findAlike(many, 30_000)
    expect(bounded).toBe(false)
    expect(new Set(group).size).toBe(3)
  })
  it('of rows that are all alike nothing can be split, and it says so', () => {
    const { split } = splittingOf({ method: 'random', ...shares, stratify: false, together: true })
    expect(() => split({ target, alike: new Int32Array(rows) }, null)).toThrow(
      'The rows are so alike that they fall into 1 set of duplicates',
    )
    const alike = Int32Array.from({ length: rows }, (_, row) => row >> 1)
    const { notes } = split({ target, alike, alikeBounded: true }, null)
    expect(notes?.join(' ')).toContain('nearly equal ones may be on two')
  })
  it('keeps them together, in the import and in later versions', () => {
    const y = splitTargetOf(
      [
        numbers(
          'y',
          Array.from({ length: 400 }, (_, i) => i),
        ),
      ],
      'regression',
    )
    const { group } = findAlike([...x, name], 400)
    const { split, version } = splittingOf({ method: 'random', ...shares, stratify: false, together: true })
    const data = { target: y, alike: group }
    const before = split(data, null)
    expect(oneSided(before, Array.from(group, String))).toBe(true)
    // The second half came later: each goes where its twin is.
    const ids = Int32Array.from(Array(400).keys())
    const imported = {
      target: splitTargetOf([numbers('y', [...Array(200).keys()])], 'regression'),
      alike: new Int32Array(200).fill(-1),
    }
    const later = version({ ...data, numbers: ids }, imported, ids, null)
    expect(oneSided(later, Array.from(group, String))).toBe(true)
  })
})
