/** Loads a delimited file: few columns into a table's file (table-file.ts), many into the temporary table `raw`, as lists. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  DescentError,
  plainNumerals,
  type EncodingName,
  type Reading,
  type Receipt,
  type TableFormatName,
} from '../../../../contract/index.ts'
import { asTableError } from '../../../inputs/duckdb-error.ts'
import { shareOf, type ReadContext } from '../../kind.ts'
import { countRows } from '../aggregate.ts'
import { query, quoted, type DuckDBConnection } from '../duckdb.ts'
import { unprotect } from '../protected-text.ts'
import { layoutFor, noneStored, textSql, type Relation } from '../relation.ts'
import { relationOf, writeTableFile, type TableFile } from '../table-file.ts'
import { unprotectTable } from '../unprotect-table.ts'
import { isPlainNumber } from './cell-types.ts'
import { firstLookAt, worthLooking } from './first-look.ts'
import { columnNames } from './header.ts'
import { decisionsOf, givenOf } from './given.ts'
import { layoutOf, type Layout } from './layout.ts'
import { findRejected } from './rejected-rows.ts'
import { rewrite } from './rewrite.ts'
import { inspectFile, readSample, writeNormalised, type SourceFacts } from './source-file.ts'

export interface CsvOptions extends Partial<Reading> {
  readonly path: string
  /** Spellings of what is missing, which say nothing about the layout; what they are in a column is understood later. */
  readonly missingValues: readonly string[]
  /** Of a file that is no Unicode, where nobody says its encoding; absent: it is guessed. */
  readonly usualEncoding?: EncodingName
  /** The delimiter is right, also where it stands nowhere: of tables that were written by ourselves. */
  readonly certain?: boolean
}

/** A table in DuckDB, whatever its file was. */
export interface RawTable {
  readonly relation: Relation
  /** Where `relation` is the table's file as it would be kept if nothing more were found out about it. */
  readonly file: (Omit<TableFile, 'version'> & { readonly path: string }) | null
  /** Of the file as the person has it. */
  readonly source: Pick<SourceFacts, 'bytes' | 'sha256'>
  readonly format: TableFormatName
  /** null: the file is no text. */
  readonly encoding: string | null
  /** How the file is read, by the options that would change it. */
  readonly decisions: Receipt['layout']
  readonly delimiter: string
  readonly header: boolean
  readonly names: readonly string[]
  readonly rows: number
  readonly rowsRejected: number
  readonly rejected: Receipt['rejected']
  readonly rowsChanged: number
  readonly changed: Receipt['rejected']
  readonly notes: readonly string[]
  /** Columns whose cells are numbers by the format's own types, and written plainly; absent: its cells have no types. */
  readonly typedNumbers?: ReadonlySet<number>
}

export interface CsvTable extends RawTable {
  readonly source: SourceFacts
  readonly layout: Layout
}

function refuseUnreadable(path: string, rows: number, rowsRejected: number, rejected: Receipt['rejected']) {
  const [example] = rejected
  const where = example === undefined ? '' : ` Line ${example.line}: ${example.reason}.`
  if (rows === 0 && rowsRejected > 0)
    throw new DescentError(
      'badData',
      `None of the ${rowsRejected} rows of ${path} could be read.${where} Check the delimiter and the quotes.`,
      'path',
    )
  if (rowsRejected > rows)
    throw new DescentError(
      'badData',
      `More than half of ${path} could not be read: ${rowsRejected} of ${rows + rowsRejected} rows.${where} Check the delimiter and the quotes.`,
      'path',
    )
}

/** DuckDB's own longest line; a larger one takes it sixteen times as much memory. */
const usualLine = 2_000_000

interface How {
  readonly delimiter: string
  readonly skip: number
  readonly width: number
  /** Bytes of the longest row. */
  readonly longest: number
}

function readSql(file: string, { delimiter, skip, width, longest }: How): string {
  const lines =
    longest > usualLine ? `max_line_size = ${longest}, buffer_size = ${Math.max(1 << 25, 2 * longest)}, ` : ''
  return `read_csv(${quoted(file)}, auto_detect = false, header = false, skip = ${skip}, delim = ${quoted(delimiter)},
    quote = '"', escape = '"', nullstr = [''], ignore_errors = true, ${lines}
    columns = {${Array.from({ length: width }, (_, i) => `t${i}: 'VARCHAR'`).join(', ')}})`
}

/** What is known of a table before its cells are read. */
export interface Expected {
  readonly names: readonly string[]
  readonly delimiter: string
  /** Columns that are plain numbers as far as they were looked at. */
  readonly numbers: ReadonlySet<number>
  /** No cell has blanks around it. */
  readonly trimmed: boolean
}

/** A file's table, and what was written down of it with its cells; null: it is in DuckDB only. */
export type Filled = Pick<RawTable, 'relation' | 'file'>

/**
 * Few columns become a table's file at once, in which DuckDB finds counts and bounds without reading a cell. A wide table's
 * fields become one list a row as they are read (relation.ts).
 */
export async function fill(
  connection: DuckDBConnection,
  from: string,
  { names, delimiter, numbers, trimmed }: Expected,
  files: string,
): Promise<Filled> {
  const width = names.length
  const layout = layoutFor(width)
  const indices = [...names.keys()]
  if (layout === 'lists') {
    const fields = indices.map((i) => `t${i}`).join(', ')
    await connection.run(
      `CREATE OR REPLACE TEMP TABLE raw AS
         SELECT list_transform(list_transform(cells, lambda t: trim(t)), lambda t: nullif(t, '')) AS cells
         FROM (SELECT [${fields}] AS cells FROM ${from})`,
    )
    return { relation: { sql: 'raw', layout, stored: noneStored }, file: null }
  }
  const texts = indices.map((i) => `t${i}`)
  const cells = trimmed
    ? from
    : `(SELECT ${texts.map((t) => `nullif(${t}, '') AS ${t}`).join(', ')}
          FROM (SELECT ${texts.map((t) => `trim(${t}) AS ${t}`).join(', ')} FROM ${from}))`
  const columns = names.map((name, i) => ({
    name,
    number: 'plain' as const,
    parser: numbers.has(i) ? plainNumerals : null,
  }))
  mkdirSync(files, { recursive: true })
  const file = join(files, `loaded-${randomUUID()}.parquet`)
  await writeTableFile(connection, { sql: cells, layout, stored: noneStored }, { delimiter, columns }, file)
  return { relation: relationOf(file, columns), file: { path: file, delimiter, columns } }
}

/** DuckDB leaves out rows, not lines: above the first row, no quote may open what goes on in the next line. */
function endsWithLines(above: string, delimiter: string): boolean {
  if (!above.includes('"')) return true
  const between = RegExp.escape(delimiter)
  const cell = new RegExp(`(^|${between})"[^"]*(?:""[^"]*)*"(?=${between}|$)`, 'g')
  return above.split(/\r\n?|\n/).every((line) => !line.replaceAll(cell, '').includes('"'))
}

/** Whether DuckDB's own reader takes the file as it is; what it cannot know it is asked about afterwards. */
const isPlain = ({ dialect, uneven, from, decisions }: Layout, sample: string): boolean =>
  !uneven &&
  // A remark may stand anywhere, also behind the sample.
  !(decisions.comment.given === true && decisions.comment.value !== null) &&
  endsWithLines(sample.slice(0, from), dialect.delimiter) &&
  dialect.delimiter.length === 1 &&
  dialect.delimiter.charCodeAt(0) < 128 &&
  !dialect.runs &&
  dialect.quote === '"' &&
  dialect.escape === '"' &&
  !(dialect.spaces && sample.includes('"'))

/** Rows that only our own reader understands: without anything in them, the header once more, or what may be a remark. */
async function hasOddRows(
  connection: DuckDBConnection,
  relation: Relation,
  layout: Layout,
): Promise<boolean> {
  const { names, headerRows, width, comment } = layout
  const blank =
    relation.layout === 'lists'
      ? 'cells[1] IS NULL AND len(list_filter(cells, lambda t: t IS NOT NULL)) = 0'
      : names.map((_, i) => `t${i} IS NULL`).join(' AND ')
  const header = (width > 1 ? headerRows : []).map((cells) =>
    cells
      .slice(0, width)
      .flatMap((cell, i) => (cell.trim() === '' ? [] : [`${textSql(relation, i)} = ${quoted(cell.trim())}`]))
      .slice(0, 50)
      .join(' AND '),
  )
  const remark = comment === null ? '' : `starts_with(${textSql(relation, 0)}, ${quoted(comment)})`
  // One by one: what a file's statistics exclude is not looked for.
  for (const odd of [blank, ...header, remark])
    if (odd !== '') {
      const found = await query(connection, `SELECT 1 AS odd FROM ${relation.sql} WHERE ${odd} LIMIT 1`)
      if (found.length > 0) return true
    }
  return false
}

interface Loaded extends Pick<
  RawTable,
  'relation' | 'file' | 'rows' | 'rowsRejected' | 'rejected' | 'rowsChanged' | 'changed'
> {
  readonly notes: readonly string[]
}

interface Folders {
  /** For the table's file. */
  readonly files: string
  /** For copies of the text, which are not needed any more once it is read. */
  readonly scratch: string
}

/** As quick as it gets; null: there are rows that it does not understand. */
async function loadPlain(
  connection: DuckDBConnection,
  source: SourceFacts,
  layout: Layout,
  expected: Expected,
  { files, scratch }: Folders,
): Promise<Loaded | null> {
  let file = source.path
  if (source.encoding.value !== 'UTF-8' || source.mixedLineEnds) {
    mkdirSync(scratch, { recursive: true })
    file = join(scratch, 'table.csv')
    await writeNormalised(source, file)
  }
  const how = {
    delimiter: layout.dialect.delimiter,
    skip: layout.line - 1,
    width: layout.width,
    // In UTF-8, characters of other encodings take up to three bytes instead of one.
    longest: source.longestLine * (source.encoding.value === 'UTF-8' ? 1 : 3) + 2,
  }
  const filled = await fill(connection, readSql(file, how), expected, files)
  const { relation } = filled
  const rows = await countRows(connection, relation)
  if (await hasOddRows(connection, relation, layout)) return null
  const { rowsRejected } = await findRejected(
    connection,
    (from, errors) => readSql(from, how).replace('ignore_errors = true', errors),
    { file, scratch },
    // A wrongly read row is not before the first.
    { rows, lines: source.lines === null ? null : source.lines - how.skip },
  )
  if (rowsRejected > 0) return null
  return { ...filled, rows, rowsRejected, rejected: [], rowsChanged: 0, changed: [], notes: [] }
}

/** What was written as plain rows without a header, of whose cells none is another than it says. `longest`: bytes of a row. */
export async function loadWritten(
  connection: DuckDBConnection,
  written: string,
  { longest, ...expected }: Expected & { readonly longest: number },
  files: string,
): Promise<Filled & { readonly rows: number }> {
  const how = { delimiter: ',', skip: 0, width: expected.names.length, longest: longest + 2 }
  const filled = await fill(connection, readSql(written, how), expected, files)
  return { ...filled, rows: await countRows(connection, filled.relation) }
}

async function loadRewritten(
  connection: DuckDBConnection,
  source: SourceFacts,
  layout: Layout,
  expected: Expected,
  { files, scratch }: Folders,
  progress: (share: number) => void,
): Promise<Loaded> {
  mkdirSync(scratch, { recursive: true })
  const file = join(scratch, 'rows.csv')
  const { rows, longest, account } = await rewrite(source, layout, file, progress)
  const how = { ...expected, trimmed: false, longest }
  const { rows: loaded, ...filled } = await loadWritten(connection, file, how, files)
  if (loaded !== rows)
    throw new DescentError(
      'internal',
      `${source.path} has ${rows} rows, of which ${loaded} were loaded. Nothing was imported: this is a fault of Descent’s. Convert the file with “descent convert”, and import what that writes.`,
      'path',
    )
  return {
    ...filled,
    rows,
    rowsRejected: account.rejected.count,
    rejected: account.rejected.told,
    rowsChanged: account.changed.count,
    changed: account.changed.told,
    notes: account.notes(),
  }
}

const rowsWere = (count: number): string => `${count} ${count === 1 ? 'row was' : 'rows were'}`

/** `files`: a folder that lasts as long as the connection, for the table's file. */
export async function loadCsv(
  connection: DuckDBConnection,
  options: CsvOptions,
  files: string,
  context: ReadContext,
): Promise<CsvTable> {
  const { limits, progress } = context
  const asked = givenOf(options)
  const source = await inspectFile(
    options.path,
    shareOf(context, 0, 0.3),
    asked.encoding,
    options.usualEncoding,
  )
  const folders = { files, scratch: join(files, 'text') }
  try {
    const sample = await readSample(source)
    const told = { ...asked.layout, certain: options.certain }
    const layout = layoutOf(options.path, sample, told, options.missingValues, limits)
    if (layout.usual === 0)
      throw new DescentError('badData', `${options.path} holds no rows: there are blank lines only.`, 'path')
    if (source.bytes >= worthLooking) context.firstLook?.(firstLookAt(layout, options.missingValues))
    const plain = isPlain(layout, sample.text) && !source.damaged && !source.controls
    const { names, notes: renamed } = unprotectedNames(layout)
    const delimiter = layout.decisions.delimiter.value
    const expected = {
      names,
      delimiter,
      numbers: plainColumns(layout),
      // A letter that separates cells stands in none.
      trimmed: source.trimmed && /^[^\w.+-]$/.test(layout.dialect.delimiter),
    }
    const { progress: rewriting } = shareOf(context, 0.3, 0.4)
    const loaded =
      (plain ? await loadPlain(connection, source, layout, expected, folders) : null) ??
      (await loadRewritten(connection, source, layout, expected, folders, rewriting))
    progress(0.9)
    const { rows, rowsRejected, rejected, rowsChanged } = loaded
    refuseUnreadable(options.path, rows, rowsRejected, rejected)
    const { relation, notes } = source.apostrophes
      ? await unprotectTable(connection, loaded.relation, names, rows)
      : { relation: loaded.relation, notes: [] }
    progress(1)
    return {
      ...loaded,
      relation,
      // The file has what was taken away.
      file: relation === loaded.relation ? loaded.file : null,
      source,
      layout,
      format: 'text',
      encoding: source.encoding.value,
      decisions: decisionsOf(layout, source),
      delimiter,
      header: layout.header !== null,
      names,
      notes: [
        ...(source.encoding.evidence === null ? [] : [source.encoding.evidence]),
        ...(source.controls
          ? ['Control characters stand where Windows-1252 has dashes and quotes: they are read as these.']
          : []),
        ...(source.mixedLineEnds ? ['The file mixes kinds of line ends.'] : []),
        ...(renamed ?? layout.notes),
        ...loaded.notes,
        ...notes,
        ...(rowsRejected === 0
          ? []
          : [
              `${rowsWere(rowsRejected)} left out because ${rowsRejected === 1 ? 'it' : 'they'} could not be read.`,
            ]),
        ...(rowsChanged === 0
          ? []
          : [
              `${rowsWere(rowsChanged)} read otherwise than ${rowsChanged === 1 ? 'it stands' : 'they stand'}: the receipt lists the lines.`,
            ]),
      ],
    }
  } catch (error) {
    throw asTableError(error, options.path, limits)
  } finally {
    rmSync(folders.scratch, { recursive: true, force: true })
  }
}

/** Columns whose first cells are numbers as DuckDB reads them. */
const plainColumns = ({ types }: Layout): ReadonlySet<number> =>
  new Set(
    types.flatMap(({ type, values }, i) =>
      type === 'number' && [...values].filter(isPlainNumber).length >= 0.9 * values.size ? [i] : [],
    ),
  )

/** Names that were protected from spreadsheets, as they were before; null notes: there were none. */
function unprotectedNames(layout: Layout): { names: readonly string[]; notes: readonly string[] | null } {
  const names = layout.names.map(unprotect)
  if (names.every((name, i) => name === layout.names[i])) return { names: layout.names, notes: null }
  const unique = columnNames(names, names.length)
  return { names: unique.names, notes: [...layout.notes, ...unique.notes] }
}
