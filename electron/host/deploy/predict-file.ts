/** A file through a saved model: what it holds, with the predictions as further columns. */
import {
  DescentError,
  formatPercent,
  plural,
  type Backend,
  type Column,
  type DataKind,
  type Predictions,
  type TablePage,
} from '../../contract/index.ts'
import {
  kindOf,
  locate,
  type Cell,
  type NewData,
  type NewDataSource,
  type ReadContext,
} from '../kinds/index.ts'
import type { Frame } from '../datasets/frame.ts'
import { levelOf } from '../evaluate/uncertainty.ts'
import { outsideOf } from '../evaluate/ranges.ts'
import { functionsOfTask } from '../tasks/index.ts'
import { encode } from '../prepare/encode.ts'
import { networkOf } from '../training/data.ts'
import { predictHere } from '../training/predict.ts'
import type { LoadedModel } from './folder.ts'
import { driftNotes } from './drift.ts'
import { firstPictures } from './first-pictures.ts'
import { csvLine, predictionColumns } from './table.ts'

export interface FilePredictions {
  readonly rows: number
  readonly page: TablePage
  readonly notes: string[]
  readonly pictures: Predictions['pictures']
}

const pageRows = 200
const linesPerChunk = 500

export interface FileRequest {
  readonly model: LoadedModel
  readonly dataPath: string
  /** For temporary files. */
  readonly folder: string
  /** Takes the CSV text, header first. */
  readonly write: (chunks: AsyncIterable<string>) => Promise<void>
  /** Of how many rows the truth is to be within what is said beside the prediction; absent, or null: nothing is. */
  readonly coverage?: number | null | undefined
  /** Somebody looks at the first pictures; absent: nobody does. */
  readonly withPictures?: boolean
}

/** Further columns, and what is to be said of them. */
export interface Beside {
  readonly columns: readonly { readonly name: string; readonly cells: readonly Cell[] }[]
  readonly notes: readonly string[]
}

/** Errors: a DescentError where the model cannot promise so much. */
export function withinCoverage(
  { document, path }: LoadedModel,
  coverage: number,
  outputs: ArrayLike<number>,
): Beside {
  const { uncertainty, preparation } = document
  if (uncertainty === undefined)
    throw new DescentError(
      'badRequest',
      `${path} does not know how sure it is: it was saved by an earlier version, or predicts labels. Save it again, or predict without --coverage.`,
      'coverage',
    )
  const level = levelOf(uncertainty, coverage)
  if (level === undefined)
    throw new DescentError(
      'badRequest',
      `A coverage is from 0.5 to 0.99, in steps of 0.01, not ${coverage}.`,
      'coverage',
    )
  if (level.bounds.includes(null))
    throw new DescentError(
      'badRequest',
      `${formatPercent(coverage, 0)} cannot be promised by ${plural(uncertainty.rows, 'validation row')}: ask for less, or validate on more rows.`,
      'coverage',
    )
  const measured =
    level.measured === null
      ? 'Whether they do was not measured, for the test was not opened.'
      : `On ${plural(uncertainty.testRows ?? 0, 'test row')} they did for ${formatPercent(level.measured)}.`
  return {
    columns: functionsOfTask(preparation.task).within(preparation.target, outputs, level.bounds),
    notes: [
      `What stands beside each prediction is to hold the truth for ${formatPercent(coverage, 0)} of rows like those of the training. ${measured}`,
    ],
  }
}

const mostNamed = 5

/** Rows with a number that training saw nothing like. */
export function outsideTraining({ document }: LoadedModel, frame: Frame): Beside {
  const { cells, columns } = outsideOf(frame.columns, frame.rows, document.ranges ?? [])
  const rows = cells.filter((cell) => cell !== null).length
  if (rows === 0) return { columns: [{ name: 'outside_training', cells }], notes: [] }
  const first = cells.findIndex((cell) => cell !== null)
  const named = columns.slice(0, mostNamed).join(', ') + (columns.length > mostNamed ? ', …' : '')
  return {
    columns: [{ name: 'outside_training', cells }],
    notes: [
      `${plural(rows, 'row')} ${rows === 1 ? 'has' : 'have'} values outside of what training saw (${named}), for which predictions are guesses; the first is row ${first + 1}: ${cells[first]}.`,
    ],
  }
}

const deviceNotes = (trained: Backend, used: Backend): string[] =>
  trained === used || trained === 'auto'
    ? []
    : [
        `Computed on ${used}: ${trained}, which the model was trained on, is not available here. Last digits may differ.`,
      ]

/** Of a folder of pictures with a table, as one may be trained on: the table that has the model's features. */
async function tableAt(
  path: string,
  columns: readonly Column[],
  folder: string,
  context: ReadContext,
): Promise<string> {
  const features = columns.flatMap(({ name, role }) => (role === 'feature' ? [name] : []))
  return (
    (await locate(path, { kind: null, targets: features }, folder, context).catch(() => null))?.path ?? path
  )
}

/** New data of the kind that the model was trained on. */
export async function readRequested<T>(
  { model, dataPath, folder }: Pick<FileRequest, 'model' | 'dataPath' | 'folder'>,
  context: ReadContext,
  use: (data: NewData) => Promise<T>,
): Promise<T> {
  const { preparation, provenance } = model.document
  const { recipe, header, encoding, texts } = provenance
  const source = {
    path: recipe.kind === 'table' ? await tableAt(dataPath, recipe.data.columns, folder, context) : dataPath,
    recipe,
    header,
    encoding,
    texts,
    preparation,
    kept: model.path,
    scratch: folder,
  }
  return await kindOf(recipe.kind).readNew(source as NewDataSource<DataKind>, use, context)
}

/** Weights are held against the network when it is built; a model.json that was edited may describe another one. */
function asModelError(error: unknown, path: string): unknown {
  const [, problems] =
    (error instanceof Error && /does not fit this module: (.*)\.$/.exec(error.message)) || []
  if (problems === undefined) return error
  return new DescentError(
    'badData',
    `${path} is not a usable model: its weights do not fit the network that its model.json describes (${problems.slice(0, 300)}). Export the model again.`,
    'path',
  )
}

export async function predictFile(request: FileRequest, context: ReadContext): Promise<FilePredictions> {
  const { preparation, architecture, provenance } = request.model.document
  return await readRequested(request, context, async (data) => {
    const { frame, names } = data
    const { rows, inputs, notes } = encode(frame, preparation)
    const { outputs, backend } = await predictHere({
      backend: provenance.backend,
      network: networkOf(architecture, preparation),
      weights: request.model.weights,
      data: { rows, inputs },
    }).catch((error: unknown) => {
      throw asModelError(error, request.model.path)
    })
    const { coverage = null } = request
    const outside = outsideTraining(request.model, frame)
    const within = coverage === null ? null : withinCoverage(request.model, coverage, outputs)
    const beside = within === null ? [] : [...within.columns, ...outside.columns]
    const added = predictionColumns(outputs, preparation, names, beside)
    const columns = [...names, ...added.names]
    const firstRows: Cell[][] = []

    async function* lines(): AsyncGenerator<string> {
      let text = csvLine(columns)
      let row = 0
      for await (const cells of data.cells()) {
        for (const column of added.values) cells.push(column[row] ?? null)
        if (row < pageRows) firstRows.push(cells)
        text += csvLine(cells)
        if (++row % linesPerChunk !== 0) continue
        yield text
        text = ''
      }
      if (text !== '') yield text
    }

    await request.write(lines())
    return {
      rows,
      page: { columns, rows: firstRows, offset: 0, total: rows },
      notes: [
        ...data.notes,
        ...notes,
        ...outside.notes,
        ...driftNotes(request.model.document, frame),
        ...(within?.notes ?? []),
        ...deviceNotes(provenance.backend, backend),
      ],
      pictures: request.withPictures === true ? await firstPictures(frame) : [],
    }
  })
}
