import { expect, test } from 'vitest'
import { defaultRecipe, detected, type Effort, type NetworkFacts } from '../../contract/index.ts'
import { startingLines } from './starting-lines.ts'

const recipeOf = (effort: Effort) =>
  defaultRecipe({ path: '/a.csv', ...detected, missingValues: [] }, [], 'binary', 4000, effort)
const facts = (rows: number): NetworkFacts => ({
  task: 'binary',
  rows,
  inputs: [{ name: 'numbers', kind: 'numbers', width: 12 }],
  outputs: 1,
})

test('the network that nobody chose is named, with why', () => {
  expect(startingLines(recipeOf('standard'), facts(4000))).toEqual([
    'Network: TabM. 4,000 training rows of 12 features, 2 classes: many perceptrons in one, which predict together: more accurate, and more honest about doubt, than a single one.',
  ])
})

test('and another one where that is the first to try', () => {
  const [, other, ...rest] = startingLines(recipeOf('quick'), facts(40_000))
  expect(other).toMatch(/^ {2}First to try here: TabM \(--model tabm\)\. 40,000 training rows /)
  expect(rest).toEqual([])
})
