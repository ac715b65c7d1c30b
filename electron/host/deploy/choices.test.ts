import { expect, test } from 'vitest'
import type { PreparedColumn } from '../prepare/preparation.ts'
import { choicesOf } from './choices.ts'

const column = (kind: PreparedColumn['kind'], encoder: object): PreparedColumn =>
  ({ name: 'x', kind, steps: [], encoder: { encode: 'oneHot', ...encoder } }) as unknown as PreparedColumn

test('categories are sorted as people look for them, whatever is most frequent', () => {
  const categories = ['Torgersen', 'biscoe 10', 'Dream', 'biscoe 9', 'Åland']
  expect(choicesOf(column('category', { categories }), 200)).toEqual([
    'Åland',
    'biscoe 9',
    'biscoe 10',
    'Dream',
    'Torgersen',
  ])
  // The most frequent ones are offered, not the first of the alphabet.
  expect(choicesOf(column('category', { categories }), 2)).toEqual(['biscoe 10', 'Torgersen'])
})

test('an order is kept', () => {
  const levels = ['low', 'medium', 'high']
  expect(choicesOf(column('ordered', { levels }), 200)).toEqual(levels)
  expect(choicesOf(column('boolean', { levels: ['no', 'yes'] }), 200)).toEqual(['no', 'yes'])
  // As one of many it was kept by frequency.
  const categories = ['10 to 20', '0 to 10', '100 to 110']
  expect(choicesOf(column('ordered', { categories }), 200)).toEqual(['0 to 10', '10 to 20', '100 to 110'])
  // A code of a category may come in another order, which says nothing of it.
  expect(choicesOf(column('category', { levels: ['b', 'a'] }), 200)).toEqual(['a', 'b'])
})

test('nothing is offered where training kept no list', () => {
  expect(choicesOf(column('number', {}), 200)).toEqual([])
})
