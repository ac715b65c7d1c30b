import { expect, test } from 'vitest'
import { detected, DescentError, defaultRecipe, withDocument, type Column } from '../../contract/index.ts'
import { applyOverrides, checkRecipe } from './overrides.ts'

const columns: Column[] = [
  { name: 'net.weight', kind: 'number', role: 'feature' },
  { name: 'y', kind: 'category', role: 'target' },
]
const source = { path: '/d.csv', ...detected, header: 'first', missingValues: [] }
const recipe = defaultRecipe(source, columns, 'classification', 100, 'quick')

function refusal(...settings: string[]): string {
  try {
    applyOverrides(recipe, settings)
  } catch (error) {
    if (error instanceof DescentError) return error.message
    throw error
  }
  return 'accepted'
}

test('layers are called by their ids, and a template is chosen instead of them', () => {
  const document = {
    inputs: [],
    nodes: [{ id: 'layers.0', layer: 'Linear', options: { inFeatures: 1, outFeatures: 2 }, inputs: ['x'] }],
    output: 'layers.0',
  }
  const detached = { ...recipe, model: withDocument(recipe.model, document) }
  const wider = applyOverrides(detached, ['model.document.nodes.layers.0.options.outFeatures=16'])
  expect(wider.model).toMatchObject({ document: { nodes: [{ options: { outFeatures: 16 } }] } })
  expect(applyOverrides(detached, ['model.template=mlp', 'model.hidden=[8]']).model).toMatchObject({
    template: 'mlp',
    hidden: [8],
  })
})

test('values are JSON where they are JSON', () => {
  const changed = applyOverrides(recipe, [
    'model.hidden=[8,4]',
    'training.earlyStopping=null',
    'prepare.number.steps=clip,impute,robust',
    'prepare.number.steps.clip.tail=0.05',
    'prepare.category.encoder.encoder=embedding',
    'prepare.category.encoder.minCount=3',
    'target.steps=',
    'training.optimizer.learningRate=0.1',
    'training.schedule={"name":"step","every":5,"factor":0.5}',
  ])
  expect(changed.model).toMatchObject({ hidden: [8, 4] })
  expect(changed.training.earlyStopping).toBeNull()
  expect(changed.prepare.slice(0, 2)).toMatchObject([
    {
      steps: [
        { step: 'clip', tail: 0.05 },
        { step: 'impute', with: 'median', indicators: true },
        { step: 'robust' },
      ],
    },
    { encoder: { encoder: 'embedding', minCount: 3 } },
  ])
  expect(refusal('prepare.scale=robust')).toContain('is not one of number, category, date, text')
  expect(refusal('optimizer.learningRate=0.1')).toContain('Did you mean training.optimizer.learningRate?')
  expect(refusal('training.epoch=3')).toContain('Did you mean training.epochs?')
  expect(refusal('nothing.like.it=3')).not.toContain('Did you mean')
  expect(refusal('prepare.number.steps=lion')).toContain('There is no preparation step “lion”')
  expect(changed.training.optimizer.learningRate).toBe(0.1)
  expect(changed.training.schedule).toEqual({ name: 'step', every: 5, factor: 0.5 })
  expect(recipe.model).toMatchObject({ hidden: [32, 32] })
})

test('another member of a family brings its settings and keeps what both have', () => {
  const changed = applyOverrides(recipe, [
    'training.optimizer.learningRate=0.2',
    'training.optimizer.name=sgd',
    'training.optimizer.momentum=0.5',
    'training.schedule.name=exponential',
  ])
  expect(changed.training.optimizer).toEqual({
    name: 'sgd',
    learningRate: 0.2,
    weightDecay: 0.01,
    momentum: 0.5,
    nesterov: false,
  })
  expect(changed.training.schedule).toEqual({ name: 'exponential', factor: 0.95 })
  expect(refusal('training.optimizer.name=lion')).toContain(
    'adamw, adam, sgd, rmsprop, adagrad, nadam, radam, adamax, adadelta',
  )
  expect(refusal('training.loss.name=mse')).toContain('crossEntropy, focal')
})

test('columns go by name, dots in it included, or by position', () => {
  expect(applyOverrides(recipe, ['data.columns.net.weight.role=ignore']).data.columns[0]?.role).toBe('ignore')
  expect(applyOverrides(recipe, ['data.columns.0.kind=category']).data.columns[0]?.kind).toBe('category')
})

test('a column of another kind is prepared as columns of that kind are, and given an order', () => {
  const changed = applyOverrides(recipe, [
    'data.columns.net.weight.kind=ordered',
    'data.columns.net.weight.levels=["light","heavy"]',
  ])
  expect(changed.data.columns[0]).toMatchObject({ kind: 'ordered', levels: ['light', 'heavy'] })
  expect(changed.prepare.at(-1)).toMatchObject({ kind: 'ordered', encoder: { encoder: 'thermometer' } })
  expect(refusal('data.columns.net.weight.levels=["light"]')).toContain('levels')
})

test('the parser of a column is set where it names none, and is that of its kind', () => {
  const parserOf = (...settings: string[]) => applyOverrides(recipe, settings).data.columns[0]?.parser
  const plain = { parser: 'numerals', decimal: '.', grouping: 'none', unit: '', parentheses: false }
  const path = 'data.columns.net.weight'
  expect(parserOf(`${path}.parser.decimal=,`)).toEqual({ ...plain, decimal: ',' })
  expect(parserOf(`${path}.parser.unit=kg`, `${path}.parser.grouping=space`)).toEqual({
    ...plain,
    unit: 'kg',
    grouping: 'space',
  })
  expect(
    parserOf(`${path}.parser.unit=kg`, `${path}.kind=date`, `${path}.parser.formats=["%d/%m/%Y"]`),
  ).toEqual({ parser: 'dates', formats: ['%d/%m/%Y'] })
  expect(parserOf(`${path}.role=ignore`)).toBeUndefined()
  expect(refusal(`${path}.parser.grouping=.`)).toContain('must be different')
  expect(refusal(`${path}.parser.unit=5`)).toContain('Unit must be at most 12 characters')
  expect(refusal(`${path}.kind=date`, `${path}.parser.formats=["%d"]`)).toContain('a format with a year')
  expect(refusal('data.columns.y.parser.decimal=,')).toContain('not one of name, kind, role')
})

test('unknown settings and values say what there is', () => {
  expect(refusal('model.width=3')).toMatch(/model\.width.*template, hidden, activation, dropout, batchNorm/)
  expect(refusal('data.columns.z.role=ignore')).toContain('“z.role”')
  expect(refusal('training.epochs=many')).toContain('training.epochs')
  expect(refusal('seed')).toContain('path=value')
  expect(refusal('split.train=0.9')).toContain('add up to 1')
})

test('a file that is no recipe is told so', () => {
  expect(() => checkRecipe({ version: 99, kind: 'table' }, 'r.json')).toThrow(
    /r\.json: the setting “version” is wrong/,
  )
})

test('a column is marked sensitive where its recipe does not say so yet', () => {
  const [marked] = applyOverrides(recipe, ['data.columns.net.weight.sensitive=true']).data.columns
  expect(marked).toMatchObject({ name: 'net.weight', sensitive: true })
  expect(refusal('data.columns.net.weight.sensitive=maybe')).toContain('sensitive')
})

test('rules for parameters are chosen as a list, and each is set by its name', () => {
  const { training, weights } = applyOverrides(recipe, [
    'training.parameters=freeze,scaleRate',
    'training.parameters.freeze.parameters=["0","*.bias"]',
    'training.parameters.scaleRate.factor=0.5',
    'weights.from=pretrained',
    'weights.path=/models/base',
  ])
  expect(training.parameters).toEqual([
    { rule: 'freeze', parameters: ['0', '*.bias'] },
    { rule: 'scaleRate', parameters: ['*.bias'], factor: 0.5 },
  ])
  expect(weights).toEqual({ from: 'pretrained', path: '/models/base' })
  expect(refusal('weights.from=pretrained')).toMatch(/Name the model folder or .safetensors file/)
})
