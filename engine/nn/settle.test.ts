import { describe, expect, it } from 'vitest'
import {
  choiceOrFunction,
  extent,
  extentsOr,
  fixed,
  fixedLike,
  index,
  real,
  shape,
  sides,
  weights,
  whole,
} from './options.ts'
import { optionList, settle } from './settle.ts'

const help = 'Something.'
const list = optionList(
  'Layer',
  whole('width', { help }),
  shape('extents', { help }),
  extent('step', { default: 1, help }),
  extentsOr('same')('around', { default: 0, least: 0, help }),
  sides(4)('edges', { default: 0, help }),
  real('rate', { default: 0.5, least: 0, most: 1, nullable: true, help }),
  index('dim', { default: -1, help }),
  choiceOrFunction<'a' | 'b', () => number>('a', 'b')('end', { default: 'a', help }),
  fixed('mode', 'zeros'),
  fixedLike('keys', 'width'),
  weights('each', { default: undefined, byName: true, help }),
)

describe('options', () => {
  it('have their defaults where nothing is given, and null where it says something', () => {
    expect(settle(list, [3, [2]])).toEqual({
      ...{ width: 3, extents: [2], step: 1, around: 0, edges: 0, rate: 0.5, dim: -1, end: 'a' },
      ...{ mode: 'zeros', keys: 3, each: undefined },
    })
    expect(settle(list, [3, 2, null, 'same', { rate: null }])).toMatchObject({
      step: 1,
      around: 'same',
      rate: null,
    })
    const end = (): number => 1
    expect(settle(list, [3, 2, [2], [1, 0], [1, 2, 3, 4], 1, 0, end, 'zeros', 3]).end).toBe(end)
  })

  it.each<[values: unknown[], sentence: string]>([
    [[0, 1], 'width must be a whole number from 1, not 0.'],
    [[1, []], 'extents needs at least one extent.'],
    [[1, 1, 0], 'step must be a whole number of at least 1, not 0.'],
    [[1, 1, [1, 2]], 'step must be a whole number of at least 1, not 1 × 2.'],
    [[1, 1, { around: 'some' }], "around must be numbers, 'same', not 'some'."],
    [[1, 1, { around: -1 }], 'around must be a whole number of at least 0, or two of them, not -1 × -1.'],
    [[1, 1, { edges: [1, 2] }], 'edges must be a whole number, or 4 of them, not 1 × 2.'],
    [[1, 1, { rate: 2 }], 'rate must be between 0 and 1, not 2.'],
    [[1, 1, { dim: 0.5 }], 'dim must be a whole number, not 0.5.'],
    [[1, 1, { end: 'c' }], "end must be 'a' or 'b', not c."],
    [[1, 1, { mode: 'reflect' }], 'Layer cannot have mode reflect here yet: leave it at zeros.'],
    [[1, 1, { keys: 2 }], 'Layer cannot have keys 2 here yet: leave it at 1.'],
    [[1, 1, { each: [1] }], 'Layer: each must be a tensor, not object.'],
    [[1, 1, { other: 1 }], 'Layer has no option "other".'],
  ])('%j are refused', (values, sentence) => {
    expect(() => settle(list, values)).toThrow(sentence)
  })
})
