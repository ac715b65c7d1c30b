/** A recipe for the same file after other steps: what a person set stays where its columns are still there. */
import {
  fittingGroups,
  recipeSchema,
  targetsOf,
  withTargetColumns,
  type Column,
  type TableRecipe,
} from '../../contract/index.ts'

const isSame = (one: Column | undefined, other: Column): boolean =>
  one !== undefined &&
  JSON.stringify([one.kind, one.parser, one.levels, one.notMissing]) ===
    JSON.stringify([other.kind, other.parser, other.levels, other.notMissing])

/** `found`: the columns of the project's data as the import had found them; `after`: what the new one starts with, which has `rows`. */
export function withSameSettings(
  recipe: TableRecipe,
  found: readonly Column[],
  after: TableRecipe,
  rows: number,
): TableRecipe {
  const [set, was] = [recipe.data.columns, found].map(
    (columns) => new Map(columns.map((column) => [column.name, column])),
  ) as [Map<string, Column>, Map<string, Column>]
  const columns = after.data.columns.map((column): Column => {
    const before = set.get(column.name)
    if (before !== undefined && isSame(was.get(column.name), column)) return before
    const role = before?.role ?? (column.role === 'target' ? 'feature' : column.role)
    return { ...column, role }
  })
  const changed: TableRecipe = {
    ...recipe,
    data: { ...recipe.data, source: after.data.source, columns },
    prepare: fittingGroups(recipe.prepare, columns),
  }
  const targets = targetsOf(recipe.data.columns).map(({ name }) => name)
  const kept = targets.length > 0 && targets.every((name) => columns.some((column) => column.name === name))
  const whole = kept
    ? changed
    : withTargetColumns(
        changed,
        targetsOf(after.data.columns).map(({ name }) => name),
        after.task,
        rows,
        after.target.separator,
      )
  // A split by a column that is gone is none.
  const fitting = [whole, { ...whole, split: after.split }].find((one) => recipeSchema.safeParse(one).success)
  return fitting ?? after
}
