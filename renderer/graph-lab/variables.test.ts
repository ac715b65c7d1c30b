import { expect, it } from 'vitest'
import { lineAndColumn, readValue, valueText, variablesFor } from './variables.ts'

it('reads numbers and lists of them', () => {
  expect([readValue(' 1.5 '), readValue('−2'), readValue('1e-3')]).toEqual([1.5, -2, 0.001])
  expect(readValue('[1, 2,3]')).toEqual([1, 2, 3])
  for (const text of ['', 'x', '1,,2', '1;2', 'Infinity']) expect(readValue(text)).toBeNull()
  expect(readValue(Array(65).fill('1').join(','))).toBeNull()
  for (const value of [2, [1, 2.5]]) expect(readValue(valueText(value))).toEqual(value)
})

it('keeps what a name had', () => {
  expect(variablesFor(['b', 'a'], new Map([['a', 3]]))).toEqual([
    { name: 'b', value: 1 },
    { name: 'a', value: 3 },
  ])
})

it('tells a place by line and column', () => {
  expect(lineAndColumn('ab\ncd', 0)).toEqual({ line: 1, column: 1 })
  expect(lineAndColumn('ab\ncd', 4)).toEqual({ line: 2, column: 2 })
})
