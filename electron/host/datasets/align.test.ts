import { describe, expect, it } from 'vitest'
import { noCorrections, type Overlay } from '../../contract/index.ts'
import { align } from './align.ts'
import { carryOver } from './carry.ts'

/** A letter is a row. */
const hashes = (rows: string) => BigUint64Array.from(rows, (row) => BigInt(row.charCodeAt(0)))
const aligned = (before: string, after: string) => align(hashes(before), hashes(after))

describe('rows of two tables', () => {
  it('are the same, wherever they stand', () => {
    expect(aligned('abc', 'abc')).toMatchObject({ changed: [], added: [], removed: [], moved: 0 })
    expect([...aligned('abc', 'cab').same]).toEqual([1, 2, 0])
    expect(aligned('abc', 'cab').moved).toBe(1)
    expect([...aligned('aab', 'aaab').same]).toEqual([0, 1, 3])
  })

  it('changed where as many others stand between the same neighbors', () => {
    expect(aligned('abcde', 'abXde')).toMatchObject({ changed: [[2, 2]], added: [], removed: [] })
    expect(aligned('abc', 'XbY').changed).toEqual([
      [0, 0],
      [2, 2],
    ])
    expect(aligned('abcd', 'aXYd').changed).toEqual([
      [1, 1],
      [2, 2],
    ])
  })

  it('were added and removed otherwise', () => {
    expect(aligned('abc', 'abcd')).toMatchObject({ changed: [], added: [3], removed: [] })
    expect(aligned('abcd', 'acd')).toMatchObject({ changed: [], added: [], removed: [1] })
    expect(aligned('abcd', 'aXd')).toMatchObject({ changed: [], added: [1], removed: [1, 2] })
    expect(aligned('', 'ab')).toMatchObject({ added: [0, 1], removed: [] })
    expect(aligned('ab', '')).toMatchObject({ added: [], removed: [0, 1] })
  })
})

describe('corrections on another import', () => {
  const carry = (overlay: Partial<Overlay>, before: string, after: string, now: string | null = 'old') =>
    carryOver(
      { ...noCorrections, ...overlay },
      {
        rows: after.length,
        alignment: aligned(before, after),
        columns: new Set(['x']),
        texts: () => ({ before: 'old', after: now }),
      },
    )
  const cell = (row: number, column = 'x') => ({ row, column, value: 'new' })

  it('go with their rows', () => {
    expect(carry({ cells: [cell(2)], dropped: [0, 1] }, 'abc', 'Zabc')).toEqual({
      overlay: { cells: [{ ...cell(2), row: 3 }], dropped: [1, 2], appended: [] },
      lost: [],
    })
    expect(carry({ appended: [{ row: 3, values: { x: '1' } }] }, 'abc', 'abcd').overlay.appended).toEqual([
      { row: 4, values: { x: '1' } },
    ])
    // Another cell of the row changed in the file.
    expect(carry({ cells: [cell(1)] }, 'abc', 'aXc').overlay.cells).toEqual([cell(1)])
  })

  it('are told where they do not fit any more', () => {
    const lost = (...given: Parameters<typeof carry>) => carry(...given).lost.join()
    expect(lost({ cells: [cell(1)] }, 'abc', 'ac')).toMatch(/row 2, x = “new”: the row is not in the file/)
    expect(lost({ cells: [cell(1)] }, 'abc', 'aXc', 'other')).toMatch(/the file says “other” there now/)
    expect(lost({ cells: [cell(1, 'y')] }, 'abc', 'abc')).toMatch(/no such column/)
    expect(lost({ dropped: [1] }, 'abc', 'aXc')).toMatch(/row 2 was dropped: it says something else now/)
    expect(lost({ appended: [{ row: 3, values: { x: '1', y: '2' } }] }, 'abc', 'abc')).toMatch(
      /1 appended row/,
    )
  })

  it('are done where the file says the same now', () => {
    expect(carry({ cells: [cell(1)], dropped: [2] }, 'abc', 'aX', 'new')).toMatchObject({
      overlay: noCorrections,
    })
    expect(carry({ dropped: [2] }, 'abc', 'ab')).toEqual({ overlay: noCorrections, lost: [] })
  })
})
