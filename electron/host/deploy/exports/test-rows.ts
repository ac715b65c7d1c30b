/** Rows of the test, typed as they stand in the data, as an exported file takes them; and what its answers come to. */
import { feedsOf } from '../../../../resources/portable/reader.js'
import type { MetricInterval } from '../../../contract/index.ts'
import type { Frame, FrameColumn } from '../../datasets/frame.ts'
import { evaluateOutputs } from '../../evaluate/evaluate.ts'
import { pickRows } from '../../prepare/pick-rows.ts'
import type { Prepared } from '../../prepare/prepare-data.ts'
import type { Preparation } from '../../prepare/preparation.ts'
import { functionsOfTask } from '../../tasks/index.ts'
import type { FittedTarget } from '../../tasks/target.ts'
import type { PredictionColumns } from '../table.ts'
import type { Signature } from './signature.ts'

/** Rows of the test as they stand in the data. */
export interface TestRows {
  readonly frame: Frame
  /** Which rows of the test these are, evenly spaced. */
  readonly places: Int32Array
  /** How many the test has. */
  readonly of: number
  /** Metrics by name, of what the network says of these rows. */
  measure(outputs: ArrayLike<number>): Readonly<Record<string, number>>
  /** Between which values these metrics may be with 95 %. */
  intervals(outputs: ArrayLike<number>): Readonly<Record<string, MetricInterval>>
}

/** So many numbers below `total`, or all of them, as far from each other as they come. */
export function evenly(total: number, most: number): Int32Array<ArrayBuffer> {
  const count = Math.min(total, most)
  return Int32Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * total) / count))
}

/** At most so many of data as they were prepared, with what the network's outputs come to. */
export function testRowsOf(prepared: Prepared, preparation: Preparation, most: number): TestRows | 'none' {
  const { split, features } = prepared
  const places = evenly(split.test.length, most)
  if (places.length === 0) return 'none'
  const test = places.map((place) => split.test[place]!)
  const own = { ...prepared, preparation, split: { ...split, test } }
  return {
    frame: { rows: test.length, columns: features.map((column) => pickColumn(column, test)) },
    places,
    of: split.test.length,
    measure: (outputs) =>
      evaluateOutputs(own, 'test', outputs, { intervals: [] }).metrics as Record<string, number>,
    intervals: (outputs) => evaluateOutputs(own, 'test', outputs).intervals ?? {},
  }
}

function pickColumn(column: FrameColumn, rows: Int32Array): FrameColumn {
  if (column.kind === 'category')
    return { ...column, codes: pickRows(column.codes, column.codes.length, rows) }
  if (column.kind === 'text')
    return { ...column, values: Array.from(rows, (row) => column.values[row] ?? '') }
  if (column.kind !== 'image')
    return { ...column, values: Float64Array.from(rows, (row) => column.values[row]!) }
  const total = column.pixels.length / (column.channels * column.height * column.width)
  const missing = column.missing && Uint8Array.from(rows, (row) => column.missing![row]!)
  return { ...column, pixels: pickRows(column.pixels, total, rows), ...(missing && { missing }) }
}

/** Typed cells as the file takes them. */
export function feedsOfFrame(
  frame: Frame,
  signature: Signature,
  encoded: Readonly<Record<string, ArrayLike<number>>>,
) {
  const rows = Array.from({ length: frame.rows }, (_, row) =>
    Object.fromEntries(
      frame.columns.map((column): [string, unknown] => {
        const { name } = column
        if (column.kind === 'category') return [name, column.categories[column.codes[row]!] ?? null]
        if (column.kind === 'text') return [name, column.values[row]]
        if (column.kind === 'image') {
          const size = column.channels * column.height * column.width
          // Where one is missing, what stands for it.
          const pixels = encoded[`pixels.${name}`] as Uint8Array
          return [name, pixels.subarray(row * size, (row + 1) * size)]
        }
        return [name, null]
      }),
    ),
  )
  const { feeds } = feedsOf(signature, rows)
  const numbers = frame.columns.flatMap((column) => {
    const feed = feeds[column.name]
    if (feed === undefined || (column.kind !== 'number' && column.kind !== 'date')) return []
    const whole = column.kind === 'date' && feed.dtype === 'float32' && isDay(signature, column.name)
    const values = whole ? column.values.map(Math.floor) : column.values
    const data = feed.dtype === 'float64' ? Float64Array.from(values) : Float32Array.from(values)
    return [[column.name, { ...feed, data }] as const]
  })
  return { ...feeds, ...Object.fromEntries(numbers) }
}
/** Days are written by formats, times of day are not. */
const isDay = ({ inputs }: Signature, name: string): boolean =>
  inputs.find((input) => input.name === name)?.reading?.['formats'] !== undefined

/** Of probabilities or numbers that a file answers, what the network would have said. */
export function outputsOf(
  answers: readonly Readonly<Record<string, unknown>>[],
  wanted: PredictionColumns,
  preparation: Preparation,
): ArrayLike<number> {
  // prettier-ignore
  const { task, target } = preparation
  const functions = functionsOfTask(task)
  const numbers = wanted.names.filter((_, i) => typeof wanted.values[i]![0] === 'number')
  const valueOf = (row: number, name: string): number => Number(answers[row]![name])
  if (target.kind === 'numbers')
    return functions.encode(
      target.columns.map(({ name }, k) => ({
        kind: 'number' as const,
        name,
        values: Float64Array.from(answers, (_, row) => valueOf(row, numbers[k]!)),
      })) as never,
      target,
    )
  const { of, outputs } = functions.plain(target)
  const scores = new Float64Array(answers.length * outputs)
  const least = 1e-45
  answers.forEach((_, row) => {
    for (let k = 0; k < outputs; k++) {
      const p = valueOf(row, numbers[of === 'yesOrNo' && target.kind === 'classes' ? 1 : k]!)
      const rest = of === 'yesOrNo' && target.kind === 'classes' ? valueOf(row, numbers[0]!) : 1 - p
      scores[row * outputs + k] =
        of === 'classes' ? Math.log(Math.max(p, least)) : Math.log(Math.max(p, least) / Math.max(rest, least))
    }
  })
  const said = functions.fromPlain(target, scores)
  const warmth = temperatureOf(target)
  return warmth === 1 ? said : Float64Array.from(said, (value) => value * warmth)
}
const temperatureOf = (target: FittedTarget): number =>
  target.kind === 'classes' ? (target.temperature?.value ?? 1) : 1
