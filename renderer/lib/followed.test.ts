import { expect, it } from 'vitest'
import { boundsOf, followedTable, newest, pathOf } from './followed.ts'

const classes = {
  row: 4,
  pinned: false,
  truth: ['a'],
  said: [null, 0.25, 1],
  ofOther: [null, 0.5, 0],
  other: [null, 1, 0],
}

it('goes from the lower left to the upper right, and leaves out what is not known', () => {
  const frame = { width: 100, height: 40, low: 0, high: 1 }
  expect(pathOf([2, 3, 6], [0, 0.25, 1], frame)).toBe('M0.0 40.0L25.0 30.0L100.0 0.0')
  expect(pathOf([2, 3, 6], [null, 0.25, 1], frame)).toBe('M25.0 30.0L100.0 0.0')
  expect(pathOf([2], [0.5], frame)).toBe('M0.0 20.0')
})

it('has shares from 0 to 1, and numbers as far as they reach', () => {
  expect(boundsOf(classes)).toEqual({ low: 0, high: 1 })
  const { low, high } = boundsOf({ ...classes, truth: 10, said: [5, 15], ofOther: [], other: [] })
  expect([low < 5 && low > 4, high > 15 && high < 16]).toEqual([true, true])
  expect(boundsOf({ ...classes, truth: 0, said: [null], ofOther: [], other: [] })).toEqual({
    low: -0.08,
    high: 0.08,
  })
})

it('tells what is newest, and all of it as a table', () => {
  const followed = { epochs: [1, 2, 3], every: 1, target: null, names: ['b', 'c'], examples: [classes] }
  expect(newest(followed, classes)).toEqual({ said: 1, ofOther: 0, other: 'b' })
  const words = {
    epoch: 'Epoch',
    said: (row: number) => `said ${row}`,
    other: (row: number) => `other ${row}`,
  }
  const table = followedTable(followed, words, () => 'a')
  expect(table.columns.map(({ name }) => name)).toEqual(['Epoch', 'said 4', 'other 4'])
  expect(table.rows).toEqual([
    [1, null, null],
    [2, 0.25, 'c'],
    [3, 1, 'b'],
  ])
})
