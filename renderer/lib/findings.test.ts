import { expect, it } from 'vitest'
import { detected, defaultRecipe, fixes } from '../../electron/contract/index.ts'
import { inOneLine, offersOf } from './findings.ts'

const recipe = defaultRecipe(
  { path: '/a.csv', ...detected, missingValues: [] },
  [
    { name: 'a', kind: 'number', role: 'ignore' },
    { name: 'b', kind: 'number', role: 'feature' },
    { name: 'y', kind: 'category', role: 'target' },
  ],
  'classification',
  300,
)

it('offers what would change something, and says what', () => {
  const { open, done } = offersOf(recipe, { fixes: [fixes.ignore('a'), fixes.treatAsId('a', 'b')] })
  expect(done).toEqual(['Ignore'])
  expect(open).toEqual([
    {
      fix: fixes.treatAsId('a', 'b'),
      changes: ['Role of “a”: ignore → id', 'Role of “b”: feature → id'],
    },
  ])
  expect(offersOf(null, { fixes: [fixes.ignore('b')] })).toEqual({ open: [], done: [] })
})

it('says several changes in one line', () => {
  expect(inOneLine(['Seed: 0 → 1'])).toBe('Seed: 0 → 1')
  expect(inOneLine(['Seed: 0 → 1', 'b', 'c'])).toBe('Seed: 0 → 1, and 2 more')
})
