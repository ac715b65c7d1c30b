/** The page protects the cells that Descent protects in its own files, and leaves numbers as they are. */
import { expect, test } from 'vitest'
import { protect } from '../../../electron/host/kinds/table/protected-text.ts'
import { csvOf, parseCsv } from './csv.js'

const numbers = ['-3.5', '+2', '-0', '-.5', '-1,5', '-1.234,5', '-1,234.5', '-1e-9', '+1E5', '-inf', '-Infinity', '-NaN'] // prettier-ignore
const others = ['-', '+', '-a', '=1', '=A1+1', '@x', '+1+1', '-1-1', '-0x10', '-2 kg', '\t-1', '-01.234,5', '-1.2.3', '', 'a', '7'] // prettier-ignore

test.each([...numbers, ...others])('%j', (cell) => {
  const [row] = parseCsv(csvOf([[cell, 'x']]))
  expect(row).toEqual([protect(cell), 'x'])
})

test('a number keeps its sign, and what would be run gets an apostrophe', () => {
  for (const cell of numbers) expect(protect(cell)).toBe(cell)
  expect(csvOf([['-3.5', '=A1', -2]])).toBe("-3.5,'=A1,-2\n")
})
