/** Learns the preparation from the training rows, and from them only: nothing of validation or test may leak in. */
import {
  DescentError,
  groupOf,
  imbalanceRemedies,
  implementationOf,
  type Implementations,
  type Recipe,
} from '../../contract/index.ts'
import type { CategoryColumn, Frame, FrameColumn } from '../datasets/frame.ts'
import { fitEncoder } from './encoders/index.ts'
import { featuresOfColumn, preparationVersion, type Preparation, type PreparedColumn } from './preparation.ts'
import { momentsOf } from './statistics.ts'
import { countCodes } from './steps/categories.ts'
import { fitSteps } from './steps/index.ts'

export function columnNamed(frame: Frame, name: string): FrameColumn {
  const column = frame.columns.find((candidate) => candidate.name === name)
  if (column === undefined) throw new DescentError('badData', `The data has no column "${name}".`)
  return column
}

/** What can be learned. */
export type TargetColumn = Extract<FrameColumn, { kind: 'number' | 'category' }>

/** The recipe's target column in the frame. */
export function targetOf(frame: Frame, { data }: Pick<Recipe, 'data'>): TargetColumn {
  const target = data.columns.find((column) => column.role === 'target')
  if (target === undefined)
    throw new DescentError('badRecipe', 'No column is the target. Choose what to predict.', 'data.columns')
  const column = columnNamed(frame, target.name)
  if (column.kind === 'number' || column.kind === 'category') return column
  throw new DescentError(
    'badRecipe',
    `"${target.name}" holds ${column.kind}s, which cannot be predicted.`,
    'data.columns',
  )
}

/** Numbers in numeric order, else by code unit: the same order on every machine. */
export function sortClasses(classes: readonly string[]): string[] {
  const numeric = classes.every((value) => value.trim() !== '' && Number.isFinite(Number(value)))
  return classes.toSorted((a, b) => (numeric && Number(a) - Number(b)) || (a < b ? -1 : a > b ? 1 : 0))
}

/** Which classes exist is what was asked, not something learned: rare ones may be absent from the training rows. */
function fitClasses(target: CategoryColumn): Preparation['target'] {
  const used = new Set(target.codes)
  const classes = sortClasses(target.categories.filter((_, code) => used.has(code)))
  if (classes.length < 2)
    throw new DescentError(
      'badData',
      `The target column "${target.name}" has ${classes.length === 0 ? 'no values' : `one class only (${classes[0]})`}: there is nothing to tell apart. Choose another target.`,
    )
  return { kind: 'classes', name: target.name, classes }
}

function fitTarget(column: TargetColumn, { task, target }: Recipe, rows: Int32Array): Preparation['target'] {
  const { name } = column
  if (task === 'classification') {
    if (column.kind === 'category') return fitClasses(column)
    throw new DescentError(
      'badRecipe',
      `Classification needs categories, but "${name}" is read as numbers. Set its kind to category.`,
      'task',
    )
  }
  if (column.kind !== 'number')
    throw new DescentError(
      'badRecipe',
      `Regression needs numbers, but "${name}" is read as categories. Set its kind to number, or the task to classification.`,
      'task',
    )
  const { mean, std } = momentsOf(Float64Array.from(rows, (row) => column.values[row]!))
  if (std === 0)
    throw new DescentError(
      'badData',
      `The target column "${name}" has the same value (${mean}) in every training row: there is nothing to predict. Choose another target.`,
    )
  return { kind: 'number', name, mean, steps: fitSteps(column, rows, target.steps).steps }
}

type Weigh = (target: CategoryColumn, classes: readonly string[], rows: Int32Array) => number[] | null

const remedies: Implementations<typeof imbalanceRemedies, Weigh> = {
  none: () => () => null,
  /** n / (k · count), the "balanced" ones of scikit-learn; a class without training rows never enters the loss. */
  classWeights: () => (target, classes, rows) => {
    const { counts } = countCodes(target, rows)
    return classes.map((name) => {
      const count = counts[target.categories.indexOf(name)]!
      return count === 0 ? 0 : rows.length / (classes.length * count)
    })
  },
}

function fitColumn(frame: Frame, name: string, recipe: Recipe, rows: Int32Array): PreparedColumn {
  const column = columnNamed(frame, name)
  const group = groupOf(recipe.prepare, { name, kind: column.kind })
  if (group === undefined || group.kind !== column.kind)
    throw new DescentError(
      'badRecipe',
      `No group prepares "${name}", which is read as ${column.kind}.`,
      'prepare',
    )
  const { steps, column: prepared } = fitSteps(column, rows, group.steps)
  return { name, kind: column.kind, steps, encoder: fitEncoder(prepared, rows, group.encoder) }
}

export function fitPreparation(frame: Frame, recipe: Recipe, trainRows: Int32Array): Preparation {
  const features = recipe.data.columns.filter((column) => column.role === 'feature')
  if (features.length === 0)
    throw new DescentError(
      'badRecipe',
      'No column is a feature. Give at least one column the role feature.',
      'data.columns',
    )
  const columns = features
    .map(({ name }) => fitColumn(frame, name, recipe, trainRows))
    // A category column without a single value in training would add no feature.
    .filter((column) => featuresOfColumn(column).length > 0)
  if (columns.length === 0)
    throw new DescentError('badData', 'Every feature is empty in the training rows. Choose other features.')
  const targetColumn = targetOf(frame, recipe)
  const target = fitTarget(targetColumn, recipe, trainRows)
  const weigh = implementationOf(imbalanceRemedies, remedies, recipe.imbalance)
  return {
    version: preparationVersion,
    task: recipe.task,
    columns,
    target,
    classWeights:
      target.kind === 'classes' && targetColumn.kind === 'category'
        ? weigh(targetColumn, target.classes, trainRows)
        : null,
    trainRows: trainRows.length,
  }
}
