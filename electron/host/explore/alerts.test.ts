import { describe, expect, it } from 'vitest'
import type { ColumnProfile } from '../../contract/index.ts'
import { findAlerts, type Evidence } from './alerts.ts'
import type { Measured } from './measure.ts'
import { columnsToCorrelate, imbalanceOf, rowStride } from './relations.ts'

const rows = 1000
const numeric = {
  min: 1,
  max: 9,
  mean: 5,
  std: 2,
  q25: 3,
  median: 5,
  q75: 7,
  skewness: 0,
  zeros: 0,
  infinite: 0,
  histogram: { edges: [1, 9], counts: [rows] },
}

function column(name: string, profile: Partial<ColumnProfile> = {}, extra: Partial<Measured> = {}): Measured {
  return {
    wholeNumbers: false,
    smallestPositive: 1,
    caseVariants: 0,
    profile: {
      name,
      kind: 'number',
      role: 'feature',
      count: rows,
      missing: 0,
      distinct: 400,
      numeric,
      top: [],
      ...profile,
    },
    ...extra,
  }
}
const category = (name: string, profile: Partial<ColumnProfile> = {}, extra: Partial<Measured> = {}) =>
  column(name, { kind: 'category', numeric: null, distinct: 5, ...profile }, extra)

const nothing: Evidence = {
  rows,
  duplicateRows: 0,
  measured: [],
  correlations: { columns: [], values: [] },
  classBalance: null,
  links: [],
}
const alerts = (evidence: Partial<Evidence>) => findAlerts({ ...nothing, ...evidence })
const codes = (evidence: Partial<Evidence>) =>
  alerts(evidence).map(({ code, columns, fix }) => [code, columns.join(), fix?.role ?? null])
const classes = (...counts: number[]) => ({
  classes: counts.map((count, i) => ({ value: `k${i}`, count })),
  imbalance: imbalanceOf(counts),
})

it('has nothing to say about sound data', () => {
  expect(alerts({ measured: [column('x'), category('c')], classBalance: classes(500, 500) })).toEqual([])
})

describe('columns', () => {
  it.each<[Measured, string | null, string | null]>([
    [column('x', { missing: 11, count: 989 }), 'missing', null],
    [column('x', { missing: 10, count: 990 }), null, null],
    [column('x', { missing: 600, count: 400 }), 'mostlyMissing', 'ignore'],
    [column('x', { missing: rows, count: 0, distinct: 0, numeric: null }), 'empty', 'ignore'],
    [column('x', { missing: 600, count: 400, role: 'ignore' }), null, null],
    [column('x', { missing: 3, count: 997, role: 'target' }), 'missingTarget', null],
    [column('x', { distinct: 1 }), 'constant', 'ignore'],
    [column('x', { numeric: { ...numeric, infinite: 2 } }), 'infinite', null],
    [column('x', { numeric: { ...numeric, skewness: -2.5 } }), 'skewed', null],
    [column('x', { numeric: { ...numeric, skewness: 2 } }), null, null],
    [
      column('x', { distinct: 950, numeric: { ...numeric, min: 500_000 } }, { wholeNumbers: true }),
      'idLike',
      'id',
    ],
    [column('x', { distinct: 950, numeric: { ...numeric, min: 500_000 } }), null, null],
    [category('x', { distinct: rows }), 'unique', 'id'],
    [category('x', { distinct: 51 }), 'highCardinality', null],
    [category('x', { distinct: 50 }), null, null],
    [category('x', {}, { caseVariants: 1 }), 'caseVariants', null],
    [
      column('x', { numeric: { ...numeric, min: 0, zeros: 50, median: 100 } }, { smallestPositive: 40 }),
      'zerosMissing',
      null,
    ],
    [
      column('x', { numeric: { ...numeric, min: 0, zeros: 50, median: 100 } }, { smallestPositive: 2 }),
      null,
      null,
    ],
    [
      column('x', { distinct: 17, numeric: { ...numeric, min: 0, zeros: 50 } }, { smallestPositive: 4 }),
      null,
      null,
    ],
  ])('%#: %j', (one, code, role) => {
    expect(codes({ measured: [one] })).toEqual(code === null ? [] : [[code, 'x', role]])
  })

  it('are put together when many have the same trouble', () => {
    const measured = Array.from({ length: 30 }, (_, i) => column(`x${i}`, { distinct: 1 }))
    const [alert, ...more] = alerts({ measured })
    expect(more).toEqual([])
    expect(alert!.columns).toHaveLength(30)
    expect(alert!.message).toBe(
      '30 columns have the same value in every row: nothing can be learnt from them.',
    )
  })
})

describe('the table', () => {
  it.each([
    [{ rows: 199 }, 'fewRows'],
    [{ duplicateRows: 1 }, 'duplicates'],
  ])('%j', (evidence, code) => expect(codes(evidence)).toEqual([[code, '', null]]))
})

describe('classes', () => {
  const target = category('y', { role: 'target' })
  it.each([
    [classes(500, 300, 200), []],
    [classes(920, 80), ['imbalance']],
    [classes(600, 395, 5), ['rareClass']],
    [classes(rows), ['singleClass']],
    [classes(500, 498, 2), ['tinyClass', 'rareClass']],
  ])('%j', (classBalance, expected) => {
    expect(alerts({ measured: [target], classBalance }).map(({ code }) => code)).toEqual(expected)
  })
})

describe('relations', () => {
  const pair = (r: number, second: Partial<ColumnProfile> = {}): Partial<Evidence> => ({
    measured: [column('a'), column('b', second)],
    correlations: {
      columns: ['a', 'b'],
      values: [
        [1, r],
        [r, 1],
      ],
    },
  })
  it.each([
    [pair(-0.9), [['correlated', 'a,b', null]]],
    [pair(0.89), []],
    [pair(0.9999), [['correlated', 'b', 'ignore']]],
    [pair(-0.995, { role: 'target' }), [['leak', 'a', 'ignore']]],
    [pair(0.95, { role: 'target' }), []],
    [{ ...pair(1), rows: 10 }, [['fewRows', '', null]]],
  ])('%#', (evidence, expected) => expect(codes(evidence)).toEqual(expected))

  it('warn of a category that tells the class, unless the majority does nearly as well', () => {
    const links = [{ column: 'c', measure: 'purity', value: 0.995 } as const]
    expect(codes({ links, classBalance: classes(600, 400) })).toEqual([['leak', 'c', 'ignore']])
    expect(alerts({ links, classBalance: classes(960, 40) }).some(({ code }) => code === 'leak')).toBe(false)
  })
})

it('puts the most serious first', () => {
  const measured = [column('m', { missing: 20, count: 980 }), category('y', { role: 'target' })]
  const severities = alerts({ measured, classBalance: classes(998, 2), duplicateRows: 3 }).map(
    ({ severity }) => severity,
  )
  expect(severities).toEqual(
    severities.toSorted(
      (a, b) => ['error', 'warning', 'info'].indexOf(a) - ['error', 'warning', 'info'].indexOf(b),
    ),
  )
  expect(new Set(severities).size).toBe(3)
})

describe('decisions about size', () => {
  it('correlates at most 60 columns, the most variable, and always the target', () => {
    const many = Array.from({ length: 100 }, (_, i) => column(`x${i}`, { numeric: { ...numeric, std: i } }))
    const names = columnsToCorrelate([
      column('y', { role: 'target', numeric: { ...numeric, std: 0.001 } }),
      ...many,
      column('off', { role: 'id' }),
    ])
    expect(names).toHaveLength(60)
    expect(names[0]).toBe('y')
    expect(names.at(-1)).toBe('x99')
    expect(names).not.toContain('x40')
  })
  it('reads every row unless that would take long', () => {
    expect([rowStride(1e6, 105), rowStride(1e6, 1770), rowStride(0, 0)]).toEqual([1, 9, 1])
  })
})

it.each([
  [[10, 10], 0],
  [[10], 1],
  [[], 0],
  [[99, 1], 0.919],
])('imbalanceOf(%j) is %f', (counts, expected) => expect(imbalanceOf(counts)).toBeCloseTo(expected, 3))
