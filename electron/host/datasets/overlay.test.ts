import { describe, expect, it } from 'vitest'
import { correctionsInWords, noCorrections, type Correction, type Overlay } from '../../contract/index.ts'
import {
  allNumbers,
  countsOf,
  hashOfVersion,
  numbersFrom,
  rowsOf,
  withCorrections,
  withoutUnchanged,
} from './overlay.ts'

const facts = { rows: 5, columns: ['x', 'y'] }
const applied = (...corrections: Correction[]): Overlay => withCorrections(noCorrections, corrections, facts)
const edit = (row: number, column: string, value: string | null): Correction => ({
  type: 'edit',
  row,
  column,
  value,
})

describe('corrections', () => {
  it('come to the same overlay in whatever order they are made', () => {
    const one = applied(edit(3, 'x', '1'), edit(0, 'y', null), { type: 'drop', rows: [4, 1] })
    const other = applied(
      { type: 'drop', rows: [1] },
      edit(0, 'y', 'no'),
      edit(0, 'y', null),
      edit(3, 'x', '1'),
      {
        type: 'drop',
        rows: [4],
      },
    )
    expect(other).toEqual(one)
    expect(hashOfVersion('abc', other)).toBe(hashOfVersion('abc', one))
    expect(correctionsInWords(countsOf(one))).toBe('2 cells changed, 2 rows dropped')
    expect(rowsOf(one, 5)).toBe(3)
  })

  it('number appended rows on from the import, and change and drop them like others', () => {
    const two = applied({ type: 'append', rows: [{ y: 'b', x: '1' }, { x: null }] })
    expect(two.appended).toEqual([
      { row: 5, values: { x: '1', y: 'b' } },
      { row: 6, values: {} },
    ])
    const one = withCorrections(two, [edit(6, 'y', 'c'), { type: 'drop', rows: [5] }], facts)
    expect(one).toEqual({ cells: [], dropped: [], appended: [{ row: 6, values: { y: 'c' } }] })
  })

  it('forget the cells of rows that are dropped afterwards', () => {
    expect(applied(edit(2, 'x', '9'), { type: 'drop', rows: [2] })).toEqual(
      applied({ type: 'drop', rows: [2] }),
    )
  })

  it.each<[Correction[], string]>([
    [
      [{ type: 'drop', rows: [2] }, edit(2, 'x', '1')],
      'Row 3 was dropped from this version. Undo that first.',
    ],
    [[edit(5, 'x', '1')], 'no row 6: the import has 5'],
    [[edit(0, 'z', '1')], 'no column "z"'],
    [[{ type: 'drop', rows: [0, 1, 2, 3, 4] }], 'No row would be left'],
    [[{ type: 'append', rows: [{ z: '1' }] }], 'no column "z"'],
  ])('are refused where they do not fit: %j', (corrections, reason) => {
    expect(() => applied(...corrections)).toThrow(reason)
  })

  it('are at most so many that each reading can hold them against the table', () => {
    const rows = { rows: 20_000, columns: ['x'] }
    const many = Array.from({ length: 10_001 }, (_, row) => edit(row, 'x', '1'))
    expect(withCorrections(noCorrections, many.slice(1), rows).cells).toHaveLength(10_000)
    expect(() => withCorrections(noCorrections, many, rows)).toThrow(
      'at most 10,000 corrections, and this would be 10,001',
    )
  })
})

describe('a version', () => {
  it('without corrections has the hash of its import', () => {
    expect(hashOfVersion('abc', noCorrections)).toBe('abc')
    expect(hashOfVersion('abc', applied(edit(0, 'x', '1')))).toMatch(/^[0-9a-f]{64}$/)
    expect(hashOfVersion('abc', applied(edit(0, 'x', '1')))).not.toBe(
      hashOfVersion('abd', applied(edit(0, 'x', '1'))),
    )
  })

  it('is the import again once a cell is changed back', () => {
    const overlay = withoutUnchanged(applied(edit(0, 'x', '1'), edit(0, 'y', '2')), (_, column) =>
      column === 'x' ? '1' : '3',
    )
    expect(overlay.cells).toEqual([{ row: 0, column: 'y', value: '2' }])
  })

  it('knows the numbers of the rows on every page of it', () => {
    const overlay = applied({ type: 'drop', rows: [0, 2, 3] }, { type: 'append', rows: [{}, {}] })
    const all = [1, 4, 5, 6]
    expect([...allNumbers(overlay, 5)]).toEqual(all)
    for (let offset = 0; offset < 6; offset++)
      for (let limit = 1; limit < 6; limit++)
        expect(numbersFrom(overlay, 5, offset, limit)).toEqual(all.slice(offset, offset + limit))
    expect([...allNumbers(noCorrections, 3)]).toEqual([0, 1, 2])
  })
})
