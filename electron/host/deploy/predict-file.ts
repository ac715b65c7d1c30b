/** A CSV file through a saved model: the same rows with the predictions as further columns. */
import type { Backend, TablePage } from '../../contract/index.ts'
import { withDuckDB } from '../datasets/duckdb.ts'
import { transform } from '../prepare/index.ts'
import type { PredictionResult } from '../training/child.ts'
import type { PredictJob } from '../training/protocol.ts'
import type { LoadedModel } from './folder.ts'
import { readInputs } from './read-inputs.ts'
import { csvLine, predictionColumns, type Cell } from './table.ts'

/** Where the arithmetic is done: a process of its own under the host, this one on the command line. */
export type Predictor = (job: Omit<PredictJob, 'type'>) => Promise<PredictionResult>

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
  readonly predictor: Predictor
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

export async function predictFile(request: FileRequest): Promise<FilePredictions> {
  const { model, dataPath, predictor, folder } = request
  const { preparation, architecture, task, provenance } = model.document
  return await withDuckDB(async (connection) => {
    const source = { ...provenance.recipe.data.source, header: provenance.header }
    const inputs = await readInputs(connection, dataPath, source, preparation.columns, folder)
    const data = transform(inputs.frame, preparation)
    const { outputs, device } = await predictor({
      backend: provenance.backend,
      network: { task, ...architecture },
      weights: model.weights,
      table: { rows: data.rows, features: data.features },
    })
    const added = predictionColumns(outputs, preparation, inputs.names)
    const columns = [...inputs.names, ...added.names]
    const firstRows: Cell[][] = []

    async function* lines(): AsyncGenerator<string> {
      let text = csvLine(columns)
      let row = 0
      let pending = 0
      const result = await connection.stream(
        `SELECT ${inputs.names.map((_, i) => `t${i}`).join(', ')} FROM raw`,
      )
      for (
        let chunk = await result.fetchChunk();
        chunk !== null && chunk.rowCount > 0;
        chunk = await result.fetchChunk()
      ) {
        for (const values of chunk.getRows()) {
          const cells = values.map((value): Cell => (typeof value === 'string' ? value : null))
          for (const column of added.values) cells.push(column[row] ?? null)
          if (row < pageRows) firstRows.push(cells)
          text += csvLine(cells)
          row++
          if (++pending < linesPerChunk) continue
          yield text
          text = ''
          pending = 0
        }
      }
      if (text !== '') yield text
    }

    await request.write(lines())
    return {
      rows: data.rows,
      page: { columns, rows: firstRows, offset: 0, total: data.rows },
      notes: [...inputs.notes, ...data.notes, ...deviceNotes(provenance.backend, device.backend)],
    }
  }, folder)
}
