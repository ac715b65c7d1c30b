/** What a format is: how its files are told by their bytes, and how one becomes a table in DuckDB. */
import { aFormat, DescentError, type TableFormatName } from '../../../../contract/index.ts'
import type { ReadContext } from '../../kind.ts'
import type { DuckDBConnection } from '../duckdb.ts'
import type { CsvOptions, RawTable } from '../reading/read-csv.ts'

export interface FormatFile {
  /** Where its bytes are: what a person named, or what was unpacked from it. */
  readonly path: string
  /** What sentences call it. */
  readonly shown: string
  /** What the person's file is, where a reader hands a table on as another format. */
  readonly of?: TableFormatName
}

export interface Loading {
  readonly file: FormatFile
  readonly options: CsvOptions
  /** A folder for what is read more easily; removed when the table is loaded. */
  readonly scratch: string
  /** A folder that lasts as long as the connection. */
  readonly files: string
  readonly context: ReadContext
}

export interface Loaded extends Omit<RawTable, 'source' | 'format'> {
  /** Of what was read, where that is more than the bytes of the file. */
  readonly sha256?: string
}

export interface Format {
  /** `head`: the file's first bytes; `path`: a hint, where these do not tell. */
  recognizes(head: Buffer, path: string): boolean
  load(connection: DuckDBConnection, loading: Loading): Promise<Loaded>
}

/** What a table has whose cells are typed: no lines that could be anything else than rows. */
export const allRows: Omit<Loaded, 'relation' | 'file' | 'names' | 'rows' | 'notes' | 'decisions'> = {
  encoding: null,
  delimiter: ',',
  header: true,
  rowsRejected: 0,
  rejected: [],
  rowsChanged: 0,
  changed: [],
}

export const bad = (message: string, field = 'path'): DescentError =>
  new DescentError('badData', message, field)

const systemErrors = /^E[A-Z]+$/

/**
 * What a library makes of the bytes of a file. Whatever it stumbles over, the file is damaged to the person; what the
 * system says — no room, no right — and what we say ourselves passes.
 */
export async function parsing<T>(
  shown: string,
  format: TableFormatName,
  parse: () => Promise<T> | T,
): Promise<T> {
  try {
    return await parse()
  } catch (error) {
    if (error instanceof DescentError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (systemErrors.test(code)) throw error
    const why = error instanceof Error ? reasonIn(error.message) : ''
    throw bad(
      `${shown} cannot be read as ${aFormat(format)}: it is damaged, cut off or protected${why}. Save or export it again.`,
    )
  }
}

/** Words for people; what is for programmers, with paths and the like, helps nobody. */
const reasonIn = (message: string): string => {
  const line = message.split('\n')[0]!.trim().replace(/\.$/, '')
  return line === '' || line.length > 100 || /[/\\(){}\[\]=]|Error|undefined/.test(line) ? '' : `: ${line}`
}

/** “a, b and c”, or how many there are. */
export const listed = (names: readonly string[], most = 8): string =>
  names.length > most
    ? `${names.slice(0, most).join(', ')}, … (${names.length} in all)`
    : names.length < 2
      ? names.join('')
      : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
