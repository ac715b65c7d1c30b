import { expect, test } from 'vitest'
import { exampleRow } from './example.ts'

const numbers = ['active', 'age', 'old'].map((name) => ({ name, kind: 'number' as const }))

test('an example has values that training rows had, where these are known, and else the middle of their range', () => {
  const row = exampleRow({
    inputs: numbers,
    ranges: numbers.map(({ name }) => ({ column: name, low: 0, high: 1 })),
    reference: [
      { kind: 'number', column: 'active', edges: [0, 1], upTo: [30, 100], missing: 5 },
      { kind: 'number', column: 'age', edges: [18, 37, 90], upTo: [1, 60, 100], missing: 0 },
    ],
    preparation: { columns: [] } as never,
  })
  expect(row).toEqual({ active: 1, age: 37, old: 0.5 })
})
