import { describe, expect, it } from 'vitest'
import type { ColumnProfile, Fix } from '../../../contract/index.ts'
import type { Measured } from '../measure.ts'
import { columnsToCorrelate, imbalanceOf, rowStride } from '../relations.ts'
import { findAlerts, type Evidence } from './index.ts'

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
    mostFrequent: 10,
    fences: profile.kind === 'category' ? null : { low: -9, high: 19, outside: 0 },
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
  unit: 'row',
  rows,
  duplicateRows: 0,
  target: 'y',
  measured: [],
  correlations: { columns: [], values: [] },
  classBalance: null,
  links: [],
  looked: null,
  conflicts: null,
}
const alerts = (evidence: Partial<Evidence>) => findAlerts({ ...nothing, ...evidence })
/** What a fix does, in short. */
const short = ({ edit }: Fix): string =>
  edit.name === 'setRole' ? `${edit.role} ${edit.columns.join()}` : edit.name
const said = (evidence: Partial<Evidence>) =>
  alerts(evidence).map(({ name, columns, fixes }) => [name, columns.join(), fixes.map(short).join('; ')])
const classes = (...counts: number[]) => ({
  classes: counts.map((count, i) => ({ value: `k${i}`, count })),
  imbalance: imbalanceOf(counts),
})

it('has nothing to say about sound data', () => {
  expect(alerts({ measured: [column('x'), category('c')], classBalance: classes(500, 500) })).toEqual([])
})

const far = { low: -9, high: 19, outside: 11 }

describe('columns', () => {
  it.each<[Measured, string | null, string?]>([
    [column('x', { missing: 11, count: 989 }), 'missingValues', ''],
    [column('x', { missing: 10, count: 990 }), null],
    [column('x', { missing: 500, count: 500 }), 'missingValues', ''],
    [column('x', { missing: 600, count: 400 }), 'mostlyMissing', 'ignore x'],
    [column('x', { missing: rows, count: 0, distinct: 0, numeric: null }), 'noValues', 'ignore x'],
    [column('x', { missing: 600, count: 400, role: 'ignore' }), null],
    [column('x', { missing: 3, count: 997, role: 'target' }), 'missingTarget', ''],
    [column('x', { distinct: 1 }), 'constantColumn', 'ignore x'],
    [column('x', { distinct: 4 }, { mostFrequent: 990 }), 'quasiConstant', 'ignore x'],
    [column('x', { distinct: 4 }, { mostFrequent: 989 }), null],
    // A rare value is far from the rest, and that is no further news.
    [
      column(
        'x',
        { distinct: 4, numeric: { ...numeric, skewness: 9 } },
        { mostFrequent: 990, fences: { ...far } },
      ),
      'quasiConstant',
      'ignore x',
    ],
    [category('x', {}, { mostFrequent: 995 }), 'quasiConstant', 'ignore x'],
    [column('x', { numeric: { ...numeric, infinite: 2 } }), 'infiniteValues', ''],
    [column('x', { numeric: { ...numeric, skewness: -2.5 } }), 'skewedColumn', 'scaleRobustly'],
    [column('x', { numeric: { ...numeric, skewness: -2.5, q25: 3, q75: 3 } }), 'skewedColumn', ''],
    [column('x', { role: 'target', numeric: { ...numeric, skewness: 3 } }), 'skewedColumn', 'boundErrors'],
    [column('x', { numeric: { ...numeric, skewness: 2 } }), null],
    [column('x', {}, { fences: far }), 'outliers', 'scaleRobustly'],
    [column('x', { numeric: { ...numeric, skewness: 3 } }, { fences: far }), 'outliers', 'scaleRobustly'],
    [column('x', { role: 'target' }, { fences: far }), 'outliers', 'boundErrors'],
    [column('x', {}, { fences: { ...far, outside: 10 } }), null],
    [
      column('x', { distinct: 950, numeric: { ...numeric, min: 500_000 } }, { wholeNumbers: true }),
      'idLike',
      'id x; ignore x',
    ],
    [column('x', { distinct: 950, numeric: { ...numeric, min: 500_000 } }), null],
    [category('x', { distinct: rows }), 'uniqueValues', 'id x; ignore x'],
    [category('x', { distinct: 51 }), 'highCardinality', 'id x; ignore x'],
    [category('x', { distinct: 50 }), null],
    [category('x', {}, { caseVariants: 1 }), 'caseVariants', ''],
    [category('x', { role: 'target' }, { caseVariants: 1 }), 'classVariants', ''],
    [
      column('x', { numeric: { ...numeric, min: 0, zeros: 50, median: 100 } }, { smallestPositive: 40 }),
      'zerosMissing',
      '',
    ],
    [
      column('x', { numeric: { ...numeric, min: 0, zeros: 50, median: 100 } }, { smallestPositive: 2 }),
      'manyZeros',
      '',
    ],
    [
      column('x', { distinct: 17, numeric: { ...numeric, min: 0, zeros: 50 } }, { smallestPositive: 4 }),
      'manyZeros',
      '',
    ],
  ])('%#: %j', (one, name, fixes) => {
    expect(said({ measured: [one] })).toEqual(name === null ? [] : [[name, 'x', fixes]])
  })

  it('are put together when many have the same trouble', () => {
    const measured = Array.from({ length: 30 }, (_, i) => column(`x${i}`, { distinct: 1 }))
    const [alert, ...more] = alerts({ measured })
    expect(more).toEqual([])
    expect(alert!.columns).toHaveLength(30)
    expect(alert!.message).toBe(
      '30 columns have the same value in every row: nothing can be learned from them.',
    )
    expect(alert!.fixes).toEqual([
      { label: 'Ignore', edit: { name: 'setRole', role: 'ignore', columns: alert!.columns } },
    ])
  })
})

describe('the table', () => {
  it.each([
    [{ rows: 199 }, 'fewRows'],
    [{ duplicateRows: 1 }, 'duplicateRows'],
  ])('%j', (evidence, name) => expect(said(evidence)).toEqual([[name, '', '']]))

  it('is called as its examples are, and shares are as everywhere else', () => {
    const [first] = alerts({ unit: 'image', duplicateRows: 2000, rows: 24_000 })
    expect(first!.message).toMatch(/^2,000 images repeat an earlier image\./)
    expect(first!.evidence).toEqual({ duplicates: 2000, share: 2000 / 24_000 })
    const [missing] = alerts({ rows: 2000, measured: [column('x', { missing: 167, count: 1833 })] })
    // 8.35 %, which `toFixed` would have made 8.3.
    expect(missing!.message).toContain('in 8.4\u00a0% of the rows')
  })
})

describe('classes', () => {
  const target = category('y', { role: 'target' })
  it.each([
    [classes(500, 300, 200), []],
    [classes(920, 80), [['imbalance', 'weighClasses']]],
    [classes(600, 395, 5), [['rareClass', 'weighClasses']]],
    // Of 150 classes none is rare for having less than 1 %.
    [classes(...Array.from({ length: 150 }, () => 100)), []],
    [classes(...Array.from({ length: 149 }, () => 100), 30), [['rareClass', 'weighClasses']]],
    [classes(rows), [['singleClass', '']]],
    [
      classes(500, 498, 2),
      [
        ['tinyClass', ''],
        ['rareClass', 'weighClasses'],
      ],
    ],
  ])('%j', (classBalance, expected) => {
    const found = said({ measured: [target], classBalance })
    expect(found).toEqual(expected.map(([name, fixes]) => [name, 'y', fixes]))
  })
})

describe('relations', () => {
  const pair = (r: number, second: Partial<ColumnProfile> = {}): Partial<Evidence> => ({
    measured: [column('a'), column('b', second)],
    target: second.role === 'target' ? 'b' : null,
    correlations: {
      columns: ['a', 'b'],
      values: [
        [1, r],
        [r, 1],
      ],
    },
  })
  it.each([
    [pair(-0.9), [['correlated', 'a,b', '']]],
    [pair(0.89), []],
    [pair(0.9999), [['redundant', 'a,b', 'ignore b']]],
    [pair(-0.995, { role: 'target' }), [['leak', 'a', 'ignore a']]],
    [pair(0.95, { role: 'target' }), []],
    [{ ...pair(1), rows: 10 }, [['fewRows', '', '']]],
  ])('%#', (evidence, expected) => expect(said(evidence)).toEqual(expected))

  it('are put together when there are many, and each column named once', () => {
    const columns = ['a', 'b', 'c', 'd', 'e']
    const values = columns.map((_, i) => columns.map((__, j) => (i === j ? 1 : 0.95)))
    const [alert, ...more] = alerts({
      measured: columns.map((name) => column(name)),
      correlations: { columns, values },
    })
    expect(more).toEqual([])
    expect(alert).toMatchObject({
      columns,
      message: '10 pairs of features are strongly correlated.',
      fixes: [],
    })
  })

  it('warn of a category that tells the class, unless the majority does nearly as well', () => {
    const links = [{ column: 'c', measure: 'purity', value: 0.995 } as const]
    expect(said({ links, classBalance: classes(600, 400) })).toEqual([['leak', 'c', 'ignore c']])
    expect(alerts({ links, classBalance: classes(960, 40) }).some(({ name }) => name === 'leak')).toBe(false)
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
