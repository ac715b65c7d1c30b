import { expect, test } from 'vitest'
import { countRowsIn, lastRowIn, packRows, readRowNumbers, rowFinder } from './row-numbers.ts'

test('rows are packed into ranges and found again', () => {
  const rows = [7, 0, 1, 2, 3, 4, 12, 9, 10, 11, 4]
  const text = packRows(rows)
  expect(text).toBe('0-4,7,9-12')
  expect(countRowsIn(text)).toBe(10)
  expect(lastRowIn(text)).toBe(12)
  const has = rowFinder(text)
  expect(Array.from({ length: 15 }, (_, row) => row).filter(has)).toEqual([0, 1, 2, 3, 4, 7, 9, 10, 11, 12])
  expect([countRowsIn(''), lastRowIn(''), rowFinder('')(0)]).toEqual([0, -1, false])
})

test('lists are read as benchmarks write them, and what is no row number is named with its line', () => {
  expect(readRowNumbers('6.910000000000000000e+02\n0.000000000000000000e+00\n')).toEqual({ rows: [691, 0] })
  expect(readRowNumbers('# rows\r\n1, 2;3\t4 # four\r\n')).toEqual({ rows: [1, 2, 3, 4] })
  expect(readRowNumbers('1\n1.5')).toEqual({
    problem: '“1.5” in line 2 is no row number: these are whole, from 0.',
  })
  expect(readRowNumbers('-1')).toHaveProperty('problem')
  expect(readRowNumbers(' \n')).toEqual({ problem: 'It names no row.' })
})

test('a list may have more ranges than a call takes arguments', () => {
  const text = Array.from({ length: 300_000 }, (_, i) => 2 * i).join(',')
  expect(lastRowIn(text)).toBe(599_998)
})
