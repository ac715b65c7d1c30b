/** A file through a saved model: what it holds, with the predictions as further columns. */
import { DescentError, type Backend, type DataKind, type TablePage } from '../../contract/index.ts'
import { kindOf, type Cell, type NewData, type NewDataSource, type ReadContext } from '../kinds/index.ts'
import { encode } from '../prepare/encode.ts'
import { networkOf } from '../training/data.ts'
import { predictHere } from '../training/predict.ts'
import type { LoadedModel } from './folder.ts'
import { csvLine, predictionColumns } from './table.ts'

export interface FilePredictions {
  readonly rows: number
  readonly page: TablePage
  readonly notes: string[]
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
}

const deviceNotes = (trained: Backend, used: Backend): string[] =>
  trained === used || trained === 'auto'
    ? []
    : [
        `Computed on ${used}: ${trained}, which the model was trained on, is not available here. Last digits may differ.`,
      ]

/** New data of the kind that the model was trained on. */
function readRequested<T>(
  { model, dataPath, folder }: FileRequest,
  context: ReadContext,
  use: (data: NewData) => Promise<T>,
): Promise<T> {
  const { preparation, provenance } = model.document
  const { recipe, header, encoding } = provenance
  const source = { path: dataPath, recipe, header, encoding, preparation, kept: model.path, scratch: folder }
  return kindOf(recipe.kind).readNew(source as NewDataSource<DataKind>, use, context)
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
    const added = predictionColumns(outputs, preparation, names)
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
      notes: [...data.notes, ...notes, ...deviceNotes(provenance.backend, backend)],
    }
  })
}
