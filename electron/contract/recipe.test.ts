import { expect, test } from 'vitest'
import {
  defaultImagesRecipe,
  defaultRecipe,
  defaultTextRecipe,
  recipeSchema,
  storedRecipeSchema,
  templatesOf,
  withTemplate,
  type Column,
  type Recipe,
} from './recipe.ts'

const columns: Column[] = [
  { name: 'x', kind: 'number', role: 'feature' },
  { name: 'y', kind: 'category', role: 'target' },
]
const source = { path: '/d.csv', delimiter: null, header: true, missingValues: [] }
const recipes: Recipe[] = [
  defaultRecipe(source, columns, 'classification', 100),
  defaultImagesRecipe('/images', columns, true),
  defaultTextRecipe('/text', columns, false),
]

test('the recipes to start from are valid, with every network of their kind', () => {
  for (const recipe of recipes)
    for (const template of templatesOf[recipe.kind]) {
      const changed = withTemplate(recipe, template)
      expect(changed?.model.template).toBe(template)
      expect(recipeSchema.parse(changed)).toEqual(changed)
    }
})

test('a network of another kind is refused', () => {
  const [table, images, text] = recipes as [Recipe, Recipe, Recipe]
  expect(withTemplate(table, 'cnn')).toBeNull()
  expect(withTemplate(images, 'lstm')).toBeNull()
  expect(recipeSchema.safeParse({ ...text, model: images.model }).success).toBe(false)
})

test('a recipe of version 1 is read as one for a table', () => {
  const { kind: _, version: __, data, ...rest } = recipes[0]!
  const { rows: ___, ...former } = data
  const old = { version: 1, data: former, ...rest }
  expect(storedRecipeSchema.parse(old)).toEqual(recipes[0])
  expect(recipeSchema.safeParse(old).success).toBe(false)
  expect(storedRecipeSchema.safeParse({ ...old, version: 3 }).success).toBe(false)
})

test('a recipe from before there was a choice of precision takes the highest', () => {
  const { precision: _, ...training } = recipes[0]!.training
  expect(storedRecipeSchema.parse({ ...recipes[0], training })).toEqual(recipes[0])
  const other = { ...recipes[0], training: { ...training, precision: 'low' } }
  expect(storedRecipeSchema.safeParse(other).success).toBe(false)
})

test('nothing must be left of the shares, and heads must divide the width', () => {
  const [, images, text] = recipes as [Recipe, Recipe, Recipe]
  const split = { ...images.split, validation: 0.5, test: 0.5 }
  expect(recipeSchema.safeParse({ ...images, split }).error?.issues[0]?.message).toContain(
    'something to train on',
  )
  const model = { ...withTemplate(text, 'transformer')?.model, heads: 3 }
  expect(recipeSchema.safeParse({ ...text, model }).error?.issues[0]?.message).toContain('multiple')
})
