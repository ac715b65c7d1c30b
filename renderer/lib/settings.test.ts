import { expect, it } from 'vitest'
import { detected, defaultRecipe } from '../../electron/contract/index.ts'
import { changeInWords, settingName, settingsOf } from './settings.ts'

it('names settings as people do', () => {
  expect(settingName('training.optimizer.learningRate')).toBe('Optimizer learning rate')
  expect(settingName('model.document.nodes.0.options.outFeatures')).toBe('Layer 0 out features')
  expect(settingName('training.optimizer.name')).toBe('Optimizer')
  expect(settingName('model.hidden')).toBe('Hidden')
  expect(settingName('model')).toBe('Model')
})

it('lists every setting of a recipe, off and on in words', () => {
  const recipe = defaultRecipe(
    { path: '/a.csv', ...detected, missingValues: [] },
    [{ name: 'y', kind: 'number', role: 'target' }],
    'regression',
    100,
    'quick',
  )
  const settings = settingsOf({ ...recipe, training: { ...recipe.training, earlyStopping: null } })
  expect(settings.get('model.hidden')).toBe('32-32')
  expect(settings.get('training.earlyStopping')).toBe('off')
  expect(settings.get('split.stratify')).toBe('off')
  expect(settings.has('data.source.path')).toBe(false)
})

it('says what an undo brought back', () => {
  const recipe = defaultRecipe(
    { path: '/a.csv', ...detected, missingValues: [] },
    [
      { name: 'x', kind: 'number', role: 'feature' },
      { name: 'y', kind: 'number', role: 'target' },
    ],
    'regression',
    100,
  )
  const other = { ...recipe, seed: 7, training: { ...recipe.training, epochs: 9 } }
  expect(changeInWords(recipe, { ...recipe, seed: 7 })).toBe('Seed is 7')
  expect(changeInWords(recipe, other)).toBe('Epochs is 9, and 1 more')
  const columns = recipe.data.columns.map((one) =>
    one.name === 'x' ? { ...one, role: 'ignore' as const } : one,
  )
  expect(changeInWords(recipe, { ...recipe, data: { ...recipe.data, columns } })).toBe(
    '“x” is number, ignore',
  )
  expect(changeInWords(recipe, null)).toBe('the data and its settings')
})
