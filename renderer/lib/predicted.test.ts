import { expect, test } from 'vitest'
import { saidOfRows } from './predicted.ts'

test('of each row its answer, how likely it is, and what the file calls it', () => {
  const page = {
    columns: ['image', 'prediction', 'probability_ants', 'probability_bees'],
    rows: [
      ['a/1.jpg', 'ants', 0.75, 0.25],
      ['a/2.jpg', 'bees', 0.4, 0.6],
    ],
    offset: 0,
    total: 2,
  }
  expect(saidOfRows(page)).toEqual([
    { answer: 'ants', sure: '75.0\u00a0%', name: 'a/1.jpg' },
    { answer: 'bees', sure: '60.0\u00a0%', name: 'a/2.jpg' },
  ])
})

test('numbers have no probability, and a row without a name has its number', () => {
  const page = { columns: ['price', 'prediction'], rows: [[3, 12345.678]], offset: 20, total: 21 }
  expect(saidOfRows(page)).toEqual([{ answer: '12,346', sure: '', name: 'Row 21' }])
})
