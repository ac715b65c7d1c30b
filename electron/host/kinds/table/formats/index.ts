/**
 * A table's file, whatever it is, as a table in DuckDB. What it is its bytes tell; the name of the file is a hint.
 * Each format is one file here and one line in the list; its words and options stand in the contract.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  aFormat,
  DescentError,
  formatNamed,
  readingNames,
  readingOptions,
  tableFormatNames,
  tableFormats,
  type ReadingName,
  type TableFormatName,
} from '../../../../contract/index.ts'
import { asTableError } from '../../../inputs/duckdb-error.ts'
import { isGzip } from '../../../inputs/gunzip.ts'
import { shareOf, type ReadContext } from '../../kind.ts'
import type { DuckDBConnection } from '../duckdb.ts'
import { givenOf } from '../reading/given.ts'
import type { CsvOptions, RawTable } from '../reading/read-csv.ts'
import { checkFile } from '../reading/source-file.ts'
import { arrow } from './arrow.ts'
import { excel } from './excel.ts'
import { duckdb } from './duckdb-file.ts'
import { bad, type Format, type FormatFile } from './format.ts'
import { jsonFormats } from './json.ts'
import { ods } from './ods.ts'
import { parquet } from './parquet.ts'
import { loadParts } from './parts.ts'
import { sqlite } from './sqlite.ts'
import { text } from './text.ts'
import { dataExtension, headOf, isZip, unpacked } from './unpack.ts'

/** Those that could be taken for another come later. */
const formats: Readonly<Record<TableFormatName, Format>> = {
  parquet,
  arrow,
  sqlite,
  duckdb,
  ods,
  excel,
  ...jsonFormats,
  text,
}

export function formatOf(head: Buffer, path: string): TableFormatName {
  const found = (Object.keys(formats) as TableFormatName[]).find((name) =>
    formats[name].recognizes(head, path),
  )
  return found ?? 'text'
}

/** A name that says something else than the file is. */
function nameNote(path: string, format: TableFormatName): string[] {
  const extension = dataExtension(path)
  const named = tableFormatNames.find((name) =>
    (tableFormats[name].extensions as readonly string[]).includes(extension),
  )
  if (named === undefined || named === format || [named, format].every((name) => name.startsWith('json')))
    return []
  return [`The file is called .${extension}, but is ${aFormat(format)}, and was read as that.`]
}

/** What cannot be obeyed is refused. */
function checkOptions(options: CsvOptions, format: TableFormatName, shown: string, isArchive: boolean): void {
  const fitting: readonly ReadingName[] = formatNamed(format).options
  for (const name of readingNames) {
    const value = options[name]
    if (value === undefined || value === readingOptions[name].start) continue
    if (fitting.includes(name) || (name === 'member' && isArchive)) continue
    const { label } = readingOptions[name]
    throw bad(
      name === 'member'
        ? `“${label}” is “${value}”, but ${shown} is no archive.`
        : `“${label}” is “${value}”, but ${shown} is ${aFormat(format)}, which has no such setting.`,
      name,
    )
  }
}

async function hashOf(path: string, bytes: number, progress: (share: number) => void): Promise<string> {
  const hash = createHash('sha256')
  let read = 0
  const options = { highWaterMark: 4 << 20, end: bytes - 1 }
  for await (const chunk of createReadStream(path, options) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    progress((read += chunk.length) / bytes)
  }
  if (read < bytes) throw bad(`${path} became shorter while it was read. Import it again.`)
  return hash.digest('hex')
}

/** What sentences say of a copy they say of the file. */
const renamed = (texts: readonly string[], scratch: string, { path, shown }: FormatFile): string[] =>
  texts.map((text) =>
    text.replaceAll(path, shown).replaceAll(new RegExp(`${RegExp.escape(scratch)}[^\\s“”:;,]*`, 'g'), shown),
  )

async function loadFile(
  connection: DuckDBConnection,
  options: CsvOptions,
  files: string,
  context: ReadContext,
): Promise<RawTable> {
  const { path } = options
  const { limits } = context
  const bytes = await checkFile(path, limits)
  const scratch = join(files, `reading-${randomUUID()}`)
  let file: FormatFile = { path, shown: path }
  try {
    await mkdir(scratch, { recursive: true })
    const member = options.member === undefined || options.member === 'auto' ? null : options.member
    const found = await unpacked(file, member, scratch, limits)
    file = found.file
    const format = formatOf(found.head, file.path)
    checkOptions(options, format, file.shown, found.decisions.length > 0)
    const isPlain = format === 'text' && file.path === path
    const sha256 = isPlain ? null : await hashOf(path, bytes, shareOf(context, 0, 0.2).progress)
    const rest = isPlain ? context : shareOf(context, 0.2, 0.8)
    const { sha256: readSha256, ...loaded } = await formats[format].load(connection, {
      file,
      options,
      scratch,
      files,
      context: rest,
    })
    const source =
      sha256 === null ? (loaded as unknown as RawTable).source : { bytes, sha256: readSha256 ?? sha256 }
    const { decisions } = found
    return {
      ...loaded,
      source,
      format,
      decisions: [...decisions, ...loaded.decisions],
      notes: [
        ...decisions.flatMap(({ value, evidence, given }) =>
          evidence === null || given
            ? []
            : [`“${value}” is read. ${evidence} Another one is chosen by its name.`],
        ),
        ...nameNote(path, format),
        ...renamed(loaded.notes, scratch, file),
      ],
    }
  } catch (error) {
    const told = asTableError(error, file.shown, limits)
    if (!(told instanceof DescentError)) throw told
    const [message = told.message] = renamed([told.message], scratch, file)
    throw message === told.message ? told : new DescentError(told.code, message, told.field)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Text as it lies there, which can be read row by row. Errors: a DescentError for a setting that it does not have. */
export async function isPlainText(options: CsvOptions, { limits }: ReadContext): Promise<boolean> {
  const { path } = options
  const at = await stat(path).catch(() => null)
  if (at?.isDirectory() === true) return false
  await checkFile(path, limits)
  const head = await headOf(path)
  if (isGzip(head) || isZip(head) || formatOf(head, path) !== 'text') return false
  checkOptions(options, 'text', path, false)
  return true
}

/** `files`: a folder that lasts as long as the connection. */
export async function loadTable(
  connection: DuckDBConnection,
  options: CsvOptions,
  files: string,
  context: ReadContext,
): Promise<RawTable> {
  // Whatever the file is: what nobody could mean.
  givenOf(options)
  const at = await stat(options.path).catch(() => null)
  return at?.isDirectory() === true
    ? await loadParts(connection, options, context, (part, each) => loadFile(connection, part, files, each))
    : await loadFile(connection, options, files, context)
}
