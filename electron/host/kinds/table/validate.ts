/** Does a recipe fit its table? The schema has already been checked; this holds it against the columns. */
import { DescentError, type Column, type Dataset, type TableRecipe } from '../../../contract/index.ts'

const refuse = (message: string, field: string) => new DescentError('badRecipe', message, field)

const isModeled = ({ kind, role }: Column): boolean =>
  kind === 'number' || kind === 'category' || (kind === 'text' && role === 'feature')

function checkColumns(columns: readonly Column[], dataset: Pick<Dataset, 'columns'>): void {
  const known = new Set(dataset.columns.map(({ name }) => name))
  const seen = new Set<string>()
  columns.forEach((column, i) => {
    const field = `data.columns.${i}`
    if (!known.has(column.name)) throw refuse(`The data has no column "${column.name}".`, `${field}.name`)
    if (seen.has(column.name)) throw refuse(`The column "${column.name}" is listed twice.`, `${field}.name`)
    seen.add(column.name)
    if ((column.role === 'feature' || column.role === 'target') && !isModeled(column))
      throw refuse(
        `"${column.name}" is a ${column.kind} column, which cannot be used as a ${column.role} yet. Read it as a category, or ignore it.`,
        `${field}.kind`,
      )
  })
}

export function validateTable(recipe: TableRecipe, dataset: Pick<Dataset, 'columns'>): void {
  const { columns } = recipe.data
  checkColumns(columns, dataset)
  const targets = columns.filter(({ role }) => role === 'target')
  const [target] = targets
  if (target === undefined) throw refuse('No column is the target. Choose what to predict.', 'data.columns')
  if (targets.length > 1)
    throw refuse(
      `Only one column can be the target, but ${targets.map(({ name }) => `"${name}"`).join(' and ')} are.`,
      `data.columns.${columns.indexOf(targets[1]!)}.role`,
    )
  if (!columns.some(({ role }) => role === 'feature'))
    throw refuse('No column is a feature. Give at least one column the role feature.', 'data.columns')
  const wanted = recipe.task === 'classification' ? 'category' : 'number'
  if (target.kind !== wanted)
    throw refuse(
      `${recipe.task === 'classification' ? 'Classification needs a category' : 'Regression needs a number'} as its target, but "${target.name}" is read as a ${target.kind}.`,
      'task',
    )
}
