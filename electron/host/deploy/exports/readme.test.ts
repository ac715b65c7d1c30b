import { expect, test } from 'vitest'
import { inputTable } from './readme.ts'

test('a time is said to be a share of a day', () => {
  const lines = inputTable([
    { name: 'at', dtype: 'float32', shape: ['batch', 1], missing: 'NaN', reading: { parser: 'times' } },
    { name: 'price', dtype: 'float32', shape: ['batch', 1], missing: 'NaN', reading: { parser: 'numerals' } },
  ]).filter((line) => line.includes('a share of a day from 0 to 1'))
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('`at`')
})
