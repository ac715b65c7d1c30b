/** A number, or several at once: an output for each target column. */
import {
  DescentError,
  regression as words,
  taskOf,
  type OutputRange,
  type Recipe,
} from '../../contract/index.ts'
import type { NumberColumn } from '../datasets/frame.ts'
import type { NumberEvidence, Predicted } from '../evaluate/evidence.ts'
import { metricsOf } from '../evaluate/metrics.ts'
import { momentsOf } from '../prepare/statistics.ts'
import { applySteps, exportUndoneSteps, fitSteps, undoSteps } from '../prepare/steps/index.ts'
import type { FittedTargetOf } from './target.ts'
import { someOf, type TargetColumns, type TaskFunctions } from './task.ts'

type Numbers = FittedTargetOf<'numbers'>

const task = words.name
const mostPoints = 2000
/** Targets of one row. */
const mostTold = 6
const residualBins = 30

const columnsOf = (columns: TargetColumns): NumberColumn[] =>
  columns.map((column) => {
    if (column.kind === 'number') return column
    throw new DescentError(
      'badRecipe',
      `The task “${taskOf(task).label}” needs numbers, but "${column.name}" is read as categories. Set its kind to number, or choose another task.`,
      'task',
    )
  })

/** So much of what training saw is added on either side. */
const room = 0.05

/** A little more than training saw, but not across zero: what was never negative has a reason. */
function rangeOf(values: Float64Array): OutputRange {
  const [low, high] = [
    values.reduce((least, value) => Math.min(least, value), Infinity),
    values.reduce((most, value) => Math.max(most, value), -Infinity),
  ]
  const more = room * (high - low)
  return {
    least: low >= 0 ? Math.max(0, low - more) : low - more,
    most: high <= 0 ? Math.min(0, high + more) : high + more,
  }
}

/** The range in what the network learns. */
function boundsOf({ name, steps, range }: Numbers['columns'][number]): readonly [number, number] | null {
  if (range === undefined) return null
  const ends = applySteps({ kind: 'number', name, values: Float64Array.of(range.least, range.most) }, steps)
  if (ends.kind !== 'number') return null
  const [low = -Infinity, high = Infinity] = ends.values.toSorted()
  return [low, high]
}

/** Of each target, in the order of the outputs; null: none is held. */
export function learnedBounds({ columns }: Numbers): (readonly [number, number])[] | null {
  const bounds = columns.map(boundsOf)
  return bounds.every((one) => one === null) ? null : bounds.map((one) => one ?? [-Infinity, Infinity])
}

/** Outputs of the network, held within the ranges of their targets. */
function held({ columns }: Numbers, outputs: ArrayLike<number>): ArrayLike<number> {
  const bounds = learnedBounds({ kind: 'numbers', columns })
  if (bounds === null) return outputs
  return Float64Array.from(outputs, (value, i) => {
    const [low, high] = bounds[i % bounds.length]!
    return Math.min(high, Math.max(low, value))
  })
}

function fitNumber(
  column: NumberColumn,
  { target, training }: Recipe,
  rows: Int32Array,
): Numbers['columns'][number] {
  const { name, values } = column
  const learned = Float64Array.from(rows, (row) => values[row]!)
  const { mean, std } = momentsOf(learned)
  if (std === 0)
    throw new DescentError(
      'badData',
      `The target column "${name}" has the same value (${mean}) in every training row: there is nothing to predict. Choose another target.`,
    )
  return {
    name,
    mean,
    steps: fitSteps(column, rows, target.steps).steps,
    ...(training.range === 'seen' && { range: rangeOf(learned) }),
  }
}

function encodeNumbers(columns: readonly NumberColumn[], target: Numbers): Float32Array<ArrayBuffer> {
  const width = target.columns.length
  const encoded = new Float32Array(columns[0]!.values.length * width)
  target.columns.forEach(({ name, steps }, at) => {
    const column = columns.find((one) => one.name === name)
    if (column === undefined)
      throw new DescentError('badData', `The data has no target "${name}" of the kind that was trained on.`)
    const prepared = applySteps(column, steps)
    if (prepared.kind === 'number')
      prepared.values.forEach((value, row) => (encoded[row * width + at] = value))
  })
  return encoded
}

/** Every tenth of the rows by value, so that a stratified split sees every range. */
function deciles(values: Float64Array, rows: Int32Array): Int32Array {
  const order = rows.toSorted((a, b) => values[a]! - values[b]! || a - b)
  const groups = new Int32Array(values.length)
  const count = Math.max(1, Math.min(10, Math.floor(rows.length / 3)))
  for (let i = 0; i < order.length; i++) groups[order[i]!] = Math.floor((i * count) / order.length)
  return groups
}

/** What the network learned from, in each target's own unit. */
const inOwnUnits = ({ columns }: Numbers, values: ArrayLike<number>): Float64Array[] =>
  columns.map(({ steps }, at) => {
    const own = new Float64Array(values.length / columns.length)
    for (let row = 0; row < own.length; row++) own[row] = values[row * columns.length + at] ?? NaN
    return undoSteps(own, steps)
  })

/** What the network says, in each target's own unit. */
const saidOf = (target: Numbers, outputs: ArrayLike<number>): Float64Array[] =>
  inOwnUnits(target, held(target, outputs))

/** `row`: its place among these. */
function evenly({ actual, predicted }: Predicted): { actual: number; predicted: number; row: number }[] {
  const count = Math.min(actual.length, mostPoints)
  return Array.from({ length: count }, (_, i) => {
    const row = Math.floor((i * actual.length) / count)
    return { actual: actual[row] ?? 0, predicted: predicted[row] ?? 0, row }
  })
}

/** Histogram of predicted − actual, symmetric about zero so that bias shows. */
function residualsOf({ actual, predicted }: Predicted): { edges: number[]; counts: number[] } {
  const residuals = Float64Array.from(predicted, (value, row) => value - (actual[row] ?? 0))
  const largest = residuals.reduce((max, value) => Math.max(max, Math.abs(value)), 0) || 1
  const width = (2 * largest) / residualBins
  const edges = Array.from({ length: residualBins + 1 }, (_, i) => -largest + i * width)
  const counts = new Array<number>(residualBins).fill(0)
  for (const residual of residuals) {
    const bin = Math.min(residualBins - 1, Math.floor((residual + largest) / width))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return { edges, counts }
}

const pairs = (actual: readonly ArrayLike<number>[], predicted: readonly ArrayLike<number>[]): Predicted[] =>
  predicted.map((values, at) => ({ actual: actual[at] ?? [], predicted: values }))

/** Always the training mean: the best constant answer in squared error. */
export const meanOf = (
  { columns }: Pick<Numbers, 'columns'>,
  originals: readonly ArrayLike<number>[],
): NumberEvidence => ({
  targets: pairs(
    originals,
    columns.map(({ mean }, at) => new Float64Array(originals[at]?.length ?? 0).fill(mean)),
  ),
})

export const regression: TaskFunctions<Numbers> = {
  fit: (columns, recipe, rows) => ({
    kind: 'numbers',
    columns: columnsOf(columns).map((column) => fitNumber(column, recipe, rows)),
  }),
  units: ({ columns }) => columns.length,
  choices: () => 1,
  encode: (columns, target) => encodeNumbers(columnsOf(columns), target),
  strata: (columns, rows) => {
    const [column, ...others] = columnsOf(columns)
    return column === undefined || others.length > 0 ? null : deciles(column.values, rows)
  },
  balance: () => null,
  lossWeights: (balanced) => balanced,
  count: () => null,
  plain: ({ columns }) => ({ of: 'numbers', outputs: columns.length }),
  fromPlain: (_, scores) => scores,
  evidence: (target, targets, outputs) => ({
    targets: pairs(inOwnUnits(target, targets), saidOf(target, outputs)),
  }),
  evaluate: (target, { originals, outputs }) => {
    const evidence: NumberEvidence = { targets: pairs(originals, saidOf(target, outputs)) }
    return {
      evidence,
      baseline: meanOf(target, originals),
      baselineName: 'training mean',
      classification: null,
      labels: null,
      regression: evidence.targets.map((one, at) => ({
        name: target.columns[at]!.name,
        metrics: metricsOf(task, { targets: [one] }),
        baseline: metricsOf(task, meanOf({ columns: [target.columns[at]!] }, [one.actual])),
        points: evenly(one),
        residuals: residualsOf(one),
      })),
    }
  },
  answers: (target, targets, outputs) => {
    const few = target.columns.slice(0, mostTold)
    const [truth, predicted] = [inOwnUnits(target, targets), saidOf(target, outputs)]
    return Array.from({ length: targets.length / target.columns.length }, (_, row) => ({
      is: 'numbers',
      targets: few.map(({ name }, at) => ({
        name,
        truth: truth[at]![row]!,
        predicted: predicted[at]![row]!,
      })),
    }))
  },
  predictions: (target, outputs) => {
    const values = saidOf(target, outputs)
    if (values.length === 1) return [{ name: 'prediction', cells: [...values[0]!] }]
    return values.map((cells, at) => ({ name: `prediction_${target.columns[at]!.name}`, cells: [...cells] }))
  },
  // By what the network learned: of a target that goes through a logarithm, wider where it is large.
  offBy: (target, targets, outputs) => {
    const { columns } = target
    const said = held(target, outputs)
    return columns.map((_, at) =>
      Float64Array.from({ length: said.length / columns.length }, (__, row) =>
        Math.abs((said[row * columns.length + at] ?? NaN) - (targets[row * columns.length + at] ?? NaN)),
      ),
    )
  },
  within: (target, outputs, bounds) => {
    const { columns } = target
    const side = (sign: number): Float64Array[] =>
      inOwnUnits(
        target,
        Float64Array.from(
          held(target, outputs),
          (value, i) => value + sign * (bounds[i % columns.length] ?? Infinity),
        ),
      )
    const [low, high] = [side(-1), side(1)]
    return columns.flatMap(({ name }, at) => {
      const ending = columns.length === 1 ? '' : `_${name}`
      const cells = (of: Float64Array): (number | null)[] =>
        Array.from(of, (value) => (Number.isFinite(value) ? value : null))
      return [
        { name: `lower${ending}`, cells: cells(low[at]!) },
        { name: `upper${ending}`, cells: cells(high[at]!) },
      ]
    })
  },
  exportTo: (nodes, { columns }, outputs) => {
    const parts =
      columns.length === 1
        ? [outputs]
        : nodes.several('Split', [outputs], columns.length, { axis: { int: 1 } })
    const own = columns.map((column, at) => {
      const bounds = boundsOf(column)
      const said =
        bounds === null
          ? parts[at]!
          : nodes.add('Min', [
              nodes.add('Max', [parts[at]!, nodes.number(bounds[0])]),
              nodes.number(bounds[1]),
            ])
      return exportUndoneSteps(nodes, said, column.steps)
    })
    const value = own.length === 1 ? own[0]! : nodes.add('Concat', own, { axis: { int: 1 } })
    const names = columns.map(({ name }) => name)
    return [{ name: 'variable', value, dtype: 'float32', shape: [columns.length], columns: names }]
  },
  describe: ({ columns }) =>
    columns.length === 1
      ? 'a number'
      : `${columns.length} numbers (${someOf(columns.map(({ name }) => name))})`,
}
