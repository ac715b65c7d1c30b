import { expect, test } from 'vitest'
import { permutation } from './shuffle.ts'

test('every row appears exactly once', () => {
  const order = permutation(1000, 7, 3)
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, row) => row))
})

test('the same seed and epoch give the same order, any other a different one', () => {
  expect(permutation(50, 1, 2)).toEqual(permutation(50, 1, 2))
  const others = [permutation(50, 1, 3), permutation(50, 2, 2), permutation(50, 1 + 2 ** 32, 2)]
  for (const other of others) expect(other).not.toEqual(permutation(50, 1, 2))
})

test('no place prefers a row', () => {
  // Row 0 over 4,000 shuffles of 8: each place expects 500 ± 21 (one standard deviation).
  const places = new Array<number>(8).fill(0)
  for (let epoch = 0; epoch < 4000; epoch++) {
    const place = permutation(8, 0, epoch).indexOf(0)
    places[place] = (places[place] ?? 0) + 1
  }
  for (const count of places) expect(Math.abs(count - 500)).toBeLessThan(105)
})

test('one row and no rows are fine', () => {
  expect([...permutation(1, 0, 0)]).toEqual([0])
  expect([...permutation(0, 0, 0)]).toEqual([])
})
