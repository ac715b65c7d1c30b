import { expect, test } from 'vitest'
import { defaultRecipe, detected, type NetworkFacts } from '../../contract/index.ts'
import { startingLines } from './starting-lines.ts'

const recipe = defaultRecipe({ path: '/a.csv', ...detected, missingValues: [] }, [], 'binary', 4000)
const facts = (rows: number): NetworkFacts => ({
  task: 'binary',
  rows,
  inputs: [{ name: 'numbers', kind: 'numbers', width: 12 }],
  outputs: 1,
})

test('the network that nobody chose is named, with why', () => {
  expect(startingLines(recipe, facts(4000))).toEqual([
    'Network: Multilayer perceptron. 4,000 training rows of 12 features, 2 classes: a perceptron learns this quickly, and is what anything larger is held against.',
  ])
})

test('and another one where that is the first to try', () => {
  const [, other, ...rest] = startingLines(recipe, facts(40_000))
  expect(other).toMatch(/^ {2}First to try here: Residual network \(--model resnet\)\. 40,000 training rows /)
  expect(rest).toEqual([])
})
