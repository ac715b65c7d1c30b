import { expect, it } from 'vitest'
import { withSlots } from './color-slots.ts'

it('keeps the colors of those that stay, and gives the lowest free one to who comes', () => {
  const first = withSlots(['a', 'b', 'c'], new Map())
  expect([...first]).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ])
  const without = withSlots(['a', 'c'], first)
  expect([...withSlots(['d', 'a', 'c', 'e'], without)].sort()).toEqual([
    ['a', 1],
    ['c', 3],
    ['d', 2],
    ['e', 4],
  ])
})
