/** Learns the preparation from the training rows, and from them only: nothing of validation or test may leak in. */
import { DescentError, type Prepare, type TableRecipe } from '../../contract/index.ts'
import type { CategoryColumn, Frame, FrameColumn, NumberColumn } from '../datasets/frame.ts'
import {
  featureNamesOf,
  preparationVersion,
  type TablePreparation,
  type PreparedCategory,
  type PreparedColumn,
  type PreparedNumber,
} from './preparation.ts'

export function columnNamed(frame: Frame, name: string): FrameColumn {
  const column = frame.columns.find((candidate) => candidate.name === name)
  if (column === undefined) throw new DescentError('badData', `The data has no column "${name}".`)
  return column
}

/** The recipe's target column in the frame. */
export function targetOf(frame: Frame, recipe: TableRecipe): FrameColumn {
  const target = recipe.data.columns.find((column) => column.role === 'target')
  if (target === undefined)
    throw new DescentError('badRecipe', 'No column is the target. Choose what to predict.', 'data.columns')
  return columnNamed(frame, target.name)
}

/** Linear interpolation between order statistics, as NumPy's default. `sorted` ascending, not empty. */
export function quantile(sorted: Float64Array, q: number): number {
  const position = (sorted.length - 1) * q
  const low = sorted[Math.floor(position)]!
  const high = sorted[Math.ceil(position)]!
  return low + (high - low) * (position - Math.floor(position))
}

/** Mean and population standard deviation in one pass (Welford 1962), which does not cancel. */
export function momentsOf(values: Float64Array): { mean: number; std: number } {
  let mean = 0
  let squares = 0
  values.forEach((value, i) => {
    const delta = value - mean
    mean += delta / (i + 1)
    squares += delta * (value - mean)
  })
  return { mean, std: values.length === 0 ? 0 : Math.sqrt(squares / values.length) }
}

/** A column that does not vary (or varies beyond float64) is centred only. */
const usableScale = (scale: number) => (Number.isFinite(scale) && scale > 0 ? scale : 1)

function fitNumber(column: NumberColumn, rows: Int32Array, prepare: Prepare): PreparedNumber {
  const seen = new Float64Array(rows.length)
  let count = 0
  for (const row of rows) if (!Number.isNaN(column.values[row]!)) seen[count++] = column.values[row]!
  const sorted = seen.subarray(0, count).slice().sort()
  const indicator = prepare.impute.indicators && count < rows.length && count > 0
  const name = column.name
  if (count === 0) return { kind: 'number', name, impute: 0, indicator: false, center: 0, scale: 1 }
  const { mean, std } = momentsOf(sorted)
  const median = quantile(sorted, 0.5)
  const impute = { mean, median, zero: 0 }[prepare.impute.number]
  const spread = quantile(sorted, 0.75) - quantile(sorted, 0.25)
  const [center, scale] = {
    none: [0, 1] as const,
    standard: [mean, std] as const,
    minmax: [sorted[0]!, sorted[count - 1]! - sorted[0]!] as const,
    // A spike (over half the values equal) has no inter-quartile range; its standard deviation still scales it.
    robust: [median, spread > 0 ? spread : std] as const,
  }[prepare.scale]
  return { kind: 'number', name, impute, indicator, center, scale: usableScale(scale) }
}

function countCodes(column: CategoryColumn, rows: Int32Array): { counts: Int32Array; missing: number } {
  const counts = new Int32Array(column.categories.length)
  let missing = 0
  for (const row of rows) {
    const code = column.codes[row]!
    if (code === -1) missing++
    else counts[code]!++
  }
  return { counts, missing }
}

function fitCategory(column: CategoryColumn, rows: Int32Array, prepare: Prepare): PreparedCategory {
  const { counts, missing } = countCodes(column, rows)
  const seen = [...counts.keys()].filter((code) => counts[code]! > 0)
  const ranked = seen.sort((a, b) => counts[b]! - counts[a]! || a - b)
  const kept = ranked.slice(0, prepare.encode.maxCategories)
  const ownFeature = prepare.impute.category === 'missing' && missing > 0
  const readAsMode = prepare.impute.category === 'mode' && kept.length > 0
  return {
    kind: 'category',
    name: column.name,
    categories: kept.map((code) => column.categories[code]!),
    missing: ownFeature ? 'feature' : readAsMode ? 0 : 'zeros',
    other: ranked.length > kept.length,
  }
}

const fitColumn = (column: FrameColumn, rows: Int32Array, prepare: Prepare): PreparedColumn =>
  column.kind === 'number' ? fitNumber(column, rows, prepare) : fitCategory(column, rows, prepare)

/** Numbers in numeric order, else by code unit: the same order on every machine. */
export function sortClasses(classes: readonly string[]): string[] {
  const numeric = classes.every((value) => value.trim() !== '' && Number.isFinite(Number(value)))
  return classes.toSorted((a, b) => (numeric && Number(a) - Number(b)) || (a < b ? -1 : a > b ? 1 : 0))
}

/** Which classes exist is the question, not something learnt: rare ones may be absent from the training rows. */
export function fitClasses(target: CategoryColumn): { kind: 'classes'; name: string; classes: string[] } {
  const used = new Set(target.codes)
  const classes = sortClasses(target.categories.filter((_, code) => used.has(code)))
  return { kind: 'classes', name: target.name, classes }
}

function fitTarget(target: FrameColumn, recipe: TableRecipe, rows: Int32Array): TablePreparation['target'] {
  if (recipe.task === 'classification') {
    if (target.kind !== 'category')
      throw new DescentError(
        'badRecipe',
        `Classification needs categories, but "${target.name}" is read as numbers. Set its kind to category.`,
        'task',
      )
    const fitted = fitClasses(target)
    if (fitted.classes.length < 2)
      throw new DescentError(
        'badData',
        `The target column "${target.name}" has ${fitted.classes.length === 0 ? 'no values' : `one class only (${fitted.classes[0]})`}: there is nothing to tell apart. Choose another target.`,
      )
    return fitted
  }
  if (target.kind !== 'number')
    throw new DescentError(
      'badRecipe',
      `Regression needs numbers, but "${target.name}" is read as categories. Set its kind to number, or the task to classification.`,
      'task',
    )
  const { mean, std } = momentsOf(Float64Array.from(rows, (row) => target.values[row]!))
  if (std === 0)
    throw new DescentError(
      'badData',
      `The target column "${target.name}" has the same value (${mean}) in every training row: there is nothing to predict. Choose another target.`,
    )
  return { kind: 'number', name: target.name, mean, std: usableScale(std) }
}

/**
 * Loss weights n / (k · count), the "balanced" ones of scikit-learn; a class without training rows never enters the loss.
 * null where the loss is not to be weighted.
 */
export function fitClassWeights(
  target: CategoryColumn,
  classes: readonly string[],
  rows: Int32Array,
  imbalance: Prepare['imbalance'],
): number[] | null {
  if (imbalance === 'none') return null
  const { counts } = countCodes(target, rows)
  return classes.map((name) => {
    const count = counts[target.categories.indexOf(name)]!
    return count === 0 ? 0 : rows.length / (classes.length * count)
  })
}

export function fitPreparation(frame: Frame, recipe: TableRecipe, trainRows: Int32Array): TablePreparation {
  const features = recipe.data.columns.filter((column) => column.role === 'feature')
  if (features.length === 0)
    throw new DescentError(
      'badRecipe',
      'No column is a feature. Give at least one column the role feature.',
      'data.columns',
    )
  const columns = features
    .map(({ name }) => fitColumn(columnNamed(frame, name), trainRows, recipe.prepare))
    // A category column without a single value in training would add no feature.
    .filter((column) => featureNamesOf(column).length > 0)
  if (columns.length === 0)
    throw new DescentError('badData', 'Every feature is empty in the training rows. Choose other features.')
  const targetColumn = targetOf(frame, recipe)
  const target = fitTarget(targetColumn, recipe, trainRows)
  return {
    version: preparationVersion,
    kind: 'table',
    task: recipe.task,
    columns,
    target,
    featureNames: columns.flatMap(featureNamesOf),
    classWeights:
      target.kind === 'classes' && targetColumn.kind === 'category'
        ? fitClassWeights(targetColumn, target.classes, trainRows, recipe.prepare.imbalance)
        : null,
    trainRows: trainRows.length,
  }
}
