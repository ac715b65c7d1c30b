import { expect, it } from 'vitest'
import { isRecipe } from './is-recipe.ts'

it.each([
  [{ version: 1, kind: 'table', data: { source: { path: 'a.csv' } } }, true],
  [{ version: 999, data: { source: {} } }, true],
  [{ kind: 'list', version: '1', items: [{ a: 1 }] }, false],
  [{ kind: 'list', data: [{ a: 1 }] }, false],
  [{ version: 1, data: { source: 'https://example.org' } }, false],
  [[{ version: 1 }], false],
  [null, false],
])('%j is a recipe: %s', (value, expected) => expect(isRecipe(value)).toBe(expected))
