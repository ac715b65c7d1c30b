import { expect, test } from 'vitest'
import { outputUnits } from './data.ts'

test('a binary task has two logits, regression one output', () => {
  expect(outputUnits('classification', 2)).toBe(2)
  expect(outputUnits('classification', 7)).toBe(7)
  expect(outputUnits('regression', 0)).toBe(1)
})
