/** Trainings that are far apart by luck alone are told from those that few rows set apart, and from steady ones. */
import { expect, test } from 'vitest'
import {
  defaultRecipe,
  detected,
  recipeOfFold,
  startsOf,
  unstableResult,
  type Recipe,
} from '../../../contract/index.ts'
import { canTell, repeatsAmong, unstable, type Alike } from './stability.ts'

const source = { path: '/data.csv', ...detected, missingValues: [''] }
const recipe: Recipe = defaultRecipe(
  source,
  [
    { name: 'a', kind: 'number', role: 'feature' },
    { name: 'y', kind: 'category', role: 'target' },
  ],
  'classification',
  1000,
  'quick',
)
const options = startsOf(unstableResult.options)
const seeded = (accuracies: readonly number[]): Alike[] =>
  accuracies.map((accuracy, seed) => ({ recipe: { ...recipe, seed }, metrics: { accuracy } }))
const folded = (accuracies: readonly number[]): Alike[] =>
  accuracies.map((accuracy, i) => ({
    recipe: recipeOfFold(recipe, { folds: accuracies.length, fold: i + 1, repeat: 1 }),
    metrics: { accuracy },
  }))
function found(runs: readonly Alike[], half: number | null) {
  const [own, ...others] = runs
  const repeats = repeatsAmong('validation', { ...own!, half }, others)
  return { repeats, findings: unstable(repeats, options) }
}

test('seeds that decide the result are told with how far they are apart, and steady ones are not', () => {
  const { findings } = found(seeded([0.62, 0.91, 0.7, 0.88]), 0.04)
  expect(findings).toHaveLength(1)
  expect(findings[0]!.message).toContain('4 trainings that differ in nothing but seeds')
  expect(findings[0]!.message).toMatch(/62.0.% to 91.0.%/)
  expect(findings[0]!.evidence).toMatchObject({ runs: 4, byRows: 0 })
  expect(found(seeded([0.86, 0.87, 0.85, 0.88]), 0.04).findings).toEqual([])
})

test('folds may be apart by so much as their rows alone explain', () => {
  const accuracies = [0.75, 0.86, 0.8, 0.9, 0.78]
  expect(found(folded(accuracies), 0.01).findings[0]!.message).toContain('nothing but splits: ')
  expect(found(folded(accuracies), 0.12).findings).toEqual([])
})

test('two runs, other settings and rows of unknown noise say nothing', () => {
  expect(canTell(found(seeded([0.5, 0.9]), 0.04).repeats, options)).toBe(false)
  const [own, ...others] = seeded([0.5, 0.9, 0.7])
  const changed = others.map((one) => ({
    ...one,
    recipe: { ...one.recipe, training: { ...recipe.training, epochs: 999 } } as Recipe,
  }))
  expect(repeatsAmong('validation', { ...own!, half: 0.04 }, changed).values).toEqual([0.5])
  expect(found(folded([0.5, 0.9, 0.7]), null).repeats.values).toEqual([0.5])
  // What a run may take changes nothing of what it becomes.
  const budgeted = others.map((one) => ({ ...one, recipe: { ...one.recipe, budget: { megabytes: 1 } } }))
  expect(repeatsAmong('validation', { ...own!, half: 0.04 }, budgeted as Alike[]).values).toHaveLength(3)
})
