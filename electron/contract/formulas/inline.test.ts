import { expect, test } from 'vitest'
import { inlineFormula } from './inline.ts'
import { readFormula } from './read.ts'

const inline = (source: string, values: Record<string, number> = {}, names: Record<string, string> = {}) =>
  inlineFormula(source, new Map(Object.entries(values)), new Map(Object.entries(names)))

test.each([
  ['b = w * a\nc = tanh(b)\nc ** 2', { w: 2.5 }, { a: 'x' }, 'tanh((2.5 * x)) ** 2'],
  ['z - a', { a: -3 }, { z: 'x' }, 'x - (-3)'],
  ['u = (z - 1) / (z + 1)\n2 * u', {}, { z: 'x' }, '2 * ((x - 1) / (x + 1))'],
  ['t = t + 1 # again\nt * t', {}, { t: 'x' }, '(x + 1) * (x + 1)'],
  ['x  *  pi', {}, {}, 'x  *  pi'],
])('%j is one formula', (source, values, names, formula) => {
  expect(inline(source, values as Record<string, number>, names as Record<string, string>)).toBe(formula)
  expect(readFormula(formula, ['x']).source).toBe(formula)
})

test('what is longer than a formula may be is refused, before it fills the memory', () => {
  const doubling = (lines: number): string => `${'h = h * 0.5 + tanh(h)\n'.repeat(lines)}h`
  expect(inline(doubling(3), {}, { h: 'x' }).length).toBeLessThan(500)
  expect(() => inline(doubling(60), {}, { h: 'x' })).toThrow('longer than 500 characters')
  expect(() => readFormula(`x${' + x'.repeat(200)}`, ['x'])).toThrow(
    'The formula has 801 characters, and 500',
  )
})
