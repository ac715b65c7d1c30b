/** Loads a delimited file into the temporary table `raw` (t0, t1, …: trimmed text, NULL where there is none). */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  DescentError,
  type EncodingName,
  type Reading,
  type Receipt,
  type TableFormatName,
} from '../../../../contract/index.ts'
import { asTableError } from '../../../inputs/duckdb-error.ts'
import { shareOf, type ReadContext } from '../../kind.ts'
import { planWide, query, quoted, type DuckDBConnection } from '../duckdb.ts'
import { unprotect } from '../protected-text.ts'
import { layoutFor, noneStored, textSql, type Relation } from '../relation.ts'
import { unprotectTable } from '../unprotect-table.ts'
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

/** A wide table's fields become one list a row as they are read (relation.ts). */
async function fillRaw(connection: DuckDBConnection, from: string, width: number): Promise<Relation> {
  const relation: Relation = { sql: 'raw', layout: layoutFor(width), stored: noneStored }
  const indices = Array.from({ length: width }, (_, i) => i)
  await planWide(connection, width)
  if (relation.layout === 'lists') {
    const fields = indices.map((i) => `t${i}`).join(', ')
    await connection.run(
      `CREATE TEMP TABLE raw AS
       SELECT list_transform(list_transform(cells, lambda t: trim(t)), lambda t: nullif(t, '')) AS cells
       FROM (SELECT [${fields}] AS cells FROM ${from})`,
    )
    await planWide(connection, 1)
  } else
    await connection.run(
      `CREATE TEMP TABLE raw AS
       SELECT ${indices.map((i) => `nullif(t${i}, '') AS t${i}`).join(', ')}
       FROM (SELECT ${indices.map((i) => `trim(t${i}) AS t${i}`).join(', ')} FROM ${from})`,
    )
  return relation
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
      ? 'len(list_filter(cells, lambda t: t IS NOT NULL)) = 0'
      : names.map((_, i) => `t${i} IS NULL`).join(' AND ')
  const header = (width > 1 ? headerRows : []).map((cells) =>
    cells
      .slice(0, width)
      .flatMap((cell, i) => (cell.trim() === '' ? [] : [`${textSql(relation, i)} = ${quoted(cell.trim())}`]))
      .slice(0, 50)
      .join(' AND '),
  )
  const remark = comment === null ? '' : `starts_with(${textSql(relation, 0)}, ${quoted(comment)})`
  const odd = [blank, ...header, remark].filter((sql) => sql !== '').map((sql) => `(${sql})`)
  const found = await query(connection, `SELECT 1 AS odd FROM raw WHERE ${odd.join(' OR ')} LIMIT 1`)
  return found.length > 0
}

interface Loaded extends Pick<
  RawTable,
  'relation' | 'rows' | 'rowsRejected' | 'rejected' | 'rowsChanged' | 'changed'
> {
  readonly notes: readonly string[]
}

/** As quick as it gets; null: there are rows that it does not understand. */
async function loadPlain(
  connection: DuckDBConnection,
  source: SourceFacts,
  layout: Layout,
  scratch: string,
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
  const relation = await fillRaw(connection, readSql(file, how), layout.width)
  const [count = {}] = await query(connection, 'SELECT count(*) AS rows FROM raw')
  const rows = Number(count.rows)
  if (await hasOddRows(connection, relation, layout)) return null
  const { rowsRejected } = await findRejected(
    connection,
    (from, errors) => readSql(from, how).replace('ignore_errors = true', errors),
    { file, scratch },
    // A wrongly read row is not before the first.
    { rows, lines: source.lines === null ? null : source.lines - how.skip },
  )
  if (rowsRejected > 0) return null
  return { relation, rows, rowsRejected, rejected: [], rowsChanged: 0, changed: [], notes: [] }
}

/** Fills `raw` with what was written as plain rows without a header, of whose cells none is another than it says. */
export async function loadWritten(
  connection: DuckDBConnection,
  file: string,
  width: number,
  longest: number,
): Promise<{ relation: Relation; rows: number }> {
  await connection.run('DROP TABLE IF EXISTS raw')
  const how = { delimiter: ',', skip: 0, width, longest: longest + 2 }
  const relation = await fillRaw(connection, readSql(file, how), width)
  const [count = {}] = await query(connection, 'SELECT count(*) AS rows FROM raw')
  return { relation, rows: Number(count.rows) }
}

async function loadRewritten(
  connection: DuckDBConnection,
  source: SourceFacts,
  layout: Layout,
  scratch: string,
  progress: (share: number) => void,
): Promise<Loaded> {
  mkdirSync(scratch, { recursive: true })
  const file = join(scratch, 'rows.csv')
  const { rows, longest, account } = await rewrite(source, layout, file, progress)
  const { relation, rows: loaded } = await loadWritten(connection, file, layout.width, longest)
  if (loaded !== rows)
    throw new DescentError(
      'internal',
      `${source.path} has ${rows} rows, of which ${loaded} were loaded. Nothing was imported: this is a fault of Descent’s. Convert the file with “descent convert”, and import what that writes.`,
      'path',
    )
  return {
    relation,
    rows,
    rowsRejected: account.rejected.count,
    rejected: account.rejected.told,
    rowsChanged: account.changed.count,
    changed: account.changed.told,
    notes: account.notes(),
  }
}

const rowsWere = (count: number): string => `${count} ${count === 1 ? 'row was' : 'rows were'}`

/** Fills `raw`. `folder` takes a copy that is read more easily, while it is needed. */
export async function loadCsv(
  connection: DuckDBConnection,
  options: CsvOptions,
  folder: string,
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
  const scratch = join(folder, 'normalised')
  try {
    const sample = await readSample(source)
    const told = { ...asked.layout, certain: options.certain }
    const layout = layoutOf(options.path, sample, told, options.missingValues, limits)
    if (layout.usual === 0)
      throw new DescentError('badData', `${options.path} holds no rows: there are blank lines only.`, 'path')
    const plain = isPlain(layout, sample.text) && !source.damaged && !source.controls
    const loaded =
      (plain ? await loadPlain(connection, source, layout, scratch) : null) ??
      (await loadRewritten(connection, source, layout, scratch, shareOf(context, 0.3, 0.4).progress))
    progress(0.9)
    const { rows, rowsRejected, rejected, rowsChanged } = loaded
    refuseUnreadable(options.path, rows, rowsRejected, rejected)
    const { names, notes: renamed } = unprotectedNames(layout)
    const { relation, notes } = source.apostrophes
      ? await unprotectTable(connection, loaded.relation, names, rows)
      : { relation: loaded.relation, notes: [] }
    progress(1)
    return {
      ...loaded,
      relation,
      source,
      layout,
      format: 'text',
      encoding: source.encoding.value,
      decisions: decisionsOf(layout, source),
      delimiter: layout.decisions.delimiter.value,
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
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** Names that were protected from spreadsheets, as they were before; null notes: there were none. */
function unprotectedNames(layout: Layout): { names: readonly string[]; notes: readonly string[] | null } {
  const names = layout.names.map(unprotect)
  if (names.every((name, i) => name === layout.names[i])) return { names: layout.names, notes: null }
  const unique = columnNames(names, names.length)
  return { names: unique.names, notes: [...layout.notes, ...unique.notes] }
}
