import { expect, test } from 'vitest'
import {
  detected,
  begin,
  exchange,
  fittingGroups,
  losses,
  namesIn,
  optimizers,
  preparationSteps,
  schedules,
  templatesFor,
  withDocument,
  type Group,
} from './definitions/index.ts'
import {
  dataSourceSchema,
  defaultImagesRecipe,
  defaultRecipe,
  defaultTextRecipe,
  recipeSchema,
  storedRecipeSchema,
  withTask,
  withTemplate,
  type Recipe,
  type TableRecipe,
} from './recipe.ts'
import { flattenSettings } from './flatten.ts'
import type { NetworkDocument } from './network.ts'
import { recipeOfVersion1, recipeOfVersion2, recipeOfVersion3, asBegunBefore } from './testing.ts'
import type { Column } from './column.ts'

const columns: Column[] = [
  { name: 'x', kind: 'number', role: 'feature' },
  { name: 'y', kind: 'category', role: 'target' },
]
const labeled = (kind: 'image' | 'text'): Column[] => [
  { name: kind, kind, role: 'feature' },
  { name: 'label', kind: 'category', role: 'target' },
]
const source = { path: '/d.csv', ...detected, header: 'first', missingValues: [] }
const recipes: Recipe[] = [
  defaultRecipe(source, columns, 'classification', 100, 'quick'),
  defaultImagesRecipe('/images', labeled('image'), true),
  defaultTextRecipe('/text', labeled('text'), false),
]

test('the recipes to start from are valid, with every network of their kind', () => {
  for (const recipe of recipes)
    for (const template of namesIn(templatesFor[recipe.kind])) {
      const changed = withTemplate(recipe, template, 100)
      expect(changed?.model.template).toBe(template)
      expect(recipeSchema.parse(changed)).toEqual(changed)
    }
})

test('what a network of pictures is trained by goes with it, and what somebody set stays', () => {
  const images = defaultImagesRecipe('/images', labeled('image'), true)
  const rateOf = (recipe: Recipe | null): number | undefined => recipe?.training.optimizer.learningRate
  const alexnet = withTemplate(images, 'alexnet', 100)!
  expect([rateOf(images), rateOf(alexnet)]).toEqual([1e-3, 3e-4])
  expect(withTemplate(alexnet, 'cnn', 100)!.training).toEqual(images.training)
  expect(rateOf(withTemplate(alexnet, 'vgg', 100))).toBe(1e-3)
  const mine = {
    ...images,
    training: { ...images.training, optimizer: { ...images.training.optimizer, learningRate: 0.02 } },
  }
  expect(rateOf(withTemplate(mine, 'alexnet', 100))).toBe(0.02)
})

const layers: NetworkDocument = {
  inputs: [{ name: 'numbers', kind: 'numbers', width: 1 }],
  nodes: [{ id: '0', layer: 'Linear', options: { inFeatures: 1, outFeatures: 2 }, inputs: ['numbers'] }],
  output: '0',
}

test('data of any kind may have layers of its own, which keep the way back to their template', () => {
  for (const recipe of recipes) {
    const detached = { ...recipe, model: withDocument(recipe.model, layers) }
    expect(recipeSchema.parse(detached)).toEqual(detached)
    expect(detached.model.from).toEqual(recipe.model)
    expect(withDocument(detached.model, { ...layers, nodes: [] }).from).toEqual(recipe.model)
    // Options that are not written are none, and there need be no template.
    const { options: _, ...relu } = { ...layers.nodes[0]!, layer: 'ReLU' }
    const written = recipeSchema.parse({
      ...recipe,
      model: { template: 'custom', document: { ...layers, nodes: [relu] } },
    })
    expect(written.model).toMatchObject({ document: { nodes: [{ options: {} }] }, from: null })
  }
})

test('what is no network is refused, with the place', () => {
  const issue = (model: unknown) => recipeSchema.safeParse({ ...recipes[0], model }).error?.issues[0]
  const [node] = layers.nodes
  const misnamed = { ...layers, nodes: [node, { ...node, id: 'A b' }] }
  expect(issue({ template: 'custom', document: misnamed })).toMatchObject({
    path: ['model', 'document', 'nodes', 1, 'id'],
    message: expect.stringMatching(/^Layers: /) as string,
  })
  const from = { template: 'custom', document: layers }
  expect(issue({ template: 'custom', document: layers, from })?.message).toContain('no network “custom”')
})

test('layers stand by their ids in a list of settings, so that one more makes no other differ', () => {
  const [node] = layers.nodes
  const more = { ...layers, nodes: [{ ...node!, id: 'first' }, ...layers.nodes] }
  const paths = (nodes: NetworkDocument) => [...flattenSettings({ nodes: nodes.nodes }).entries()]
  expect(paths(layers)).toEqual([
    ['nodes', ['0']],
    ['nodes.0.layer', 'Linear'],
    ['nodes.0.options.inFeatures', 1],
    ['nodes.0.options.outFeatures', 2],
    ['nodes.0.inputs', ['numbers']],
  ])
  expect(paths(more)).toEqual(expect.arrayContaining(paths(layers).slice(1)))
})

test('a network of another kind is refused', () => {
  const [table, images, text] = recipes as [Recipe, Recipe, Recipe]
  expect(withTemplate(table, 'cnn', 100)).toBeNull()
  expect(withTemplate(images, 'lstm', 100)).toBeNull()
  expect(recipeSchema.safeParse({ ...text, model: images.model }).success).toBe(false)
})

test('recipes of earlier versions are read as ones of this', () => {
  for (const recipe of [...recipes, defaultRecipe(source, columns, 'regression', 100, 'quick')]) {
    // Images have a group for images only, and so on: what was written must come back, and no more.
    const olds = [recipeOfVersion3(recipe), recipeOfVersion2(recipe)]
    if (recipe.kind === 'table') olds.push(recipeOfVersion1(recipe))
    for (const old of olds) {
      expect(storedRecipeSchema.parse(old)).toEqual(asBegunBefore(recipe))
      expect(recipeSchema.safeParse(old).success).toBe(false)
      expect(storedRecipeSchema.safeParse({ ...old, version: 5 }).success).toBe(false)
    }
  }
})

test('what version 3 could set became steps and encoders', () => {
  const old = {
    ...recipeOfVersion3(recipes[0]!),
    prepare: {
      impute: { number: 'mean', category: 'mode', indicators: false },
      scale: 'robust',
      encode: { maxCategories: 7 },
      imbalance: 'classWeights',
    },
  }
  const { prepare, imbalance } = storedRecipeSchema.parse(old)
  expect(prepare.map((group) => [group.steps, group.encoder]).slice(0, 2)).toEqual([
    [[{ step: 'impute', with: 'mean', indicators: false }, { step: 'robust' }], { encoder: 'numeric' }],
    [[{ step: 'fillMode' }], { encoder: 'oneHot', maxCategories: 7, missing: false }],
  ])
  expect(imbalance).toEqual({ remedy: 'classWeights' })
  const images = {
    ...recipeOfVersion3(recipes[1]!),
    prepare: { normalize: 'none', augment: { shift: 3, flip: true }, imbalance: 'none' },
  }
  expect(storedRecipeSchema.parse(images)).toMatchObject({
    prepare: [{ encoder: { encoder: 'rawPixels', normalize: 'none' } }],
    augment: [
      { augmentation: 'flip', probability: 0.5 },
      { augmentation: 'shift', pixels: 3 },
    ],
  })
})

test('the optimizers and schedules of version 2 get the options that came later', () => {
  for (const recipe of recipes) {
    const { learningRate, weightDecay } = recipe.training.optimizer
    // Of version 2 are these alone.
    const now = {
      ...recipe,
      training: {
        ...recipe.training,
        optimizer: begin(optimizers, 'adamw', { learningRate, weightDecay }),
        schedule: begin(schedules, 'cosine'),
      },
    }
    const old = recipeOfVersion2(now)
    const training = {
      ...(old.training as object),
      optimizer: { name: 'adamw', learningRate, weightDecay },
      schedule: { name: 'cosine' },
    }
    expect(storedRecipeSchema.parse({ ...old, training })).toEqual(asBegunBefore(now))
  }
})

test('groups, steps, encoders and columns must fit each other', () => {
  const [table] = recipes as [TableRecipe]
  const [numbers, categories] = table.prepare as [Group, Group]
  const problemOf = (prepare: unknown, more: object = {}) =>
    recipeSchema.safeParse({ ...table, prepare, ...more }).error?.issues[0]
  expect(problemOf([{ ...numbers, steps: categories.steps, encoder: categories.encoder }])).toMatchObject({
    path: ['prepare', 0, 'encoder', 'encoder'],
    message:
      'The encoder “oneHot” is not for columns of the kind number: it is one of numeric, piecewise, periodic.',
  })
  expect(problemOf([{ ...numbers, steps: [{ step: 'fillMode' }] }])).toMatchObject({
    path: ['prepare', 0, 'steps', 0, 'step'],
    message: expect.stringMatching(
      /^The step “fillMode” is not for columns of the kind number: they go through impute,/,
    ) as string,
  })
  expect(problemOf([categories])?.message).toContain('No group prepares “x” (number)')
  expect(problemOf([numbers, numbers])?.message).toBe('Two groups are called “number”.')
  expect(problemOf([{ ...numbers, columns: ['x', 'gone'] }])).toMatchObject({
    path: ['prepare', 0, 'columns', 1],
    message: 'The data has no column “gone”.',
  })
  expect(problemOf([numbers, { ...numbers, name: 'b', columns: ['y'] }])?.message).toBe(
    '“y” is of the kind category, and this group is for number.',
  )
  expect(problemOf(table.prepare, { target: { steps: [{ step: 'standardize' }] } })?.message).toContain(
    'Only a target of numbers goes through steps',
  )
  const regression = withTask(
    { ...table, data: { ...table.data, columns: [columns[0]!, { ...columns[1]!, kind: 'number' }] } },
    'regression',
    100,
  )
  expect(
    recipeSchema.safeParse({ ...regression, target: { steps: [begin(preparationSteps, 'clip')] } }).error
      ?.issues[0]?.message,
  ).toContain('The step “clip” cannot be turned back')
})

test('groups follow columns that change their kind', () => {
  const [table] = recipes as [TableRecipe]
  const apart: Group = { ...table.prepare[0]!, name: 'apart', columns: ['x'] }
  const changed = columns.map((column) => ({ ...column, kind: 'category' as const }))
  expect(fittingGroups([apart], columns)).toEqual([apart])
  expect(fittingGroups([apart], changed).map(({ kind }) => kind)).toEqual(['category'])
})

test('a loss of another task is refused, and exchanged when the task changes', () => {
  const table = defaultRecipe(source, columns, 'classification', 100, 'quick')
  const wrong = { ...table, training: { ...table.training, loss: begin(losses, 'huber') } }
  expect(recipeSchema.safeParse(wrong).error?.issues[0]).toMatchObject({
    path: ['training', 'loss', 'name'],
    message:
      'The loss “huber” is not for classification: it is one of crossEntropy, focal, probabilityFormula.',
  })
  expect(withTask(table, 'regression', 100).training.loss.name).toBe('mse')
  expect(recipeSchema.safeParse(withTask(table, 'regression', 100)).success).toBe(true)
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
    'There is no optimizer “lion”: it is one of adamw, adam, sgd, rmsprop, adagrad, nadam, radam, adamax, adadelta.',
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
  const split = { method: 'random', train: 0.1, validation: 0.5, test: 0.5 }
  expect(recipeSchema.safeParse({ ...images, split }).error?.issues[0]?.message).toContain('add up to 1')
  const model = { ...withTemplate(text, 'transformer', 100)?.model, heads: 3 }
  expect(recipeSchema.safeParse({ ...text, model }).error?.issues[0]?.message).toContain('multiple')
})

test('what earlier versions said of a file is said by the options of reading', () => {
  const written = { path: '/d.csv', missingValues: [] }
  const read = (source: object) => dataSourceSchema.parse({ ...written, ...source })
  expect(read({ delimiter: null, header: null })).toEqual({ ...written, ...detected })
  expect(read({ delimiter: ';', header: true })).toMatchObject({ delimiter: ';', header: 'first' })
  expect(read({ delimiter: null, header: false }).header).toBe('none')
  expect(dataSourceSchema.safeParse({ ...written, header: 'second' }).success).toBe(false)
})
