/**
 * Whether an exported file says what Descent says: asked in rows of the test and in rows that no training saw, of which both are told
 * nothing but the texts. A file that says otherwise is not handed out.
 */
import { createHash } from 'node:crypto'
import { answersOf, feedsOf, type Feed } from '../../../../resources/portable/reader.js'
import { DescentError, formatCount, formatMetric, keptAs, metricOf, plural } from '../../../contract/index.ts'
import type { Frame, FrameColumn } from '../../datasets/frame.ts'
import type { Cell } from '../../kinds/index.ts'
import { withDuckDB } from '../../kinds/table/duckdb.ts'
import { sizeOfInputs } from '../../model/input.ts'
import { encode } from '../../prepare/encode.ts'
import type { Preparation } from '../../prepare/preparation.ts'
import { readRows } from '../../rest/values.ts'
import { functionsOfTask } from '../../tasks/index.ts'
import type { FittedTarget } from '../../tasks/target.ts'
import { networkOf } from '../../training/data.ts'
import { predict } from '../../training/predict.ts'
import type { LoadedModel } from '../folder.ts'
import { predictionColumns, type PredictionColumns } from '../table.ts'
import { hostileRows } from './hostile.ts'
import { openOnnx, type OnnxOutputs } from './runtime.ts'
import type { Signature } from './signature.ts'
import { columnInputs, missingOf } from './inputs.ts'
import { evaluateOutputs } from '../../evaluate/evaluate.ts'
import { pickRows } from '../../prepare/pick-rows.ts'
import type { Prepared } from '../../prepare/prepare-data.ts'

/** Two probabilities that differ by more, or two numbers by more of their size, are not the same. */
export const mostDifference = 1e-5

interface Held {
  readonly rows: number
  /** By what is predicted: how far apart at most. */
  readonly largest: Readonly<Record<string, number>>
  /** Rows in which two answers are so close to each other that either may be said. */
  readonly closeCalls: number
}

export interface Certificate {
  readonly format: 'descent-certificate'
  readonly formatVersion: 1
  readonly artifact: string
  readonly sha256: string
  readonly computedBy: string
  readonly hostile: Held
  /** Of the rows of the test, and the metrics of both; null: the data were not at hand. */
  readonly test:
    | (Held & { readonly metrics: Readonly<Record<string, readonly [descent: number, exported: number]>> })
    | null
}

/** Rows of the test as they stand in the data. */
export interface TestRows {
  readonly frame: Frame
  /** Metrics by name, of what the network says of these rows. */
  measure(outputs: ArrayLike<number>): Readonly<Record<string, number>>
}

const infinite = (value: number): number =>
  Math.abs(value) > 3.4028234663852886e38 ? Math.sign(value) * Infinity : value

/** How far two numbers are apart, as a share of `scale`. */
export function apart(wanted: number, got: number, scale: number | null): number {
  const [one, other] = [infinite(wanted), infinite(got)]
  if (Object.is(one, other) || one === other || (Number.isNaN(one) && Number.isNaN(other))) return 0
  const difference = Math.abs(one - other)
  if (!Number.isFinite(difference)) return Infinity
  if (scale === null) return difference
  const size = Math.max(Math.abs(one), scale)
  // What is undone of a logarithm grows in relative error with what it was the logarithm of.
  return difference / (size * (1 + Math.log1p(size / scale)))
}

const median = (values: readonly number[]): number => {
  const sorted = values
    .filter(Number.isFinite)
    .map(Math.abs)
    .toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** What is said where each of the network's outputs is a hair more or less: where two answers are alike, either is right. */
function alsoSaid(preparation: Preparation, outputs: readonly number[], names: readonly string[]) {
  const said = new Map<string, Set<Cell>>()
  const hair = 4 * mostDifference
  for (const [k, output] of outputs.entries())
    for (const sign of [-1, 1]) {
      const shifted = outputs.with(k, output + sign * hair * Math.max(1, Math.abs(output)))
      const { names: columns, values } = predictionColumns(shifted, preparation, names)
      columns.forEach((name, i) => said.set(name, (said.get(name) ?? new Set()).add(values[i]![0] ?? null)))
    }
  return said
}

export interface Disagreement {
  readonly row: number
  readonly column: string
  readonly wanted: Cell
  readonly got: unknown
}

/** Holds what a file answers against what Descent says of the same rows. `outputs`: of the network, rows × units. */
export function compareAnswers(
  {
    preparation,
    wanted,
    outputs,
    inputNames,
  }: {
    readonly preparation: Preparation
    readonly wanted: PredictionColumns
    readonly outputs: ArrayLike<number>
    readonly inputNames: readonly string[]
  },
  answers: readonly Readonly<Record<string, unknown>>[],
): { readonly held: Held; readonly disagreement: Disagreement | null } {
  const largest: Record<string, number> = {}
  const close = new Set<number>()
  let disagreement: Disagreement | null = null
  const units = outputs.length / Math.max(1, answers.length)
  wanted.names.forEach((column, i) => {
    const cells = wanted.values[i]!
    const isNumber = cells.every((cell) => typeof cell === 'number')
    const isShare = isNumber && column.startsWith('probability_')
    const scale = isNumber && !isShare ? median(cells as number[]) || 1 : null
    answers.forEach((answer, row) => {
      const [cell, got] = [cells[row]!, answer[column]]
      if (isNumber) {
        const difference = typeof got === 'number' ? apart(cell as number, got, scale) : Infinity
        largest[column] = Math.max(largest[column] ?? 0, difference)
        if (difference > mostDifference) disagreement ??= { row, column, wanted: cell, got }
      } else if (cell !== got) {
        const own = Array.from({ length: units }, (_, k) => outputs[row * units + k]!)
        if (
          alsoSaid(preparation, own, inputNames)
            .get(column)
            ?.has(got as Cell)
        )
          close.add(row)
        else disagreement ??= { row, column, wanted: cell, got }
      }
    })
  })
  return { held: { rows: answers.length, largest, closeCalls: close.size }, disagreement }
}

/** Pictures may be large, and networks slow: fewer rows of them, but never so few that they say nothing. */
export const rowsWithin = (asked: number, numbers: number, multiplyAdds: number): number =>
  Math.min(asked, Math.max(64, Math.floor(Math.min(16e6 / numbers, 2e10 / Math.max(1, multiplyAdds)))))

/** As the file takes them: numbers as float32. */
function asTaken(column: FrameColumn, { inputs }: Signature): FrameColumn {
  if (column.kind !== 'number') return column
  const input = inputs.find(({ name }) => name === column.name)
  return input?.dtype === 'float32' ? { ...column, values: column.values.map(Math.fround) } : column
}

const perRun = 256

async function asked(
  run: (feeds: Readonly<Record<string, Feed>>) => Promise<OnnxOutputs>,
  signature: Signature,
  feeds: Readonly<Record<string, Feed>>,
  rows: number,
): Promise<Record<string, string | number>[]> {
  const answers: Record<string, string | number>[] = []
  for (let from = 0; from < rows; from += perRun) {
    const count = Math.min(perRun, rows - from)
    const some = Object.entries(feeds).map(([name, { dtype, shape, data }]) => {
      const size = shape.slice(1).reduce((product, extent) => product * extent, 1)
      return [name, { dtype, shape: [count, ...shape.slice(1)], data: data.slice(from * size, (from + count) * size) }] as [string, Feed] // prettier-ignore
    })
    answers.push(...answersOf(signature, await run(Object.fromEntries(some)), count))
  }
  return answers
}

/** Hostile rows as Descent reads them. */
async function frameOf(rows: readonly Record<string, unknown>[], model: LoadedModel): Promise<Frame> {
  const { preparation, provenance } = model.document
  const isPicture = ({ kind }: { readonly kind: Preparation['columns'][number]['kind'] }) =>
    keptAs(kind) === 'image'
  const written = preparation.columns.filter((column) => !isPicture(column))
  const { frame } = await withDuckDB((connection) =>
    readRows(connection, rows, written, missingOf(provenance.recipe)),
  )
  const pictures = preparation.columns.filter(isPicture).map(({ name, encoder }): FrameColumn => {
    const { channels, height, width } = encoder as unknown as {
      channels: number
      height: number
      width: number
    }
    const pixels = new Uint8Array(rows.length * channels * height * width)
    rows.forEach((row, i) => pixels.set(row[name] as Uint8Array, i * channels * height * width))
    return { kind: 'image', name, channels, height, width, pixels }
  })
  return { rows: rows.length, columns: [...frame.columns, ...pictures] }
}

/** So many rows that no training saw, as Descent reads them. */
export async function hostileFrame(model: LoadedModel, count: number): Promise<Frame> {
  const rows = hostileRows(model.document.preparation.columns, columnInputs(model.document), count)
  return await frameOf(rows, model)
}

/** Of data as they were prepared, with what the network's outputs come to. */
export function testRowsOf(prepared: Prepared, preparation: Preparation): TestRows | null {
  const { split, features } = prepared
  if (split.test.length === 0) return null
  return {
    frame: { rows: split.test.length, columns: features.map((column) => pickColumn(column, split.test)) },
    measure: (outputs) =>
      evaluateOutputs({ ...prepared, preparation }, 'test', outputs, { intervals: false }).metrics as Record<string, number>, // prettier-ignore
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
function feedsOfFrame(
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
    const whole = column.kind === 'date' && feed.dtype === 'float32' && !isTime(signature, column.name)
    const values = whole ? column.values.map(Math.floor) : column.values
    const data = feed.dtype === 'float64' ? Float64Array.from(values) : Float32Array.from(values)
    return [[column.name, { ...feed, data }] as const]
  })
  return { ...feeds, ...Object.fromEntries(numbers) }
}
const isTime = ({ inputs }: Signature, name: string): boolean =>
  inputs.find((input) => input.name === name)?.reading?.['parser'] === 'times'

/** Of probabilities or numbers that a file answers, what the network would have said. */
function outputsOf(
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

const cellText = (value: unknown): string =>
  value instanceof Uint8Array ? `a picture of ${plural(value.length, 'byte')}` : JSON.stringify(value ?? null).slice(0, 60) // prettier-ignore

/** The row in words, but for columns that would fill a page. */
function rowText(row: Readonly<Record<string, unknown>>): string {
  const cells = Object.entries(row).map(([name, value]) => `${name.slice(0, 40)}: ${cellText(value)}`)
  return cells.slice(0, 12).join(', ') + (cells.length > 12 ? `, … (${cells.length} columns)` : '')
}

const refused = (artifact: string, { column, wanted, got }: Disagreement, row: string): DescentError =>
  new DescentError(
    'unavailable',
    `${artifact} does not say what Descent says, and was not written: of {${row}} its ${column} is ${cellText(got)}, and Descent’s ${cellText(wanted)}. Choose other preparation steps, or another format.`,
    'format',
  )

/** Errors: a DescentError that names the row in which the file says something else. */
export async function certify(
  model: LoadedModel,
  { artifact, file, signature }: { artifact: string; file: Uint8Array; signature: Signature },
  { rows: most, multiplyAdds, test }: { rows: number; multiplyAdds: number; test: TestRows | null },
): Promise<Certificate> {
  const { architecture, preparation } = model.document
  const network = networkOf(architecture, preparation)
  const inputNames = preparation.columns.map(({ name }) => name)
  const runtime = await openOnnx(file)
  const held = async (
    frame: Frame,
    feedsFor: (encoded: Encoded) => Readonly<Record<string, Feed>>,
    tell: (row: number) => string,
  ) => {
    // prettier-ignore
    const { inputs } = encode({ ...frame, columns: frame.columns.map((column) => asTaken(column, signature)) }, preparation) // prettier-ignore
    const outputs = await predict(network, model.weights, { rows: frame.rows, inputs })
    const wanted = predictionColumns(outputs, preparation, inputNames)
    const answers = await asked((feeds) => runtime.run(feeds), signature, feedsFor(inputs), frame.rows)
    const { held, disagreement } = compareAnswers({ preparation, wanted, outputs, inputNames }, answers)
    if (disagreement !== null) throw refused(artifact, disagreement, tell(disagreement.row))
    return { held, outputs, wanted, answers }
  }
  try {
    const count = rowsWithin(most, sizeOfInputs(network.inputs), multiplyAdds)
    const rows = hostileRows(preparation.columns, signature.inputs, count)
    const hostile = await held(await frameOf(rows, model), () => feedsOf(signature, rows).feeds, (row) => rowText(rows[row]!)) // prettier-ignore
    const tested = test && (await heldInTest(test, signature, preparation, held))
    return {
      format: 'descent-certificate',
      formatVersion: 1,
      artifact,
      sha256: createHash('sha256').update(file).digest('hex'),
      computedBy: runtime.name,
      hostile: hostile.held,
      test: tested,
    }
  } finally {
    await runtime.close()
  }
}
type Encoded = ReturnType<typeof encode>['inputs']

async function heldInTest(
  { frame, measure }: TestRows,
  signature: Signature,
  preparation: Preparation,
  held: (frame: Frame, feeds: (encoded: Encoded) => Readonly<Record<string, Feed>>, tell: (row: number) => string) => Promise<{ held: Held; outputs: ArrayLike<number>; wanted: PredictionColumns; answers: Record<string, string | number>[] }>, // prettier-ignore
): Promise<Certificate['test']> {
  const found = await held(frame, (encoded) => feedsOfFrame(frame, signature, encoded), (row) => `row ${row + 1} of the test`) // prettier-ignore
  const [own, exported] = [
    measure(found.outputs),
    measure(outputsOf(found.answers, found.wanted, preparation)),
  ]
  const metrics = Object.entries(own).map(([name, value]) => [name, [value, exported[name] ?? NaN]] as const)
  return { ...found.held, metrics: Object.fromEntries(metrics) }
}

const largestOf = ({ largest }: Held): number => Math.max(0, ...Object.values(largest))
const apartText = (held: Held): string => {
  const most = largestOf(held)
  const close = held.closeCalls === 0 ? '' : `, and in ${plural(held.closeCalls, 'row')} two answers are too close to tell apart` // prettier-ignore
  return `${most === 0 ? 'the same in every digit' : `at most ${most.toExponential(1)} apart`}${close}`
}

/** In a sentence. */
export const certificateText = ({ hostile, test }: Certificate): string =>
  `It says what Descent says in ${formatCount(hostile.rows)} hostile rows (${apartText(hostile)})${test === null ? '' : ` and ${plural(test.rows, 'row')} of the test (${apartText(test)})`}.`

/** For people, in Markdown. */
export function certificateLines({ artifact, computedBy, hostile, test }: Certificate): string[] {
  const headline = Object.entries(test?.metrics ?? {}).filter(([name]) => metricOf(name)?.headline === true)
  return [
    '## Certificate',
    '',
    `\`${artifact}\`, run by ${computedBy}, says what Descent says. \`certificate.json\` has the numbers.`,
    '',
    `- ${formatCount(hostile.rows)} hostile rows, with gaps, unseen values, other spellings and extremes: ${apartText(hostile)}.`,
    test === null
      ? '- Rows of the test: not compared, for the data were not at hand.'
      : `- ${formatCount(test.rows)} rows of the test: ${apartText(test)}.`,
    ...headline.map(
      ([name, [descent, exported]]) =>
        `- ${metricOf(name)?.label ?? name} on the test: ${formatMetric(name, descent)} in Descent, ${formatMetric(name, exported)} in the file.`,
    ),
    '',
  ]
}
