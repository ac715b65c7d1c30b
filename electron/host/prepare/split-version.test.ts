import { describe, expect, it } from 'vitest'
import type { Split } from '../../contract/index.ts'
import type { TargetColumn } from './fit.ts'
import { randomSource } from './random.ts'
import { splitRows, type RowSplit } from './split.ts'
import { splitVersion } from './split-version.ts'

const shares: Split = { train: 0.7, validation: 0.15, test: 0.15, stratify: true, seed: 4 }
const names = ['train', 'validation', 'test'] as const

const classes = (codes: readonly number[]): TargetColumn => ({
  kind: 'category',
  name: 'y',
  codes: Int32Array.from(codes),
  categories: ['a', 'b', 'c'],
})
const random = randomSource(9)
const codes = Array.from({ length: 300 }, () => Math.floor(3 * random()))
codes[17] = -1
const imported = classes(codes)
const all = Int32Array.from(codes.keys())
const before = splitRows(imported, shares)

/** By their numbers in the import. */
const numbered = (split: RowSplit, numbers: Int32Array) =>
  Object.fromEntries(names.map((name) => [name, Array.from(split[name], (at) => numbers[at]!)]))

describe('the split of corrected data', () => {
  it('is that of the import where nothing changed', () => {
    expect(splitVersion(imported, { numbers: all, imported, before }, shares, null)).toEqual(before)
  })

  it('stays where it was when targets change', () => {
    const relabeled = classes(codes.map((code) => (code === -1 ? -1 : (code + 1) % 3)))
    expect(splitVersion(relabeled, { numbers: all, imported, before }, shares, null)).toEqual(before)
  })

  it('lacks the rows that were dropped, or lost their target, and moves no other', () => {
    const gone = new Set([3, 50, 51, 299])
    const numbers = all.filter((row) => !gone.has(row))
    const target = classes(Array.from(numbers, (row) => (row === 100 ? -1 : codes[row]!)))
    const split = splitVersion(target, { numbers, imported, before }, shares, null)
    for (const name of names)
      expect(numbered(split, numbers)[name]).toEqual(
        Array.from(before[name]).filter((row) => !gone.has(row) && row !== 100),
      )
    expect(split.dropped).toBe(2)
  })

  it('gives each new row a place by its number alone, in the shares that were asked for', () => {
    const added = (count: number) => {
      const numbers = Int32Array.from({ length: 300 + count }, (_, row) => row)
      const target = classes([...codes, ...Array.from({ length: count }, () => 0)])
      return splitVersion(target, { numbers, imported, before }, shares, null)
    }
    const [few, many] = [added(10), added(4000)]
    for (const name of names) {
      const old = (split: RowSplit) => [...split[name]].filter((row) => row < 310)
      expect(old(many)).toEqual(old(few))
      expect([...few[name]].filter((row) => row < 300)).toEqual([...before[name]])
      const share = [...many[name]].filter((row) => row >= 300).length / 4000
      expect(Math.abs(share - shares[name])).toBeLessThan(0.025)
    }
    expect(
      splitVersion(classes(codes.with(17, 1)), { numbers: all, imported, before }, shares, null),
    ).toMatchObject({
      dropped: 0,
    })
  })

  it('draws as large a part of the new rows as of the others', () => {
    const numbers = Int32Array.from({ length: 4300 }, (_, row) => row)
    const target = classes([...codes, ...Array.from({ length: 4000 }, () => 0)])
    const few = splitRows(imported, shares, { limit: 30 })
    const split = splitVersion(target, { numbers, imported, before: few }, shares, 30)
    const used = names.flatMap((name) => [...split[name]])
    expect(used.filter((row) => row < 300)).toHaveLength(30)
    expect(used.filter((row) => row >= 300).length / 4000).toBeCloseTo(0.1, 1)
  })

  it('splits by number what had too few targets to be split, and refuses what has too few now', () => {
    const none = classes(codes.map(() => -1))
    const split = splitVersion(imported, { numbers: all, imported: none, before: null }, shares, null)
    expect(names.reduce((sum, name) => sum + split[name].length, 0)).toBe(299)
    expect(() => splitVersion(none, { numbers: all, imported, before }, shares, null)).toThrow(
      'Only 0 of 300 rows',
    )
  })
})
