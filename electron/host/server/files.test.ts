import { expect, test } from 'vitest'
import { isInside } from '../../window-files.ts'

test('inside means below, not beside', () => {
  expect(isInside('/w', '/w/a/b')).toBe(true)
  expect(isInside('/w', '/w')).toBe(true)
  expect(isInside('/w', '/w/..a')).toBe(true)
  expect(isInside('/w', '/w2/a')).toBe(false)
  expect(isInside('/w', '/')).toBe(false)
  expect(isInside('/w', '/a')).toBe(false)
})
