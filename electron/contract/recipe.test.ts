import { expect, test } from 'vitest'
import { begin, exchange, losses, namesIn, optimizers, templatesFor } from './definitions/index.ts'
import {
  defaultImagesRecipe,
  defaultRecipe,
  defaultTextRecipe,
  recipeSchema,
  storedRecipeSchema,
  withTask,
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
    for (const template of namesIn(templatesFor[recipe.kind])) {
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
  const { loss: ____, ...training } = rest.training
  const old = { ...rest, version: 1, data: former, training }
  expect(storedRecipeSchema.parse(old)).toEqual(recipes[0])
  expect(recipeSchema.safeParse(old).success).toBe(false)
  expect(storedRecipeSchema.safeParse({ ...old, version: 4 }).success).toBe(false)
})

test('a recipe of version 2 gets the loss of its task, and the options that optimizers and schedules had', () => {
  for (const recipe of [...recipes, defaultRecipe(source, columns, 'regression', 100)]) {
    const { loss, ...training } = recipe.training
    const { learningRate, weightDecay } = training.optimizer
    const old = {
      ...recipe,
      version: 2,
      training: {
        ...training,
        optimizer: { name: 'adamw', learningRate, weightDecay },
        schedule: { name: 'cosine' },
      },
    }
    expect(storedRecipeSchema.parse(old)).toEqual(recipe)
    expect(loss.name).toBe(recipe.task === 'regression' ? 'mse' : 'crossEntropy')
  }
})

test('a loss of another task is refused, and exchanged when the task changes', () => {
  const table = defaultRecipe(source, columns, 'classification', 100)
  const wrong = { ...table, training: { ...table.training, loss: begin(losses, 'huber') } }
  expect(recipeSchema.safeParse(wrong).error?.issues[0]).toMatchObject({
    path: ['training', 'loss', 'name'],
    message: 'The loss “huber” is not for classification: it is one of crossEntropy, focal.',
  })
  expect(withTask(table, 'regression').training.loss.name).toBe('mse')
  expect(recipeSchema.safeParse(withTask(table, 'regression')).success).toBe(true)
})

test('settings are refused with their name and bounds, together with what they depend on', () => {
  const problemOf = (optimizer: unknown) =>
    recipeSchema.safeParse({ ...recipes[0], training: { ...recipes[0]!.training, optimizer } }).error
      ?.issues[0]
  expect(problemOf({ name: 'sgd', momentum: 1 })).toMatchObject({
    path: ['training', 'optimizer', 'momentum'],
    message: 'Momentum must be a number from 0 below 1.',
  })
  expect(problemOf({ name: 'sgd', nesterov: true, momentum: 0 })).toMatchObject({
    path: ['training', 'optimizer', 'nesterov'],
  })
  expect(problemOf({ name: 'sgd', beta1: 0.5 })?.message).toContain('beta1')
  expect(problemOf({ name: 'lion' })?.message).toBe(
    'There is no optimizer “lion”: it is one of adamw, adam, sgd, rmsprop, adagrad.',
  )
})

test('another optimizer keeps what both have', () => {
  const adam = begin(optimizers, 'adam', { learningRate: 0.02, weightDecay: 0.3, beta1: 0.5 })
  expect(exchange(optimizers, adam, 'sgd')).toEqual({
    ...begin(optimizers, 'sgd'),
    learningRate: 0.02,
    weightDecay: 0.3,
  })
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
