/** What was read of a file, written as CSV that every program understands (RFC 4180). */
import { stat } from 'node:fs/promises'
import { parserFor, type Reading, type Receipt, type ShapingStep } from '../../../../contract/index.ts'
import { shareOf, type ReadContext } from '../../kind.ts'
import { withDuckDB } from '../duckdb.ts'
import { isPlainText, loadTable } from '../formats/index.ts'
import { moments } from '../moments.ts'
import { readChunks } from '../relation.ts'
import { shapeLines } from '../shaping/account.ts'
import { shapeTable } from '../shaping/index.ts'
import { partnersIn } from '../shaping/partners.ts'
import { understand } from '../understand.ts'
import type { Told } from './account.ts'
import { decisionsOf, givenOf } from './given.ts'
import { layoutOf, type Layout } from './layout.ts'
import { csvLine, rowsOf } from './rewrite.ts'
import { RowReader } from './rows.ts'
import { inspectFile, readSample } from './source-file.ts'

export interface ConvertRequest {
  readonly path: string
  readonly reading: Partial<Reading>
  readonly missingValues: readonly string[]
  /** A person has said them: they stand for a missing value in every column. */
  readonly marksAreGiven?: boolean
  /** Cells as they are understood: numbers and days written plainly, nothing where a value is missing. */
  readonly typed: boolean
  /** Names of columns, c1…cN, also where the file has none. */
  readonly names: boolean
  /** What becomes of the table once it is read. */
  readonly shape?: readonly ShapingStep[]
  /** For temporary files. */
  readonly folder?: string
}

export interface Converted {
  readonly rows: number
  readonly columns: number
  readonly layout: Receipt['layout']
  readonly notes: readonly string[]
  readonly rowsRejected: number
  readonly rejected: readonly Told[]
  readonly rowsChanged: number
  readonly changed: readonly Told[]
}

export type Write = (chunks: AsyncIterable<string>) => Promise<void>

const nothing: Omit<Converted, 'notes'> = {
  rows: 0,
  columns: 0,
  layout: [],
  rowsRejected: 0,
  rejected: [],
  rowsChanged: 0,
  changed: [],
}

const filledUp = (cells: readonly string[], width: number): string[] => [
  ...cells,
  ...new Array<string>(Math.max(0, width - cells.length)).fill(''),
]

/** As the file has them: only where it has none, and they are wanted, they are ours. */
function headerOf({ header, names, width }: Layout, wanted: boolean): readonly string[] | null {
  return header === null ? (wanted ? names : null) : filledUp(header, width)
}

/** Cells as they stand in the file. */
async function convertPlain(request: ConvertRequest, write: Write, context: ReadContext): Promise<Converted> {
  const asked = givenOf(request.reading)
  const source = await inspectFile(request.path, shareOf(context, 0, 0.3), asked.encoding)
  const sample = await readSample(source)
  const layout = layoutOf(request.path, sample, asked.layout, request.missingValues, context.limits)
  const reader = new RowReader(layout, source.damaged)
  const header = headerOf(layout, request.names)
  let count = 0
  async function* lines(): AsyncGenerator<string> {
    if (header !== null && layout.width > 0) yield csvLine(header)
    for await (const rows of rowsOf(source, layout, reader, shareOf(context, 0.3, 0.7).progress)) {
      count += rows.length
      yield rows.map(({ cells }) => csvLine(cells)).join('')
    }
  }
  await write(lines())
  const { account } = reader
  return {
    rows: count,
    columns: layout.width,
    layout: decisionsOf(layout, source),
    notes: [
      ...(source.encoding.evidence === null ? [] : [source.encoding.evidence]),
      ...layout.notes,
      ...account.notes(),
    ],
    rowsRejected: account.rejected.count,
    rejected: account.rejected.told,
    rowsChanged: account.changed.count,
    changed: account.changed.told,
  }
}

const optionsOf = ({ path, reading, missingValues, marksAreGiven, shape }: ConvertRequest) => ({
  path,
  shape,
  ...reading,
  missingValues,
  marksAreGiven,
})

/** Cells as an import understands them, or the text that it reads of files that are no text. */
const convertLoaded = (request: ConvertRequest, write: Write, context: ReadContext): Promise<Converted> =>
  withDuckDB(
    async (connection, files) => {
      const options = optionsOf(request)
      const loaded = await loadTable(connection, options, files, shareOf(context, 0, 0.6))
      const partners = partnersIn(files, context)
      const raw = await shapeTable(connection, loaded, options, [], files, partners)
      const { names, rows } = raw
      const { relation, inferred } = request.typed
        ? await understand(connection, raw, options, null)
        : { relation: raw.relation, inferred: [] }
      const readings = names.map((_, index) => {
        const { kind, parser } = inferred[index] ?? {}
        return { index, as: parser ?? (kind && parserFor(kind)) ?? ('text' as const) }
      })
      async function* lines(): AsyncGenerator<string> {
        if (raw.header || request.names || raw.shaped !== undefined) yield csvLine(names)
        for await (const chunk of readChunks(connection, relation, readings)) {
          const written = Array.from({ length: chunk.rows }, (_, row) =>
            csvLine(
              chunk.columns.map((at, i) => {
                const value = at(row)
                if (value === null || value === undefined) return ''
                return moments[inferred[i]?.kind ?? 'text']?.text(Number(value)) ?? String(value)
              }),
            ),
          )
          yield written.join('')
        }
      }
      await write(lines())
      return {
        rows,
        columns: names.length,
        layout: raw.decisions,
        notes: [...raw.notes, ...shapeLines(raw.shaped?.steps), ...inferred.flatMap(({ notes }) => notes)],
        rowsRejected: raw.rowsRejected,
        rejected: raw.rejected,
        rowsChanged: raw.rowsChanged,
        changed: raw.changed,
      }
    },
    request.folder,
    context.limits,
  )

/** Also of a table with one column, one row, or none. Errors: a DescentError where the file is no table, or a setting cannot be obeyed. */
export async function convertTable(
  request: ConvertRequest,
  write: Write,
  context: ReadContext,
): Promise<Converted> {
  const found = await stat(request.path).catch(() => null)
  if (found?.isFile() && found.size === 0) {
    await write((async function* () {})())
    return { ...nothing, notes: [`${request.path} is empty, and so is what is written.`] }
  }
  const isPlain =
    !request.typed && (request.shape ?? []).length === 0 && (await isPlainText(optionsOf(request), context))
  return await (isPlain ? convertPlain : convertLoaded)(request, write, context)
}
