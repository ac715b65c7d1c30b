/** Does a recipe fit its table? The schema has already been checked; this holds it against the columns. */
import {
  byNumbers,
  DescentError,
  given,
  isCategorical,
  keptAs,
  kindLabel,
  targetsOf,
  taskOf,
  type Column,
  type Dataset,
  type TableRecipe,
} from '../../../contract/index.ts'

import type { ValidateOptions } from '../kind.ts'
import { picturesOf } from './picture-columns.ts'

const refuse = (message: string, field: string) => new DescentError('badRecipe', message, field)

const isModeled = ({ kind, role }: Column): boolean =>
  kind === 'number' ||
  isCategorical(kind) ||
  (role === 'feature' && (kind === 'text' || keptAs(kind) === 'date' || keptAs(kind) === 'image'))

function checkColumns(columns: readonly Column[], dataset: Pick<Dataset, 'columns' | 'receipt'>): void {
  const known = new Set(dataset.columns.map(({ name }) => name))
  const seen = new Set<string>()
  columns.forEach((column, i) => {
    const field = `data.columns.${i}`
    if (!known.has(column.name)) throw refuse(`The data has no column "${column.name}".`, `${field}.name`)
    if (seen.has(column.name)) throw refuse(`The column "${column.name}" is listed twice.`, `${field}.name`)
    seen.add(column.name)
    if (keptAs(column.kind) === 'image' && picturesOf(dataset.receipt, column.name) === null)
      throw refuse(
        `"${column.name}" was not read as images: its cells named no pictures that were there. Import the table again by its path, where its pictures lie, or choose another kind.`,
        `${field}.kind`,
      )
    if ((column.role === 'feature' || column.role === 'target') && !isModeled(column))
      throw refuse(
        `The kind of "${column.name}" is ${kindLabel(column.kind)}, which cannot be used as a ${column.role} yet. Read it as a category, or ignore it.`,
        `${field}.kind`,
      )
  })
}

/** Throws what is wrong with the target columns. */
export function checkTargets({ task, target, data: { columns } }: TableRecipe): void {
  const targets = targetsOf(columns)
  if (targets.length === 0) throw refuse('No column is the target. Choose what to predict.', 'data.columns')
  const { label, several, target: wanted } = taskOf(task)
  if (targets.length > 1 && !several)
    throw refuse(
      `The task “${label}” has one target, but ${targets.map(({ name }) => `"${name}"`).join(' and ')} are. Make one of them a feature, or choose another task.`,
      `data.columns.${columns.indexOf(targets[1]!)}.role`,
    )
  const other = targets.find(({ kind }) => keptAs(kind) !== wanted)
  if (other)
    throw refuse(
      `The task “${label}” predicts ${wanted === 'number' ? 'numbers' : 'categories'}, but the kind of "${other.name}" is ${kindLabel(other.kind)}.`,
      'task',
    )
  if (targets.length > 1 && target.separator !== null)
    throw refuse(
      `A separator is for labels that one column lists, and there are ${targets.length} target columns.`,
      'target.separator',
    )
}

function checkWeight(columns: readonly Column[]): void {
  const [weight, another] = columns.filter(({ role }) => role === 'weight')
  if (weight && weight.kind !== 'number')
    throw refuse(
      `"${weight.name}" is to say how much each row counts, so it has to be a number, but its kind is ${kindLabel(weight.kind)}.`,
      `data.columns.${columns.indexOf(weight)}.kind`,
    )
  if (weight && another)
    throw refuse(
      `Only one column says how much each row counts, but "${weight.name}" and "${another.name}" do.`,
      `data.columns.${columns.indexOf(another)}.role`,
    )
}

/** `incomplete`: of a table in which nothing can be predicted yet, nothing need be chosen. */
export function validateTable(
  recipe: TableRecipe,
  dataset: Pick<Dataset, 'columns' | 'receipt'>,
  { incomplete = false }: ValidateOptions = {},
): void {
  const { columns } = recipe.data
  checkColumns(columns, dataset)
  if (!incomplete || targetsOf(columns).length > 0) checkTargets(recipe)
  if (recipe.split.method === given.name && dataset.receipt.test === undefined)
    throw refuse(
      'This table came without a test file. Add one where the data is imported (--test FILE), or choose another split, e.g. at random.',
      'split.method',
    )
  if (recipe.split.method !== given.name && dataset.receipt.test !== undefined)
    throw refuse(
      `The rows of the test file ${dataset.receipt.test.fileName} are the test, and another split would train on some of them. Choose “${given.label}” (split.method=${given.name}), or import the data without the test file.`,
      'split.method',
    )
  const { shape = [] } = dataset.receipt
  const shorter = shape.find(({ rows: [before, after] }) => after < before)
  if (recipe.split.method === byNumbers.name && shorter !== undefined)
    throw refuse(
      `Lists of row numbers count the rows of the file, of which “${shorter.step}” leaves some out, so that they would name other rows. Leave out that step of the shape, or choose another split.`,
      'split.method',
    )
  checkWeight(columns)
  if (!incomplete && !columns.some(({ role }) => role === 'feature'))
    throw refuse('No column is a feature. Give at least one column the role feature.', 'data.columns')
}
