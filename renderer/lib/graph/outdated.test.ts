import { expect, it } from 'vitest'
import type { Recipe } from '../../../electron/contract/index.ts'
import { stateOf } from './outdated.ts'

const recipe = (seed: number): Recipe => ({ seed }) as Recipe
const run = { epoch: 5, bestEpoch: 3 }

it('sees another recipe, and another version of the data', () => {
  const state = stateOf(null, { dataset: { id: 'a' }, recipe: recipe(1) }, null)
  expect(stateOf(null, { dataset: { id: 'a' }, recipe: recipe(1) }, run)).toBe(state)
  expect(stateOf(null, { dataset: { id: 'a' }, recipe: recipe(2) }, null)).not.toBe(state)
  expect(stateOf(null, { dataset: { id: 'b' }, recipe: recipe(1) }, null)).not.toBe(state)
})

it('of a run sees that it trained on, and nothing else', () => {
  const [now, later] = [
    { dataset: { id: 'a' }, recipe: recipe(1) },
    { dataset: { id: 'b' }, recipe: recipe(2) },
  ]
  const last = { runId: 'r', checkpoint: 'last' } as const
  const best = { runId: 'r', checkpoint: 'best' } as const
  expect(stateOf(last, later, run)).toBe(stateOf(last, now, run))
  const trainedOn = { ...run, epoch: 6 }
  expect(stateOf(last, now, trainedOn)).not.toBe(stateOf(last, now, run))
  expect(stateOf(best, now, trainedOn)).toBe(stateOf(best, now, run))
  expect(stateOf(best, now, { epoch: 6, bestEpoch: 6 })).not.toBe(stateOf(best, now, run))
})
