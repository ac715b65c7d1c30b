import { expect, it } from 'vitest'
import { changedPieces } from './changed-pieces.ts'

const of = (before: string, after: string): number[] => [
  ...changedPieces(before.split(' '), after.split(' ')),
]

it('finds what is not as it was, and nothing of what only moved up', () => {
  expect(of('how do I go', 'how do I go')).toEqual([])
  expect(of('how do I go', 'how I go')).toEqual([])
  expect(of('how do I go', 'how <unk> I go')).toEqual([1])
  expect(of('how do I go', 'how do you and I go')).toEqual([2, 3])
  expect(of('a b c d', 'd b c a')).toEqual([0, 3])
})
