import { expect, it } from 'vitest'
import { cellText, columnWidths, figureFileName, numericColumns, toCsv, toTsv } from './table-data.ts'
import type { TableData } from './table-data.ts'

const data: TableData = {
  columns: [{ name: 'Class' }, { name: 'Time', unit: 'ms', text: (value) => value.toFixed(2) }],
  rows: [
    ['a, "b"', 1 / 3],
    ['two\nlines', null],
    ['c', Number.NaN],
  ],
}

it('writes CSV with units in the heading, all digits, and missing cells empty', () => {
  expect(toCsv(data)).toBe('Class,Time (ms)\r\n"a, ""b""",0.3333333333333333\r\n"two\nlines",\r\nc,\r\n')
})

it('parts cells by tabs for the clipboard', () => {
  expect(toTsv({ columns: data.columns, rows: [['a\tb', 0.5]] })).toBe('Class\tTime (ms)\n"a\tb"\t0.5\n')
})

it('shows a number as its column says, and a dash where there is none', () => {
  expect(cellText(data.columns[1], 1 / 3)).toBe('0.33')
  expect(cellText(data.columns[1], null)).toBe('–')
  expect(cellText(undefined, 7)).toBe('7')
})

it('knows columns of numbers by their cells, unless they say', () => {
  expect(numericColumns(data)).toEqual([false, true])
  const shapes: TableData = { columns: [{ name: 'Shape', numeric: true }], rows: [['N × 3']] }
  expect(numericColumns(shapes)).toEqual([true])
})

it('gives columns the width of what stands in them, within bounds', () => {
  const wide: TableData = { columns: [{ name: 'x' }, { name: 'y' }], rows: [['a', 'b'.repeat(100)]] }
  expect(columnWidths(wide)).toEqual([5, 36])
  expect(columnWidths(data)[1]).toBe(9)
})

it('names files after the figure and the project, in any script, and never with a path in it', () => {
  expect(figureFileName('Validation loss', 'Customer churn', 'csv')).toBe(
    'validation-loss-customer-churn.csv',
  )
  expect(figureFileName('R² / test', '../../etc', 'png')).toBe('r²-test-etc.png')
  expect(figureFileName('Größe', '数据', 'svg')).toBe('größe-数据.svg')
  expect(figureFileName('🙂', null, 'png')).toBe('figure.png')
  expect(figureFileName('x'.repeat(300), null, 'csv').length).toBeLessThan(70)
})
