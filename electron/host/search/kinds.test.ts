import { expect, test } from 'vitest'
import {
  ablation,
  augmentations,
  begin,
  defaultImagesRecipe,
  learningCurve,
  searches,
  type Recipe,
} from '../../contract/index.ts'
import { planOf } from './planned.ts'

const withList = (...names: ('flip' | 'rotate' | 'erasing')[]): Recipe => ({
  ...defaultImagesRecipe('pictures', [], false),
  augment: names.map((name) => begin(augmentations, name)),
})
const kind = begin(searches, ablation.name, { repeats: 2 })
const listOf = (recipe: Recipe): string[] => recipe.augment.map((one) => one.augmentation)

test('an ablation trains with all augmentations, without each, and without any, seed by seed', () => {
  const recipe = { ...withList('flip', 'rotate', 'erasing'), seed: 4 }
  const plan = planOf(recipe, kind, [])
  expect(plan.contenders.map(({ label }) => label)).toEqual([
    'With all',
    'Without “Mirror”',
    'Without “Rotate”',
    'Without “Cover a part”',
    'Without any',
  ])
  expect(plan.planned).toBe(10)
  expect(plan.contenders[1]!.candidates).toEqual([2, 7])
  const tried = plan.contenders.map(({ candidates }) => plan.candidate(candidates[1]!))
  expect(tried.map((one) => listOf(one.recipe))).toEqual([
    ['flip', 'rotate', 'erasing'],
    ['rotate', 'erasing'],
    ['flip', 'erasing'],
    ['flip', 'rotate'],
    [],
  ])
  expect(tried.map((one) => one.recipe.seed)).toEqual([5, 5, 5, 5, 5])
  expect(tried[4]!.settings).toEqual({ augment: [], seed: 5 })
  // All else is the recipe's.
  expect({ ...tried[0]!.recipe, seed: 4 }).toEqual(recipe)
})

test('without the only one is without any, and the same one twice is told apart', () => {
  expect(planOf(withList('flip'), kind, []).contenders.map(({ label }) => label)).toEqual([
    'With all',
    'Without any',
  ])
  expect(planOf(withList('flip', 'flip'), kind, []).contenders.map(({ label }) => label)).toEqual([
    'With all',
    'Without “Mirror” (1 in the list)',
    'Without “Mirror” (2 in the list)',
    'Without any',
  ])
})

test('without augmentations, or with settings to search beside them, there is no ablation', () => {
  expect(() => planOf(withList(), kind, [])).toThrow('There are no augmentations to leave out.')
  expect(() => planOf(withList('flip'), kind, [{ path: 'training.batchSize', values: [16, 32] }])).toThrow(
    'no settings are searched beside them',
  )
})

test('a learning curve trains on all rows, on half of them, and so on, seed by seed', () => {
  const recipe = { ...withList(), seed: 4 }
  const curve = begin(searches, learningCurve.name, { repeats: 2, doublings: 2 })
  const plan = planOf(recipe, curve, [])
  expect(plan.contenders).toEqual([
    { label: 'All', candidates: [1, 4] },
    { label: '1/2', candidates: [2, 5] },
    { label: '1/4', candidates: [3, 6] },
  ])
  const tried = Array.from({ length: plan.planned }, (_, i) => plan.candidate(i + 1))
  expect(tried.map((one) => [one.recipe.data.trainShare, one.recipe.seed])).toEqual([
    [1, 4],
    [0.5, 4],
    [0.25, 4],
    [1, 5],
    [0.5, 5],
    [0.25, 5],
  ])
  expect(tried[1]!.settings).toEqual({ 'data.trainShare': 0.5, seed: 4 })
  // For as many steps, which fewer rows have in more epochs.
  const { epochs, earlyStopping } = recipe.training
  expect(tried[2]!.recipe.training).toEqual({
    ...recipe.training,
    epochs: 4 * epochs,
    earlyStopping: { ...earlyStopping, patience: 4 * earlyStopping!.patience },
  })
  expect(() => planOf(recipe, curve, [{ path: 'training.batchSize', values: [16, 32] }])).toThrow(
    'no settings are searched beside it',
  )
})
