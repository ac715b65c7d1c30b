import { expect, test } from 'vitest'
import {
  begin,
  defaultRecipe,
  detected,
  optimizers,
  searchableIn,
  type Dimension,
} from '../../contract/index.ts'
import { checkSpace, drawFrom, drawTried, withTried } from './space.ts'

const source = { path: '/d.csv', ...detected, missingValues: [] }
const recipe = defaultRecipe(
  source,
  [
    { name: 'x', kind: 'number', role: 'feature' },
    { name: 'y', kind: 'category', role: 'target' },
  ],
  'classification',
  5000,
  'quick',
)
const rate: Dimension = {
  path: 'training.optimizer.learningRate',
  from: 1e-4,
  to: 1e-1,
  scale: 'logarithmic',
  whole: false,
}
const dropout: Dimension = { path: 'model.dropout', from: 0, to: 0.5, scale: 'linear', whole: false }

test('the same seed draws the same settings, and more of them change none of those before', () => {
  const draw = (runs: number, seed = 1) => drawTried([rate, dropout], { runs, seed })
  expect(draw(20)).toEqual(draw(30).slice(0, 20))
  expect(draw(20)).not.toEqual(draw(20, 2))
  expect(draw(3)).toMatchInlineSnapshot(`
    [
      {
        "model.dropout": 0.1289,
        "training.optimizer.learningRate": 0.02309,
      },
      {
        "model.dropout": 0.3238,
        "training.optimizer.learningRate": 0.01876,
      },
      {
        "model.dropout": 0.2596,
        "training.optimizer.learningRate": 0.007416,
      },
    ]
  `)
  for (const tried of drawTried([rate], { runs: 5, seed: 0 }))
    expect(withTried(recipe, tried).recipe.training.optimizer.learningRate).toBe(tried[rate.path])
})

test('by factors, every order of magnitude is as likely; whole numbers are so to their ends', () => {
  const values = drawTried([rate], { runs: 300, seed: 5 }).map((tried) => Number(tried[rate.path]))
  for (const [low, high] of [
    [1e-4, 1e-3],
    [1e-3, 1e-2],
    [1e-2, 1e-1],
  ] as const) {
    const share = values.filter((value) => value >= low && value < high).length / 300
    expect(share).toBeGreaterThan(0.26)
    expect(share).toBeLessThan(0.41)
  }
  const whole = { path: 'a', from: 1, to: 3, scale: 'linear', whole: true } as const
  const drawn = Array.from({ length: 999 }, (_, i) => drawFrom(whole, (i + 0.5) / 999))
  expect([1, 2, 3].map((one) => drawn.filter((value) => value === one).length)).toEqual([333, 333, 333])
})

test('a space with few settings gives each of them once', () => {
  const space: Dimension[] = [
    { path: 'model.activation', values: ['relu', 'tanh'] },
    { path: 'model.hidden', values: [[8], [16, 16]] },
  ]
  const all = drawTried(space, { runs: 50, seed: 0 })
  expect(all).toHaveLength(4)
  expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(4)
})

test('a choice brings its own settings, and those it does not have are left out', () => {
  const tried = { 'training.optimizer.momentum': 0.5, 'training.optimizer.name': 'sgd' }
  expect(withTried(recipe, tried).recipe.training.optimizer).toMatchObject({ name: 'sgd', momentum: 0.5 })
  const other = withTried(recipe, { ...tried, 'training.optimizer.name': 'adam' })
  expect(other.settings).toEqual({ 'training.optimizer.name': 'adam' })
  expect(() =>
    checkSpace(recipe, [
      { path: 'training.optimizer.name', values: ['sgd', 'adam'] },
      { path: 'training.optimizer.momentum', values: [0, 0.9] },
    ]),
  ).not.toThrow()
})

test.each<[string, Dimension[], string]>([
  ['nothing', [], 'Say which settings'],
  [
    'a setting that is not there',
    [{ ...dropout, path: 'model.dropuot' }],
    'no setting “model.dropuot”. Did you mean model.dropout?',
  ],
  [
    'one without its place',
    [{ ...rate, path: 'training.learningRate' }],
    'Did you mean training.optimizer.learningRate?',
  ],
  ['the split', [{ path: 'split.seed', values: [1, 2] }], '“split.seed” decides which rows there are'],
  ['a value out of bounds', [{ ...dropout, to: 1.5 }], 'Dropout must be a number'],
  ['another name', [{ path: 'model.activation', values: ['relu', 'rleu'] }], 'Activation must be one of'],
  ['a range that ends before it begins', [{ ...rate, to: 1e-5 }], 'the first has to be the smaller one'],
  ['factors from nothing', [{ ...dropout, scale: 'logarithmic' }], 'begin above 0'],
  [
    'a range of what is no number',
    [{ ...dropout, path: 'model.activation' }],
    'is no number: name the values',
  ],
  ['one twice', [dropout, dropout], 'is named twice'],
])('%s is refused in a sentence', (_, space, said) => {
  expect(() => checkSpace(recipe, space)).toThrow(said)
})

test('what can be searched comes from the descriptors, and stands within their bounds', () => {
  const found = searchableIn(recipe)
  const paths = found.map(({ path }) => path)
  for (const path of [
    rate.path,
    dropout.path,
    'model.hidden',
    'training.optimizer.name',
    'training.batchSize',
  ])
    expect(paths).toContain(path)
  expect(paths.filter((path) => /^(data|split|target|task)/.test(path))).toEqual([])
  for (const { dimension } of found) expect(() => checkSpace(recipe, [dimension])).not.toThrow()
  const ranges = new Map(found.map(({ path, dimension }) => [path, dimension]))
  expect(ranges.get(rate.path)).toEqual({ ...rate, from: 1e-4, to: 1e-2 })
  expect(ranges.get('training.optimizer.weightDecay')).toMatchObject({
    from: 1e-3,
    to: 0.1,
    scale: 'logarithmic',
  })
  expect(ranges.get('training.optimizer.name')).toEqual({
    path: 'training.optimizer.name',
    values: optimizers.members.map(({ name }) => name),
  })
  const plain = { ...recipe, training: { ...recipe.training, optimizer: begin(optimizers, 'sgd') } }
  const momentum = searchableIn(plain).find(({ path }) => path.endsWith('momentum'))
  expect(momentum?.dimension).toMatchObject({ from: 0.5, to: 0.99 })
})
