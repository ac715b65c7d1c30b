import { fittingGroups, withTask, type TableRecipe, type Task } from '../../contract/index.ts'

/** The recipe with `target` as its target and, where given, another task; the target's kind follows the task. */
export function withTargetColumn(recipe: TableRecipe, target: string, task: Task | null): TableRecipe {
  const chosen = task ?? recipe.task
  const columns = recipe.data.columns.map((column) => {
    if (column.name === target) {
      const kind = chosen === 'classification' ? ('category' as const) : ('number' as const)
      return { ...column, kind, role: 'target' as const }
    }
    return column.role === 'target' ? { ...column, role: 'feature' as const } : column
  })
  const prepare = fittingGroups(recipe.prepare, columns)
  return withTask({ ...recipe, data: { ...recipe.data, columns }, prepare }, chosen)
}
