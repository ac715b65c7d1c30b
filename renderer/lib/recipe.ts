/** What is read off a recipe, as pure functions. Edits stand in recipe-edits.ts: every page loads this, and few those. */
import { targetsOf } from '../../electron/contract/index.ts'
import type { ColumnRole, Recipe } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'

const words = strings.data.target

export const targetNames = (recipe: Recipe | null): string[] =>
  targetsOf(recipe?.data.columns ?? []).map(({ name }) => name)
/** What is predicted, as one name: “price”, “rain, wind”; null: nothing is. */
export const targetOf = (recipe: Recipe | null): string | null => targetNames(recipe).join(', ') || null

/** What to say where the target is another one than before; null: it is the same, or there was none. */
export function targetMoved(before: readonly string[], recipe: Recipe | null): string | null {
  const now = targetNames(recipe)
  const gone = before.filter((name) => !now.includes(name))
  if (before.length === 0 || now.length === 0) return null
  if (gone.length === 0 && now.length === before.length) return null
  const quoted = now.map((name) => `“${name}”`).join(', ')
  const rest = gone.map((name) => {
    const former = recipe?.data.columns.find((column) => column.name === name)
    return former ? words.nowA(name, words.roles[former.role]) : words.gone(name)
  })
  return words.moved(now.length, quoted) + rest.join('')
}

export function countRoles(recipe: Recipe): Record<ColumnRole, number> {
  const counts: Record<ColumnRole, number> = { feature: 0, target: 0, weight: 0, id: 0, ignore: 0 }
  for (const column of recipe.data.columns) counts[column.role]++
  return counts
}

export interface RecipeProblem {
  field: string
  message: string
}

/** `model.hidden.1` complains about the field `model.hidden` too. */
export function concerns(field: string | undefined, path: string): boolean {
  if (!field) return false
  const plain = field.replace(/^recipe\./, '')
  return plain === path || plain.startsWith(`${path}.`)
}
