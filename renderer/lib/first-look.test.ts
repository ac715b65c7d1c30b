import { expect, it } from 'vitest'
import { firstLookTable } from './first-look.ts'
import { cellText } from './table-data.ts'

it('has a row for each column, with figures of the rows that were looked at', () => {
  const { columns, rows } = firstLookTable({
    looked: 4,
    width: 2,
    columns: [
      {
        name: 'age',
        missing: 1,
        distinct: 3,
        top: { value: '30', count: 1 },
        numeric: { min: 30, mean: 40, max: 50 },
      },
      { name: 'city', missing: 0, distinct: 2, top: { value: 'Ghent', count: 3 }, numeric: null },
    ],
    rows: [
      ['30', 'Ghent'],
      ['', 'Bruges'],
    ],
  })
  const shown = rows.map((row) => row.map((cell, i) => cellText(columns[i], cell).replaceAll('\u00a0', ' ')))
  expect(shown).toEqual([
    ['age', '25.0 %', '3', '30', '40', '50', '30 (25.0 %)', '30, '],
    ['city', '0.0 %', '2', '–', '–', '–', 'Ghent (75.0 %)', 'Ghent, Bruges'],
  ])
})
