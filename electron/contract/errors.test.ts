import { expect, test } from 'vitest'
import { errorSchema, isErrorValue } from './errors.ts'

test.each([
  [{ code: 'badData', message: 'No.' }, true],
  [{ code: 'badData', message: 'No.', field: 'path' }, true],
  [{ code: 'nonsense', message: 'No.' }, false],
  [{ code: 'badData' }, false],
  [{ code: 'badData', message: 'No.', field: 1 }, false],
  [null, false],
  ['badData', false],
])('%j is an error, or not, with the schema and without it', (value, isOne) => {
  expect(isErrorValue(value)).toBe(isOne)
  expect(errorSchema.safeParse(value).success).toBe(isOne)
})
