import { expect, test } from 'vitest'
import { Queue } from './queue.ts'

test('those that yield stand behind the others, each sort in the order it came', () => {
  const queue = new Queue()
  queue.add('search 1', true)
  queue.add('mine', false)
  queue.add('search 2', true)
  queue.add('mine too', false)
  expect(queue.ids).toEqual(['mine', 'mine too', 'search 1', 'search 2'])
  expect(queue.ahead).toBe(2)
  queue.add('search that made room', true, 'first')
  expect(queue.ids[2]).toBe('search that made room')
  expect(queue.take()).toBe('mine')
})

test('a person moves one past any other', () => {
  const queue = new Queue()
  for (const id of ['a', 'b']) queue.add(id, false)
  queue.add('c', true)
  expect(queue.move('c', 'up')).toBe(true)
  expect(queue.ids).toEqual(['a', 'c', 'b'])
  queue.move('a', 'down')
  expect(queue.ids).toEqual(['c', 'a', 'b'])
  queue.move('b', 'first')
  queue.move('b', 'up')
  expect(queue.ids).toEqual(['b', 'c', 'a'])
  expect(queue.move('gone', 'up')).toBe(false)
  queue.remove('c')
  expect(queue.ids).toEqual(['b', 'a'])
  queue.clear()
  expect(queue.take()).toBeUndefined()
})

test('whoever comes later stands behind what a person moved to the front, and behind those that came before', () => {
  const queue = new Queue()
  for (const id of ['mine 1', 'mine 2']) queue.add(id, false)
  for (const id of ['search 1', 'search 2', 'search 3']) queue.add(id, true)
  queue.move('search 1', 'first')
  queue.add('mine 3', false)
  expect(queue.ids).toEqual(['search 1', 'mine 1', 'mine 2', 'mine 3', 'search 2', 'search 3'])
  queue.move('search 3', 'up')
  queue.add('mine 4', false)
  expect(queue.ids.slice(3)).toEqual(['mine 3', 'search 3', 'mine 4', 'search 2'])
  // Who is put back has no such claim.
  queue.move('search 1', 'down')
  queue.add('search that made room', true, 'first')
  expect(queue.ids.slice(-2)).toEqual(['search that made room', 'search 2'])
})
