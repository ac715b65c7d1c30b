import { expect, test } from 'vitest'
import {
  defaultRecipe,
  DescentError,
  detected,
  isTemplateOf,
  namesIn,
  tasks,
  templates,
  type Task,
} from '../../contract/index.ts'
import { refuseEarly, type Said } from './early-settings.ts'
import { applyOverrides } from './overrides.ts'

const nothing: Said = { set: [], task: null, model: null, effort: null }

function refusal(said: Partial<Said>, kind: 'table' | 'images' | 'text' = 'table'): string {
  try {
    refuseEarly(kind, { ...nothing, ...said }, null)
  } catch (error) {
    if (error instanceof DescentError) return error.message
    throw error
  }
  return 'accepted'
}

test('what no recipe has is refused without data', () => {
  expect(refusal({ set: ['trainning.epochs=5'] })).toMatch(/no setting “trainning.epochs”/)
  expect(refusal({ set: ['training.epoch=5'] })).toMatch(/“epoch” is not one of loss, /)
  expect(refusal({ set: ['training.epochs=-5'] })).toMatch(/“training.epochs” is wrong/)
  expect(refusal({ set: ['training.optimizer.learningRate=fast'] })).toMatch(/is not valid/)
  expect(refusal({ set: ['training.epochs'] })).toMatch(/wants path=value/)
  expect(refusal({ model: 'mlp', set: ['model.members=4'] })).toMatch(/no setting “model.members”/)
  for (const kind of ['images', 'text'] as const)
    expect(refusal({ set: ['training.epochs=many'] }, kind)).toMatch(/“training.epochs” is wrong/)
})

test('a value of --each is refused as one of --set is', () => {
  expect(refusal({ each: { path: 'training.epochs', values: ['3', 'x'] } })).toMatch(
    /changed by --each is not valid/,
  )
  expect(refusal({ each: { path: 'training.epochs', values: ['3', '4'] } })).toBe('accepted')
})

test.each(
  namesIn(templates).flatMap((model) =>
    (['table', 'images', 'text'] as const).flatMap((kind) =>
      isTemplateOf(kind, model) ? [[model, kind] as const] : [],
    ),
  ),
)('%s of %s takes the settings that all have', (model, kind) => {
  expect(refusal({ model }, kind)).toBe('accepted')
  expect(refusal({ model, set: ['training.epochs=3'] }, kind)).toBe('accepted')
  expect(refusal({ set: ['training.epochs=3'] }, kind)).toBe('accepted')
  expect(refusal({ model, set: ['training.epoch=3'] }, kind)).toMatch(/“epoch” is not one of loss, /)
})

test('what the data decide is left to them', () => {
  for (const setting of [
    'data.columns.age.role=ignore',
    'prepare.number.encoder=periodic',
    'split.method=grouped',
    'target.transform=log',
    'weights.path=/a',
  ])
    expect(refusal({ set: [setting] }), setting).toBe('accepted')
})

/** Nothing that the recipe of the data accepts may be refused before it is there. */
test.each(namesIn(tasks).flatMap((task) => [80, 5000, 1_000_000].map((rows) => [task, rows] as const)))(
  'what %s of %i rows accepts is accepted',
  (task: Task, rows) => {
    const columns = [
      { name: 'x', kind: 'number', role: 'feature' },
      { name: 'y', kind: task === 'regression' ? 'number' : 'category', role: 'target' },
    ] as const
    const source = { path: '/d.csv', ...detected, missingValues: [] }
    const recipe = defaultRecipe(source, [...columns], task, rows)
    const leaves = (value: object, path: string): string[] =>
      Object.entries(value).flatMap(([key, one]) =>
        one !== null && typeof one === 'object' && !Array.isArray(one)
          ? leaves(one as object, `${path}${key}.`)
          : [`${path}${key}=${JSON.stringify(one)}`],
      )
    for (const root of ['training', 'model'] as const)
      for (const setting of leaves(recipe[root], `${root}.`)) {
        applyOverrides(recipe, [setting])
        expect(refusal({ set: [setting] }), setting).toBe('accepted')
      }
  },
)
