/** Edits of the recipe's columns as pure functions. */
import { fittingGroups } from '../../electron/contract/index.ts'
import type { Column, TableRecipe } from '../../electron/contract/index.ts'

export function withColumns(
  recipe: TableRecipe,
  names: readonly string[],
  change: Partial<Pick<Column, 'kind' | 'role' | 'parser' | 'levels'>>,
): TableRecipe {
  const chosen = new Set(names)
  const columns = recipe.data.columns.map((column) =>
    chosen.has(column.name) ? { ...column, ...change } : column,
  )
  return { ...recipe, data: { ...recipe.data, columns }, prepare: fittingGroups(recipe.prepare, columns) }
}

/** Whether what it says of people is told by group. */
export function withSensitive(recipe: TableRecipe, name: string, sensitive: boolean): TableRecipe {
  const columns = recipe.data.columns.map((column) => {
    if (column.name !== name) return column
    const { sensitive: _, ...plain } = column
    return sensitive ? { ...plain, sensitive: true } : plain
  })
  return { ...recipe, data: { ...recipe.data, columns } }
}
