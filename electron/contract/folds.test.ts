import { expect, test } from 'vitest'
import { begin, defaultRecipe, detected, splits } from './index.ts'
import { foldsKey, isFold, meanAndDeviation, recipeOfFold } from './folds.ts'

const recipe = defaultRecipe(
  { path: '/a.csv', ...detected, missingValues: [] },
  [
    { name: 'who', kind: 'category', role: 'id' },
    { name: 'x', kind: 'number', role: 'feature' },
    { name: 'y', kind: 'category', role: 'target' },
  ],
  'binary',
  100,
  'quick',
)

test('each fold is a recipe of its own, and all of one cross-validation are known by what they share', () => {
  const one = recipeOfFold(recipe, { folds: 5, fold: 1, repeat: 1 })
  const other = recipeOfFold(recipe, { folds: 5, fold: 4, repeat: 2 })
  expect([isFold(recipe), isFold(one)]).toEqual([false, true])
  expect(one.split).toMatchObject({ folds: 5, fold: 1, seed: 0, stratify: true, column: '' })
  expect(other).toMatchObject({ seed: 1, split: { fold: 4, seed: 1 } })
  expect(foldsKey(one)).toBe(foldsKey(other))
  expect(foldsKey(recipe)).toBeNull()
  expect(foldsKey(recipeOfFold(recipe, { folds: 4, fold: 1, repeat: 1 }))).not.toBe(foldsKey(one))
})

test('groups that the split kept together stay so', () => {
  const grouped = { ...recipe, split: begin(splits, 'byGroup', { column: 'who', seed: 7 }) }
  expect(recipeOfFold(grouped, { folds: 3, fold: 2, repeat: 1 }).split).toMatchObject({
    column: 'who',
    seed: 7,
  })
})

test('the spread has n − 1, and of one value there is none', () => {
  expect(meanAndDeviation([1, 2, 3, 4])).toEqual({ mean: 2.5, deviation: Math.sqrt(5 / 3) })
  expect(meanAndDeviation([2])).toEqual({ mean: 2, deviation: null })
})

test('the share that validates is kept, and a split that folds would undo is refused', () => {
  const fold = { folds: 3, fold: 1, repeat: 1 }
  const held = { ...recipe, split: begin(splits, 'random', { train: 0.4, validation: 0.3, test: 0.3 }) }
  expect(recipeOfFold(held, fold).split).toMatchObject({ validation: 0.3 })
  for (const split of [
    begin(splits, 'byTime', { column: 'x' }),
    begin(splits, 'byColumn', { column: 'who' }),
    begin(splits, 'byRowNumbers', { test: '0-9' }),
    begin(splits, 'ordered'),
  ])
    expect(() => recipeOfFold({ ...recipe, split }, fold)).toThrow('says which rows test')
  expect(() => recipeOfFold({ ...recipe, split: begin(splits, 'given') }, fold)).toThrow('is the test')
  const together = begin(splits, 'random', { together: true })
  expect(() => recipeOfFold({ ...recipe, split: together }, fold)).toThrow('duplicates on one side')
})
