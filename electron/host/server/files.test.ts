import { expect, test } from 'vitest'
import { isInside, safeFileName } from './files.ts'

test.each([
  ['data.csv', 'data.csv'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\me\\data.csv', 'data.csv'],
  ['.hidden.csv', 'hidden.csv'],
  ['..', 'data'],
  ['', 'data'],
  ['a\u0000b\n.csv', 'a_b_.csv'],
  ['what?.csv', 'what_.csv'],
  ['CON.csv', '_CON.csv'],
  ['Ünïcode 表.csv', 'Ünïcode 表.csv'],
  [`${'x'.repeat(500)}.csv`, `${'x'.repeat(80)}.csv`],
])('%j becomes %j', (name, safe) => {
  expect(safeFileName(name)).toBe(safe)
})

test('inside means below, not beside', () => {
  expect(isInside('/w', '/w/a/b')).toBe(true)
  expect(isInside('/w', '/w')).toBe(true)
  expect(isInside('/w', '/w/..a')).toBe(true)
  expect(isInside('/w', '/w2/a')).toBe(false)
  expect(isInside('/w', '/')).toBe(false)
  expect(isInside('/w', '/a')).toBe(false)
})
