import { describe, expect, it } from 'vitest'
import { detected, begin, defaultRecipe, templates } from '../../electron/contract/index.ts'
import { withColumns } from './recipe-edits.ts'
import { recipeProblem } from './recipe-problem.ts'
import { concerns, targetMoved, targetOf } from './recipe.ts'

describe('recipe edits', () => {
  const recipe = defaultRecipe(
    { path: '/a.csv', ...detected, missingValues: [] },
    [
      { name: 'x', kind: 'number', role: 'feature' },
      { name: 'y', kind: 'category', role: 'target' },
    ],
    'classification',
    100,
  )
  it('changes the named columns only, leaving the original alone', () => {
    const changed = withColumns(recipe, ['x'], { role: 'ignore' })
    expect(changed.data.columns.map((column) => column.role)).toEqual(['ignore', 'target'])
    expect(recipe.data.columns[0]?.role).toBe('feature')
    expect(targetOf(changed)).toBe('y')
  })
  it('says where the target went, and what the former one is now', () => {
    expect(targetMoved(['y'], recipe)).toBeNull()
    expect(targetMoved([], recipe)).toBeNull()
    expect(targetMoved(['x'], recipe)).toBe('The target is “y”. “x” is a feature now.')
    expect(targetMoved(['price'], recipe)).toBe('The target is “y”. “price” is no longer in the data.')
  })
  it('finds the field that is wrong before anything is sent', () => {
    expect(recipeProblem(recipe)).toBeNull()
    const model = begin(templates, 'mlp', { hidden: [32, 0] })
    const wrong = { ...recipe, model }
    expect(recipeProblem(wrong)?.field).toBe('model.hidden')
    expect(concerns('recipe.model.hidden.1', 'model.hidden')).toBe(true)
    expect(concerns('model.hiddenx', 'model.hidden')).toBe(false)
    expect(concerns(undefined, 'model')).toBe(false)
  })
})
