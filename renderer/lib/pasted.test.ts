import { expect, test } from 'vitest'
import type { Pasted } from '../../electron/contract/index.ts'
import { appendedRows, writtenCells } from './pasted.ts'

const pasted: Pasted = {
  cells: [
    ['1', ' ', 'x'],
    ['2', 'b', 'y'],
  ],
  header: true,
  columns: ['n', 't', null],
  notes: [],
}

test('blank rows are not appended, and hold their place when cells are written', () => {
  const gaps = {
    ...pasted,
    cells: [
      ['1', 'a', ''],
      ['', '', ''],
      ['2', 'b', ''],
    ],
  }
  expect(appendedRows(gaps)[0]).toMatchObject({ rows: [{ n: '1' }, { n: '2' }] })
  expect(writtenCells(gaps, ['n', 't'], [5, 6, 7], 0)).toContainEqual({
    type: 'edit',
    row: 7,
    column: 'n',
    value: '2',
  })
})

test('rows are appended under their columns, and what is none is left out', () => {
  expect(appendedRows(pasted)).toEqual([
    {
      type: 'append',
      rows: [
        { n: '1', t: null },
        { n: '2', t: 'b' },
      ],
    },
  ])
})

test('cells go to the columns that a header names, or to those from a place on', () => {
  const names = ['a', 'n', 't']
  expect(writtenCells(pasted, names, [7], 0)).toEqual([
    { type: 'edit', row: 7, column: 'n', value: '1' },
    { type: 'edit', row: 7, column: 't', value: null },
  ])
  const plain = { ...pasted, header: false, columns: [null, null, null] }
  expect(writtenCells(plain, names, [7, 9], 1)).toEqual([
    { type: 'edit', row: 7, column: 'n', value: '1' },
    { type: 'edit', row: 7, column: 't', value: null },
    { type: 'edit', row: 9, column: 'n', value: '2' },
    { type: 'edit', row: 9, column: 't', value: 'b' },
  ])
})
