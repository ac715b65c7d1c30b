import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dataKindSchema, namesIn, templates } from '../../electron/contract/index.ts'
import type { Recipe } from '../../electron/contract/index.ts'
import { topicFor, topicNames } from './help.ts'

const recipeOf = (kind: string, template: string) =>
  ({ kind, model: { template } }) as Pick<Recipe, 'kind' | 'model'>

describe('help', () => {
  it('speaks of a perceptron beside a perceptron only', () => {
    for (const template of namesIn(templates)) {
      const title = topicFor('model', recipeOf('images', template))?.title ?? ''
      expect(/perceptron/i.test(title)).toBe(template === 'mlp')
    }
    expect(topicFor('model', null)?.text).not.toMatch(/perceptron/i)
  })
  it('speaks of rows and columns beside tables only', () => {
    for (const kind of dataKindSchema.options)
      for (const page of ['data', 'explore', 'prepare', 'deploy'])
        if (kind !== 'table')
          expect(topicFor(page, recipeOf(kind, 'cnn'))?.text, `${page} of ${kind}`).not.toMatch(/column|row/i)
    expect(topicFor('data', recipeOf('table', 'mlp'))?.text).toContain('column')
  })
  it('knows every topic that a page names', () => {
    const root = join(import.meta.dirname, '..')
    const named = globSync('**/*.vue', { cwd: root }).flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/ (?:topic|explain|data-explain)="([\w.]+)"/g)].map(
        ([, name]) => ({ file, name: name! }),
      ),
    )
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter(({ name }) => topicFor(name, null) === null)).toEqual([])
  })
  it('knows what it does not know', () => {
    expect(topicFor('nothing', null)).toBeNull()
    expect(topicNames).toContain('training.optimizer.adamw.learningRate')
  })
})
