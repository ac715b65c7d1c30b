/** Applies a preparation to any frame that has its columns: training data or a file to predict. */
import { DescentError } from '../../contract/index.ts'
import type { CategoryColumn, Frame, NumberColumn } from '../datasets/frame.ts'
import {
  featureNamesOf,
  type PreparedCategory,
  type PreparedNumber,
  type TablePreparation,
} from './preparation.ts'

export interface Transformed {
  /** rows × featureCount, row-major. */
  readonly features: Float32Array
  readonly featureCount: number
  /**
   * Classification: class index, -1 where missing or unknown. Regression: scaled value, NaN where missing.
   * null when the frame has no target column.
   */
  readonly target: Int32Array | Float32Array | null
  readonly rows: number
  /** Sentences about what did not fit: values imputed, categories never seen in training. */
  readonly notes: readonly string[]
}

const largestFloat32 = 3.4028234663852886e38
/** Above this a Float32Array is refused; a matrix that large would not fit beside its gradients either. */
const mostElements = 2 ** 30

const clamp = (value: number) => Math.min(Math.max(value, -largestFloat32), largestFloat32)

interface Target {
  readonly features: Float32Array
  readonly stride: number
  readonly offset: number
  readonly notes: string[]
}

const rowsOf = (count: number) => `${count} ${count === 1 ? 'row' : 'rows'}`

function writeNumber(
  source: NumberColumn,
  column: PreparedNumber,
  { features, stride, offset, notes }: Target,
): void {
  const imputed = clamp((column.impute - column.center) / column.scale)
  let missing = 0
  for (let row = 0; row < source.values.length; row++) {
    const value = source.values[row]!
    const at = row * stride + offset
    if (Number.isNaN(value)) {
      missing++
      features[at] = imputed
      if (column.indicator) features[at + 1] = 1
    } else features[at] = clamp((value - column.center) / column.scale)
  }
  if (missing > 0)
    notes.push(`${column.name}: ${rowsOf(missing)} without a value were given ${column.impute}.`)
}

function writeCategory(
  source: CategoryColumn,
  column: PreparedCategory,
  { features, stride, offset, notes }: Target,
): void {
  const known = new Map(column.categories.map((category, index) => [category, index]))
  const otherIndex = column.other ? column.categories.length : -1
  const missingIndex =
    typeof column.missing === 'number'
      ? column.missing
      : column.missing === 'feature'
        ? column.categories.length + Number(column.other)
        : -1
  const featureOf = Int32Array.from(source.categories, (category) => known.get(category) ?? otherIndex)
  let unseen = 0
  for (let row = 0; row < source.codes.length; row++) {
    const code = source.codes[row]!
    const feature = code === -1 ? missingIndex : featureOf[code]!
    if (feature !== -1) features[row * stride + offset + feature] = 1
    else if (code !== -1) unseen++
  }
  if (unseen > 0)
    notes.push(
      `${column.name}: ${rowsOf(unseen)} with categories that were not in the training data; their features are all 0.`,
    )
}

function targetValues(
  frame: Frame,
  target: TablePreparation['target'],
  notes: string[],
): Transformed['target'] {
  const column = frame.columns.find(({ name }) => name === target.name)
  if (column === undefined) return null
  if (target.kind === 'number')
    return column.kind === 'number'
      ? Float32Array.from(column.values, (value) => (value - target.mean) / target.std)
      : null
  if (column.kind !== 'category') return null
  const classes = new Map(target.classes.map((name, index) => [name, index]))
  const indexOf = column.categories.map((name) => classes.get(name) ?? -1)
  const unknown = column.categories.filter((_, code) => indexOf[code] === -1)
  if (unknown.length > 0)
    notes.push(
      `${target.name}: the model does not know the ${unknown.length === 1 ? 'class' : 'classes'} ${unknown.slice(0, 5).join(', ')}.`,
    )
  return Int32Array.from(column.codes, (code) => (code === -1 ? -1 : indexOf[code]!))
}

export function transform(frame: Frame, preparation: TablePreparation): Transformed {
  const byName = new Map(frame.columns.map((column) => [column.name, column]))
  const absent = preparation.columns.filter(({ name }) => !byName.has(name)).map(({ name }) => name)
  if (absent.length > 0)
    throw new DescentError(
      'badData',
      `The data lacks ${absent.length === 1 ? 'the column' : `${absent.length} columns`} that the model needs: ${absent.slice(0, 10).join(', ')}${absent.length > 10 ? ', …' : ''}.`,
    )
  const stride = preparation.featureNames.length
  if (frame.rows * stride > mostElements)
    throw new DescentError(
      'badRecipe',
      `${frame.rows} rows × ${stride} features need ${Math.round((frame.rows * stride * 4) / 2 ** 30)} GiB. Use fewer columns, or lower the most categories per column.`,
      'prepare.encode.maxCategories',
    )
  const features = new Float32Array(frame.rows * stride)
  const notes: string[] = []
  let offset = 0
  for (const column of preparation.columns) {
    const source = byName.get(column.name)!
    const target = { features, stride, offset, notes }
    if (column.kind === 'number' && source.kind === 'number') writeNumber(source, column, target)
    else if (column.kind === 'category' && source.kind === 'category') writeCategory(source, column, target)
    else
      throw new DescentError(
        'badData',
        `The column "${column.name}" was read as ${source.kind}, but the model was trained on it as ${column.kind}.`,
      )
    offset += featureNamesOf(column).length
  }
  const target = targetValues(frame, preparation.target, notes)
  return { features, featureCount: stride, target, rows: frame.rows, notes }
}
