import { expect, it } from 'vitest'
import type { Palette } from './chart-model.ts'
import { drawBars, drawHeatMap, drawTable, svgFile } from './svg.ts'

const palette: Palette = {
  text: '#111111',
  muted: '#222222',
  line: '#333333',
  panel: '#ffffff',
  sunken: '#eeeeee',
  positive: '#666666',
  negative: '#777777',
  font: 'Inter, sans-serif',
  series: (number) => `#00000${number}`,
}
const count = (text: string, part: string) => text.split(part).length - 1

it('makes a file that says what it is and stands on the ground of the theme', () => {
  const file = svgFile('A < B', 'Rows & "more"', { width: 100, height: 50, body: '<rect/>' }, palette)
  expect(file).toContain('<title>A &lt; B</title><desc>Rows &amp; &quot;more&quot;</desc>')
  expect(file).toContain('width="148" height="130" viewBox="0 0 148 130"')
  expect(file).toContain('<rect width="148" height="130" fill="#ffffff"/>')
})

it('leaves out what XML cannot hold', () => {
  const drawing = drawTable({ columns: [{ name: 'a\u0000b' }], rows: [] }, palette, 100)
  expect(drawing.body).toContain('>ab<')
})

it('draws the first rows of a table and tells how many more there are', () => {
  const rows = Array.from({ length: 130 }, (_, index) => [`row ${index}`, index])
  const { body } = drawTable(
    { columns: [{ name: 'Name' }, { name: 'Time', unit: 'ms' }], rows },
    palette,
    100,
  )
  expect(body).toContain('>Time (ms)<')
  expect(body).toContain('>row 99<')
  expect(body).not.toContain('>row 100<')
  expect(body).toContain('and 30 more rows')
})

it('draws a cell for each pair, and figures where they fit', () => {
  const names = ['yes', 'no']
  const map = {
    rows: names,
    columns: names,
    rowTitle: 'True',
    columnTitle: 'Predicted',
    legend: [{ label: 'all', fill: '#fedcba' }],
  }
  const few = drawHeatMap({ ...map, cell: () => ({ fill: '#abcdef', text: '12' }) }, palette)
  expect(count(few.body, '#abcdef')).toBe(4)
  expect(count(few.body, '>12<')).toBe(4)
  expect(few.body).toContain('>all<')
  const many = Array.from({ length: 200 }, (_, index) => `class ${index}`)
  const large = drawHeatMap(
    { rows: many, columns: many, legend: [], cell: () => ({ fill: '#abcdef', text: '12' }) },
    palette,
  )
  expect(count(large.body, '#abcdef')).toBe(40_000)
  expect(large.body).not.toContain('>12<')
  // Fewer names, which can be read.
  expect(count(large.body, '>class ')).toBe(100)
  expect(large.body).toContain('font-size="16"')
})

it('draws bars of several parts with their legend', () => {
  const { body } = drawBars(
    [
      {
        label: 'fc1',
        value: '2 ms',
        segments: [
          { length: 0.5, fill: '#0000aa' },
          { length: 0.5, fill: '#00aa00' },
        ],
      },
    ],
    [{ label: 'Forward', fill: '#0000aa' }],
    palette,
  )
  expect(body).toContain('width="240" height="14" fill="#0000aa"')
  expect(body).toContain('>Forward<')
  expect(body).toContain('>2 ms<')
})
