import { expect, it } from 'vitest'
import { DescentError } from './errors.ts'
import { numberIn, readSearch } from './run-search.ts'

const one = (field: string, is: string, value: string, at = 0, quoted = false) => ({
  field,
  at,
  is,
  value,
  quoted,
})
const complaint = (line: string): string => {
  try {
    readSearch(line)
    return 'read'
  } catch (error) {
    return error instanceof DescentError ? error.message : String(error)
  }
}

it('reads comparisons, and binds “and” before “or”', () => {
  expect(readSearch('  ')).toBeNull()
  expect(readSearch('validation/accuracy>0.9')).toEqual(one('validation/accuracy', '>', '0.9'))
  expect(readSearch('a = 1 or b ≥ 2 AND not c != "x y"')).toEqual({
    any: [one('a', '=', '1'), { all: [one('b', '>=', '2', 9), { not: one('c', '!=', 'x y', 23, true) }] }],
  })
  expect(readSearch('(a = 1 or b = 2) and tag = paper')).toEqual({
    all: [{ any: [one('a', '=', '1', 1), one('b', '=', '2', 10)] }, one('tag', '=', 'paper', 21)],
  })
})

it('takes words alone for a part of the name', () => {
  expect(readSearch('Run  12 AND a = 1')).toEqual({
    all: [one('name', '~', 'Run  12', 0, true), one('a', '=', '1', 12)],
  })
  expect(readSearch('resnet')).toEqual(one('name', '~', 'resnet', 0, true))
  expect(readSearch('“and or”')).toEqual(one('name', '~', 'and or', 0, true))
})

it('says what is wrong, and where', () => {
  expect(complaint('accuracy > ')).toBe(
    'The filter cannot be read at its end: what accuracy is compared with is missing.',
  )
  expect(complaint('a = 1 b = 2')).toBe(
    'The filter cannot be read at “b = 2”, character 7: an “and” or an “or” is missing before it. Put texts of several words into quotes.',
  )
  expect(complaint('(a = 1')).toBe('The filter cannot be read at its end: the ( at character 1 needs a ).')
  expect(complaint('a = 1)')).toBe('The filter cannot be read at “)”, character 6: this ) closes nothing.')
  expect(complaint('name = "x')).toBe(
    'The filter cannot be read at “"x”, character 8: the text that begins here needs a " at its end.',
  )
  expect(complaint('a = 1 and')).toMatch(/at its end: a name, a metric or a setting is missing/)
  expect(complaint('a ! 1')).toMatch(/at “! 1”, character 3: “!” means nothing here/)
  expect(complaint('('.repeat(60))).toMatch(/nested too deeply/)
})

it('reads numbers and shares', () => {
  expect(['0.9', '90%', '1e-3', '-2', '−2', '.5'].map(numberIn)).toEqual([0.9, 0.9, 0.001, -2, -2, 0.5])
  expect(['', 'adam', '1x', '0x10', 'Infinity', '1 2'].map(numberIn)).toEqual(Array(6).fill(null))
})
