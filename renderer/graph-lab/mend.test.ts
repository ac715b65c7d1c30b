import { expect, it } from 'vitest'
import { mended } from './mend.ts'

it.each([
  ['ln(x)\n', 0, 2, 'log', 'log(x)\n'],
  ['2x', 1, 2, '*', '2*x'],
  ['a·b', 1, 2, '*', 'a*b'],
  ['x^2', 1, 2, '**', 'x**2'],
  ['a = log(x\na + 1', 7, 8, ')', 'a = log(x)\na + 1'],
  ['log(x', 3, 4, ')', 'log(x)'],
  ['(x]', 2, 3, ')', '(x)'],
])('%s', (text, start, end, suggestion, expected) => {
  expect(mended({ message: '', suggestion, start, end }, text)).toBe(expected)
})

it('needs a suggestion and a place', () => {
  expect(mended({ message: '', suggestion: null, start: 0, end: 1 }, 'x')).toBeNull()
  expect(mended({ message: '', suggestion: 'log', start: null, end: null }, 'x')).toBeNull()
})
