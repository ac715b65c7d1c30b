/**
 * Whether an exported file says what Descent says: asked in rows of the test and in rows that no training saw, of which both are told
 * nothing but the texts. A file that says otherwise is not handed out.
 */
import { createHash } from 'node:crypto'
import { answersOf, feedsOf, type Feed } from '../../../../resources/portable/reader.js'
import { DescentError, formatCount, formatMetric, keptAs, metricOf, plural } from '../../../contract/index.ts'
import type { Frame, FrameColumn } from '../../datasets/frame.ts'
import { withDuckDB } from '../../kinds/table/duckdb.ts'
import { sizeOfInputs } from '../../model/input.ts'
import { rowsWithin } from '../../model/rows-within.ts'
import { encode } from '../../prepare/encode.ts'
import type { Preparation } from '../../prepare/preparation.ts'
import { readRows } from '../../rest/values.ts'
import { networkOf } from '../../training/data.ts'
import { predict } from '../../training/predict.ts'
import type { LoadedModel } from '../folder.ts'
import { predictionColumns, type PredictionColumns } from '../table.ts'
import { compareAnswers, type Disagreement, type Held } from './compare.ts'
import { hostileRows } from './hostile.ts'
import { feedsOfFrame, outputsOf, type TestRows } from './test-rows.ts'
import { apartOf, boundOf, lighterLines, lighterText, requireBearable, type LighterCost, type LighterWeights } from './lighter.ts' // prettier-ignore
import { openOnnx, type OnnxOutputs, type OnnxRuntime } from './runtime.ts'
import type { Signature } from './signature.ts'
import { columnInputs } from './inputs.ts'

export interface Certificate {
  readonly format: 'descent-certificate'
  readonly formatVersion: 1
  readonly artifact: string
  readonly sha256: string
  readonly computedBy: string
  readonly hostile: Held
  /** Of the rows of the test, and the metrics of both; null: they were not compared. */
  readonly test:
    | (Held & {
        /** How many rows the test has. */
        readonly of: number
        readonly metrics: Readonly<Record<string, readonly [descent: number, exported: number]>>
      })
    | null
  /** Why that is null. */
  readonly withoutTest: WithoutTest | null
  /** What lighter weights cost; absent: they are as trained. What stands above is then of the same graph with float32. */
  readonly lighter?: LighterCost
}
/** The data were not at hand, or have no rows for the test. */
export type WithoutTest = 'notAtHand' | 'none'

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
  answered: (count: number) => void,
): Promise<Record<string, string | number>[]> {
  const answers: Record<string, string | number>[] = []
  for (let from = 0; from < rows; from += perRun) {
    const count = Math.min(perRun, rows - from)
    const some = Object.entries(feeds).map(([name, { dtype, shape, data }]) => {
      const size = shape.slice(1).reduce((product, extent) => product * extent, 1)
      return [name, { dtype, shape: [count, ...shape.slice(1)], data: data.slice(from * size, (from + count) * size) }] as [string, Feed] // prettier-ignore
    })
    answers.push(...answersOf(signature, await run(Object.fromEntries(some)), count))
    answered(count)
  }
  return answers
}

/** Hostile rows as Descent reads them. */
async function frameOf(rows: readonly Record<string, unknown>[], model: LoadedModel): Promise<Frame> {
  const { preparation, provenance } = model.document
  const isPicture = ({ kind }: { readonly kind: Preparation['columns'][number]['kind'] }) =>
    keptAs(kind) === 'image'
  const written = preparation.columns.filter((column) => !isPicture(column))
  const { frame } = await withDuckDB((connection) => readRows(connection, rows, written, provenance.recipe))
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

/** What somebody else answers in such rows, beside what Descent says of them, on the current device. */
export async function hostileAnswers(
  model: LoadedModel,
  signature: Signature,
  rows: readonly Record<string, unknown>[],
  answers: readonly Readonly<Record<string, unknown>>[],
) {
  const frame = await frameOf(rows, model)
  return compareAnswers(await saidOf(model, signature, frame), answers)
}

/** What Descent says of rows, by their numbers as they are and as a file takes them. */
async function saidOf(model: LoadedModel, signature: Signature, frame: Frame) {
  const { architecture, preparation } = model.document
  const network = networkOf(architecture, preparation)
  const inputNames = preparation.columns.map(({ name }) => name)
  const said = async (columns: readonly FrameColumn[]) => {
    const { inputs } = encode({ ...frame, columns: [...columns] }, preparation)
    return { inputs, outputs: await predict(network, model.weights, { rows: frame.rows, inputs }) }
  }
  const { inputs, outputs } = await said(frame.columns)
  const wanted = predictionColumns(outputs, preparation, inputNames)
  const taken = frame.columns.map((column) => asTaken(column, signature))
  const rounded = taken.every((column, i) => column === frame.columns[i])
    ? wanted
    : predictionColumns((await said(taken)).outputs, preparation, inputNames)
  return { preparation, wanted, rounded, outputs, inputNames, inputs }
}

/** Errors: a DescentError that names the row in which the file says something else. */
export async function certify(
  model: LoadedModel,
  {
    artifact,
    file,
    signature,
    lighter = null,
  }: {
    artifact: string
    /** With the weights as they were trained. */
    file: Uint8Array
    signature: Signature
    /** What is written in its place. */
    lighter?: { readonly weights: LighterWeights; readonly file: Uint8Array } | null
  },
  {
    rows: most,
    multiplyAdds,
    testRows,
    progress = () => undefined,
  }: {
    rows: number
    multiplyAdds: number
    testRows: (most: number) => TestRows | WithoutTest
    progress?: (share: number) => void
  },
): Promise<Certificate> {
  const { architecture, preparation } = model.document
  const network = networkOf(architecture, preparation)
  const count = rowsWithin(most, sizeOfInputs(network.inputs), multiplyAdds)
  const test = testRows(count)
  const total = (count + (typeof test === 'string' ? 0 : test.frame.rows)) * (lighter === null ? 1 : 2)
  let done = 0
  const runtime = await openOnnx(file)
  let lightRuntime: OnnxRuntime | null = null
  const answered = (some: number): void => progress((done += some) / total)
  const held = async (
    frame: Frame,
    feedsFor: (encoded: Encoded) => Readonly<Record<string, Feed>>,
    tell: (row: number) => string,
  ) => {
    const ours = await saidOf(model, signature, frame)
    const feeds = feedsFor(ours.inputs)
    const answersBy = (one: OnnxRuntime) =>
      asked((some) => one.run(some), signature, feeds, frame.rows, answered)
    const answers = await answersBy(runtime)
    const { held, disagreement } = compareAnswers(ours, answers)
    if (disagreement !== null) throw refused(artifact, disagreement, tell(disagreement.row))
    const light = lightRuntime && (await answersBy(lightRuntime))
    return { held, outputs: ours.outputs, wanted: ours.wanted, answers, light }
  }
  try {
    lightRuntime = lighter && (await openOnnx(lighter.file))
    // As the model's own table was written: a file may say of itself what it will.
    const rows = hostileRows(preparation.columns, columnInputs(model.document), count)
    const hostile = await held(await frameOf(rows, model), () => feedsOf(signature, rows).feeds, (row) => rowText(rows[row]!)) // prettier-ignore
    const withoutTest = typeof test === 'string' ? test : null
    const found = typeof test === 'string' ? null : await heldInTest(test, signature, held)
    // Measured once: what a file answers is held against it, and so is what one with lighter weights does.
    const tested = typeof test === 'string' || found === null ? null : { test, found, own: test.measure(found.outputs) } // prettier-ignore
    const cost = lighter && lighterCost(lighter.weights, [file, lighter.file], preparation, hostile, tested)
    if (cost) requireBearable(artifact, cost)
    return {
      format: 'descent-certificate',
      formatVersion: 1,
      artifact,
      sha256: createHash('sha256')
        .update(lighter?.file ?? file)
        .digest('hex'),
      computedBy: runtime.name,
      hostile: hostile.held,
      test: tested && toldOfTest(tested, preparation),
      withoutTest,
      ...(cost && { lighter: cost }),
    }
  } finally {
    await runtime.close()
    await lightRuntime?.close()
  }
}
type Encoded = ReturnType<typeof encode>['inputs']

/** What Descent and a file say of rows, once it was held to it. */
interface Found {
  readonly held: Held
  readonly outputs: ArrayLike<number>
  readonly wanted: PredictionColumns
  readonly answers: readonly Record<string, string | number>[]
  /** Of the file with lighter weights, if there is one. */
  readonly light: readonly Record<string, string | number>[] | null
}
type Holding = (
  frame: Frame,
  feeds: (encoded: Encoded) => Readonly<Record<string, Feed>>,
  tell: (row: number) => string,
) => Promise<Found>

const heldInTest = ({ frame, places }: TestRows, signature: Signature, held: Holding): Promise<Found> =>
  held(
    frame,
    (encoded) => feedsOfFrame(frame, signature, encoded),
    (row) => `row ${places[row]! + 1} of the test`,
  )

interface Tested {
  readonly test: TestRows
  readonly found: Found
  /** Metrics of what Descent says. */
  readonly own: Readonly<Record<string, number>>
}

/** Metrics of what Descent says, beside those of what a file answers. */
function besideEachOther({ test, found, own }: Tested, preparation: Preparation, answers: Found['answers']) {
  const exported = test.measure(outputsOf(answers, found.wanted, preparation))
  const pairs = Object.entries(own).map(([name, value]) => [name, [value, exported[name] ?? NaN]] as const)
  return { exported, metrics: Object.fromEntries(pairs) }
}

const toldOfTest = (tested: Tested, preparation: Preparation): Certificate['test'] => ({
  ...tested.found.held,
  of: tested.test.of,
  metrics: besideEachOther(tested, preparation, tested.found.answers).metrics,
})

function lighterCost(
  weights: LighterWeights,
  [file, light]: readonly [Uint8Array, Uint8Array],
  preparation: Preparation,
  hostile: Found,
  tested: Tested | null,
): LighterCost {
  const bytes = [file.length, light.length] as const
  const ofHostile = apartOf(hostile.wanted, hostile.light!)
  if (tested === null) return { weights, bytes, hostile: ofHostile, test: null }
  const { test, found, own } = tested
  const { exported, metrics } = besideEachOther(tested, preparation, found.light!)
  const bound = boundOf(preparation.task, [own, exported], test.intervals(found.outputs))
  return {
    weights,
    bytes,
    hostile: ofHostile,
    test: { ...apartOf(found.wanted, found.light!), metrics, bound },
  }
}

const testText = ({ rows, of }: NonNullable<Certificate['test']>): string =>
  rows === of
    ? `${plural(rows, 'row')} of the test`
    : `${formatCount(rows)} of ${formatCount(of)} rows of the test, evenly spaced`

const largestOf = ({ largest }: Held): number => Math.max(0, ...Object.values(largest))
const apartText = (held: Held): string => {
  const most = largestOf(held)
  const close = held.closeCalls === 0 ? '' : `, and in ${plural(held.closeCalls, 'row')} two answers are too close to tell apart` // prettier-ignore
  return `${most === 0 ? 'the same in every digit' : `at most ${most.toExponential(1)} apart`}${close}`
}

const absent: Readonly<Record<WithoutTest, string>> = {
  notAtHand: 'the data were not at hand',
  none: 'the data have none',
}
const absentText = (why: WithoutTest | null): string => absent[why ?? 'notAtHand']

/** In a sentence or two. */
export const certificateText = ({ hostile, test, withoutTest, lighter }: Certificate): string =>
  `${lighter ? 'With float32 it' : 'It'} says what Descent says in ${plural(hostile.rows, 'made-up row')} (${apartText(hostile)})${test === null ? `. Rows of the test were not compared: ${absentText(withoutTest)}` : ` and ${testText(test)} (${apartText(test)})`}.${lighter ? ` ${lighterText(lighter)}` : ''}`

/** For people, in Markdown. */
export function certificateLines({
  artifact,
  computedBy,
  hostile,
  test,
  withoutTest,
  lighter,
}: Certificate): string[] {
  const headline = Object.entries(test?.metrics ?? {}).filter(([name]) => metricOf(name)?.headline === true)
  return [
    '## Certificate',
    '',
    `\`${artifact}\`, ${lighter ? 'with float32 and ' : ''}run by ${computedBy}, says what Descent says. \`certificate.json\` has the numbers.`,
    '',
    `- ${plural(hostile.rows, 'made-up row')}, with gaps, unseen values, other spellings and extremes: ${apartText(hostile)}.`,
    test === null
      ? `- Rows of the test: not compared, for ${absentText(withoutTest)}.`
      : `- ${testText(test)}: ${apartText(test)}.`,
    ...(lighter ? [] : headline).map(
      ([name, [descent, exported]]) =>
        `- ${metricOf(name)?.label ?? name} on ${test !== null && test.rows < test.of ? 'these rows of the test' : 'the test'}: ${formatMetric(name, descent)} in Descent, ${formatMetric(name, exported)} in the file.`,
    ),
    '',
    ...(lighter ? lighterLines(lighter) : []),
  ]
}
