import { detected } from './definitions/index.ts'
import { describe, expect, it } from 'vitest'
import {
  adjustmentOf,
  begin,
  splits,
  changesOf,
  changeText,
  defaultImagesRecipe,
  defaultRecipe,
  defaultTarget,
  defaultTextRecipe,
  fixes,
  mainChanges,
  recipeSchema,
  settingOf,
  templates,
  withFix,
  type Column,
  type Edit,
  type Fix,
  type Recipe,
  type Task,
} from './index.ts'

const columns: Column[] = [
  { name: 'id', kind: 'number', role: 'feature' },
  { name: 'a=b', kind: 'category', role: 'feature' },
  { name: 'mg.per.l', kind: 'number', role: 'feature' },
  { name: 'y', kind: 'category', role: 'target' },
]
const tableOf = (task: Task): Recipe =>
  defaultRecipe({ path: '/a.csv', ...detected, missingValues: [] }, columns, task, 300, 'quick')
const table = tableOf('classification')
const labeled = (kind: 'image' | 'text'): Column[] => [
  { name: kind, kind, role: 'feature' },
  { name: 'label', kind: 'category', role: 'target' },
]
const images = defaultImagesRecipe('/images', labeled('image'), true)
const text = defaultTextRecipe('/text', labeled('text'), true)

const changed = (recipe: Recipe, fix: Fix) => mainChanges(changesOf(recipe, withFix(recipe, fix)))
const inWords = (recipe: Recipe, fix: Fix) => changed(recipe, fix).map(changeText)

describe('a fix says what it changes, and how the command line says it', () => {
  it.each<[Recipe, Fix, string, string]>([
    [table, fixes.ignore('id'), 'Role of “id”: feature → ignore', 'data.columns.id.role=ignore'],
    [table, fixes.treatAsId('mg.per.l'), 'Role of “mg.per.l”: feature → id', 'data.columns.mg.per.l.role=id'],
    [table, fixes.ignoreOne('a=b'), 'Role of “a=b”: feature → ignore', 'data.columns.1.role=ignore'],
    [
      table,
      fixes.weighClasses,
      'Remedy for class imbalance: As it is → Class weights',
      'imbalance.remedy=classWeights',
    ],
    [
      images,
      fixes.weighClasses,
      'Remedy for class imbalance: As it is → Class weights',
      'imbalance.remedy=classWeights',
    ],
    [
      table,
      fixes.scaleRobustly,
      'Preparation steps of “number”: Clip, Fill gaps, Standardize → Clip, Fill gaps, Robust scaling',
      'prepare.number.steps=clip,impute,robust',
    ],
    [table, fixes.keepTogether, 'Duplicates on one side: off → on', 'split.together=true'],
    [
      tableOf('regression'),
      fixes.boundErrors,
      'Loss: Squared error → Huber loss',
      'training.loss.name=huber',
    ],
    [
      { ...images, split: begin(splits, 'random', { stratify: false }) },
      fixes.stratify,
      'Stratified: off → on',
      'split.stratify=true',
    ],
    [
      { ...text, data: { ...text.data, rows: 50 } },
      fixes.useAllRows,
      'Examples used: 50 → all',
      'data.rows=null',
    ],
    [
      table,
      fixes.limitCategories(12),
      'Categories per column: 50 → 12',
      'prepare.category.encoder.maxCategories=12',
    ],
    [
      { ...images, training: { ...images.training, batchSize: 4096 } },
      fixes.limitBatch(8),
      'Batch size: 4,096 → 8',
      'training.batchSize=8',
    ],
    [text, fixes.readLonger(80), 'Longest text: 50 → 80', 'prepare.text.encoder.maxTokens=80'],
    [
      { ...text, prepare: text.prepare.map((one) => ({ ...one, encoder: { ...one.encoder, minCount: 5 } })) },
      fixes.keepRareWords,
      'Least count: 5 → 1',
      'prepare.text.encoder.minCount=1',
    ],
    [
      table,
      fixes.lowerLearningRate(0.001),
      'Learning rate: 0.003 → 0.001',
      'training.optimizer.learningRate=0.001',
    ],
    [
      images,
      fixes.raiseLearningRate(0.003),
      'Learning rate: 0.001 → 0.003',
      'training.optimizer.learningRate=0.003',
    ],
    [table, fixes.raiseDropout(0.4), 'Dropout: 20 % → 40 %', 'model.dropout=0.4'],
    [text, fixes.raiseWeightDecay(0.03), 'Weight decay: 0.01 → 0.03', 'training.optimizer.weightDecay=0.03'],
    [
      table,
      fixes.calibrate,
      'Calibration: as the network says → temperature',
      'training.calibration=temperature',
    ],
    [table, fixes.trainLonger(200), 'Epochs: 100 → 200', 'training.epochs=200'],
    [
      {
        ...table,
        prepare: table.prepare.map((one) => (one.kind === 'number' ? { ...one, steps: [] } : one)),
      } as Recipe,
      fixes.scaleInputs,
      'Preparation steps of “number”: none → Standardize',
      'prepare.number.steps=standardize',
    ],
    [
      {
        ...tableOf('regression'),
        target: { ...defaultTarget('regression'), steps: [] },
      },
      fixes.scaleTarget,
      'Preparation steps of the target: none → Standardize',
      'target.steps=standardize',
    ],
  ])('%#', (recipe, fix, words, setting) => {
    expect(inWords(recipe, fix)).toEqual([words])
    const after = withFix(recipe, fix)
    expect(recipeSchema.parse(after)).toEqual(after)
    expect(changed(recipe, fix).map((change) => settingOf(change, recipe))).toEqual([setting])
    // Once it is there, there is nothing left to change.
    expect(changed(after, fix)).toEqual([])
  })
})

it('leaves alone what it is not for, and what has gone meanwhile', () => {
  for (const fix of [fixes.scaleRobustly, fixes.ignore('id'), fixes.limitCategories(2)])
    expect(changed(images, fix)).toEqual([])
  expect(changed(images, fixes.readLonger(900))).toEqual([])
  expect(changed(tableOf('regression'), fixes.weighClasses)).toEqual([])
  expect(changed(table, fixes.boundErrors)).toEqual([])
  expect(changed(table, fixes.ignore('y'))).toEqual([])
  expect(changed(table, fixes.ignore('no longer there'))).toEqual([])
  expect(changed(table, fixes.limitBatch(4096))).toEqual([])
  expect(changed(text, fixes.keepRareWords)).toEqual([])
  expect(changed(table, fixes.trainLonger(50))).toEqual([])
  expect(changed(table, fixes.lowerLearningRate(0.01))).toEqual([])
  expect(changed(table, fixes.raiseLearningRate(0.001))).toEqual([])
  expect(changed({ ...images, model: begin(templates, 'resnet20') }, fixes.raiseDropout(0.9))).toEqual([])
  for (const fix of [fixes.scaleInputs, fixes.scaleTarget]) expect(changed(table, fix)).toEqual([])
})

it('tells what came and went with another member of a family', () => {
  const before = tableOf('regression')
  const all = changesOf(before, withFix(before, fixes.boundErrors))
  expect(all.map(({ path, before: was, after }) => [path.join('.'), was, after])).toEqual([
    ['training.loss.name', 'mse', 'huber'],
    ['training.loss.delta', undefined, 1],
  ])
  expect(all.map(changeText)).toEqual(['Loss: Squared error → Huber loss', 'Delta: not set → 1'])
})

it('what helps a run while it trains is asked of it; what needs a new one is not', () => {
  const of = (edit: Edit) => adjustmentOf({ label: 'It', edit })
  expect(of({ name: 'lowerLearningRate', most: 1e-4 })).toEqual({ learningRate: 1e-4 })
  expect(of({ name: 'clipGradients', most: 1 })).toEqual({ clipNorm: 1 })
  expect(of({ name: 'trainLonger', epochs: 80 })).toEqual({ epochs: 80 })
  expect(of({ name: 'scaleInputs' })).toBeNull()
})
