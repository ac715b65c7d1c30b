/** JSON: a list of records, an object of columns, or values line by line. What is nested becomes columns `a.b`. */
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  describeLimit,
  readingOptions,
  type Limits,
  type Receipt,
  type TableFormatName,
} from '../../../../contract/index.ts'
import { limitError } from '../../../inputs/limit-error.ts'
import type { DuckDBConnection } from '../duckdb.ts'
import { Tale } from '../reading/account.ts'
import { loadCsv } from '../reading/read-csv.ts'
import { utf16Kind } from '../reading/source-file.ts'
import { plainText } from './cells.ts'
import { checkWidth, fillRows, writeRows, type Cells } from './fill.ts'
import { allRows, bad, listed, type Format, type Loaded, type Loading } from './format.ts'
import { deepest, isRecord, JsonColumns, tableIn, type FoundTable, type JsonObject } from './json-table.ts'
import { isJson, isLines, JsonSplitter, parseJson, type JsonShape } from './json-values.ts'
import { TypedNumbers } from './typed.ts'
import { dataExtension, headOf } from './unpack.ts'

const decoderFor = (head: Buffer, fatal = false): TextDecoder =>
  new TextDecoder(utf16Kind(head) ?? 'utf-8', { fatal })

const textOf = (head: Buffer): string => decoderFor(head).decode(head, { stream: true })

interface Value {
  readonly value: unknown
  readonly line: number
}

/** Damaged text would be values that nobody wrote. */
function decoding(shown: string, decode: () => string): string {
  try {
    return decode()
  } catch {
    throw bad(
      `${shown} is not in UTF-8, which is what JSON is written in: some of its characters would be lost. Save it as UTF-8.`,
    )
  }
}

/** One pass over the file. Parts that are no JSON are told. */
async function* valuesOf(
  { file, context }: Loading,
  shape: JsonShape,
  refuse: (line: number, reason: string, text: string) => void,
  seen: Seen,
): AsyncGenerator<Value> {
  const { limits } = context
  const tooLong = (line: number): never => {
    throw limitError('lineLength', limits, `A value of ${file.shown}, from line ${line} on, has`, null)
  }
  const goesOn = (line: number): never => {
    throw bad(
      `${file.shown} goes on behind the end of its list, in line ${line}. Take out what stands there, or save the file as one list.`,
    )
  }
  const splitter = new JsonSplitter(shape, limits.lineLength, tooLong, goesOn)
  const decoder = decoderFor(await headOf(file.path), true)
  const decode = (chunk?: Buffer) =>
    decoding(file.shown, () =>
      chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }),
    )
  const parsed = function* (parts: { text: string; line: number }[]) {
    for (const { text, line } of parts)
      try {
        yield { value: parseJson(text), line }
      } catch (error) {
        if (error instanceof RangeError) throw error
        refuse(line, 'no valid JSON', text)
      }
  }
  for await (const chunk of createReadStream(file.path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>)
    yield* parsed(splitter.take(decode(chunk)))
  yield* parsed(splitter.take(decode()))
  if (!splitter.isComplete && shape === 'list')
    throw bad(`${file.shown} breaks off: its list is not closed. Export it again.`)
  yield* parsed(splitter.rest())
  seen.lists = splitter.lists
}

interface Seen {
  /** One after the other. */
  lists: number
}

/** One value over many lines is understood as a whole. */
const largestWhole = (limits: Limits): number => Math.min(256 << 20, Math.floor(limits.jobMemory / 16))

async function wholeOf({ file, context }: Loading): Promise<unknown> {
  const { size } = await stat(file.path)
  const most = largestWhole(context.limits)
  if (size > most)
    throw bad(
      `${file.shown} is one JSON object of ${describeLimit('bytes', size)}, and such an object is read up to ${describeLimit('bytes', most)}. Save it as a list of records, or as JSON lines.`,
    )
  const bytes = await readFile(file.path)
  const decoder = decoderFor(bytes.subarray(0, 4096), true)
  return parseJson(decoding(file.shown, () => decoder.decode(bytes)))
}

interface Source {
  readonly found: Omit<FoundTable, 'rows'>
  readonly seen: Seen
  /** Anew with every call. */
  rows(refuse: (line: number, reason: string, text: string) => void): AsyncIterable<Value>
}

const alone = { name: null, names: [], note: null }

async function sourceOf(loading: Loading, asked: string | null): Promise<Source> {
  const { file } = loading
  const seen: Seen = { lists: 1 }
  const head = textOf(await headOf(file.path))
  const shape: JsonShape | null = isLines(head)
    ? 'lines'
    : head
          .replace(/^\ufeff/, '')
          .trimStart()
          .startsWith('[')
      ? 'list'
      : null
  const noTable = (names: readonly string[]) =>
    bad(
      `${file.shown} has no list “${asked}”.${names.length > 0 ? ` It has: ${listed(names)}.` : ''}`,
      'table',
    )
  if (shape !== null) {
    if (asked !== null) throw noTable([])
    return { found: alone, seen, rows: (refuse) => valuesOf(loading, shape, refuse, seen) }
  }
  let whole: unknown
  try {
    whole = await wholeOf(loading)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    // Objects one after the other, each over many lines.
    return { found: alone, seen, rows: (refuse) => valuesOf(loading, 'values', refuse, seen) }
  }
  const found = tableIn(whole, asked)
  if (found === null) throw noTable(tableIn(whole, null)?.names ?? [])
  const { rows, ...rest } = found
  return {
    found: rest,
    seen,
    async *rows() {
      await Promise.resolve()
      for (const [i, value] of rows.entries()) yield { value, line: i + 1 }
    },
  }
}

function decisionsFor({ name, names }: Source['found'], asked: string | null): Receipt['layout'] {
  if (name === null) return []
  return [
    {
      option: 'table',
      value: name,
      evidence:
        names.length > 1
          ? `${asked === null ? 'The longest' : 'One'} of ${names.length} lists: ${listed(names)}.`
          : null,
      given: asked !== null,
      ...(names.length > 1 && { choices: [...names] }),
    },
  ]
}

/** What is nested without an end is no table, and would take a stack that nobody has. */
async function loadJson(connection: DuckDBConnection, loading: Loading): Promise<Loaded> {
  try {
    return await loadValues(connection, loading)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw bad(
      `${loading.file.shown} nests its objects and lists more than ${deepest} times, one in the other: it is no table.`,
    )
  }
}

async function loadValues(connection: DuckDBConnection, loading: Loading): Promise<Loaded> {
  const { file, options, scratch, files, context } = loading
  const { shown } = file
  const { limits, progress } = context
  const asked = options.table === undefined || options.table === 'auto' ? null : options.table
  const source = await sourceOf(loading, asked)
  const columns = new JsonColumns()
  const rejected = new Tale()
  let kind: 'records' | 'lists' | 'values' | null = null
  let count = 0
  for await (const { value, line } of source.rows((line, reason, text) =>
    rejected.add(
      line,
      () => reason,
      () => text,
    ),
  )) {
    kind ??= isRecord(value) ? 'records' : Array.isArray(value) ? 'lists' : 'values'
    const fits = kind === 'records' ? isRecord(value) : kind === 'lists' ? Array.isArray(value) : true
    if (!fits) {
      rejected.add(
        line,
        () => `no ${kind === 'records' ? 'object' : 'list'} like the others`,
        () => plainText(value) ?? 'null',
      )
      continue
    }
    count++
    if (kind === 'records') {
      columns.add(value as JsonObject)
      if (columns.width > limits.columns) checkWidth(shown, columns.width, limits)
    }
  }
  if (kind === null && rejected.count === 0) throw bad(`${shown} holds an empty list: there are no rows.`)
  if (rejected.count > count) {
    const [first] = rejected.told
    throw bad(
      `${shown} cannot be read as JSON: ${count === 0 ? 'nothing in it is valid' : `more than half of it is not valid`}. Line ${first?.line ?? 1}: ${first?.reason ?? 'no valid JSON'}.`,
    )
  }
  progress(0.4)
  const silent = () => undefined
  const { found } = source
  const common = {
    rowsRejected: rejected.count,
    rejected: rejected.told,
    decisions: decisionsFor(found, asked),
  }
  const said = [
    ...(found.name !== null && found.names.length > 1 && asked === null
      ? [
          `The list “${found.name}” is read, the longest of ${listed(found.names)}. Another one is chosen by its name.`,
        ]
      : []),
    ...(found.note === null ? [] : [found.note]),
    ...(source.seen.lists > 1
      ? [`The file holds ${source.seen.lists} lists, one after the other, which are read as one table.`]
      : []),
    ...(rejected.count === 0
      ? []
      : [
          `${rejected.count} ${rejected.count === 1 ? 'value was' : 'values were'} left out because ${rejected.count === 1 ? 'it' : 'they'} could not be read.`,
        ]),
  ]
  if (kind === 'lists') {
    const path = join(scratch, 'lists.csv')
    const typed = new TypedNumbers(true)
    const rows = async function* (): AsyncGenerator<Cells> {
      for await (const { value } of source.rows(silent))
        if (Array.isArray(value)) {
          checkWidth(shown, Math.max(1, value.length), limits)
          for (const [i, cell] of value.entries()) typed.see(i, cell)
          yield (value as unknown[]).map(plainText)
        }
    }
    await writeRows(rows(), path, shown, limits)
    const table = await loadCsv(connection, { ...options, path, ...ownDialect }, files, context)
    return {
      ...table,
      ...common,
      typedNumbers: typed.columns,
      decisions: [...common.decisions, ...table.decisions.filter(({ option }) => option === 'header')],
      encoding: null,
      notes: [...said, ...table.notes],
    }
  }
  const { header = 'auto' } = options
  if (header !== 'auto')
    throw bad(
      `“${readingOptions.header.label}” is “${header}”, but ${shown} holds ${kind === 'records' ? 'objects, which name their values themselves' : 'single values, which have no names'}: only lists of lists have rows that may be names.`,
      'header',
    )
  const isValues = kind === 'values'
  const rows = async function* (): AsyncGenerator<Cells> {
    for await (const { value } of source.rows(silent))
      if (isValues) yield [isRecord(value) ? null : plainText(value)]
      else if (isRecord(value)) yield columns.cells(value)
  }
  const settled = columns.settle()
  const names = isValues ? ['value'] : settled.names
  const filled = await fillRows(connection, { names, rows: rows() }, { shown, scratch, files, limits })
  const lists = names.filter((_, i) => settled.lists.has(i))
  return {
    ...allRows,
    ...common,
    relation: filled.relation,
    file: filled.file,
    names: filled.names,
    typedNumbers: settled.numbers,
    rows: filled.rows,
    notes: [
      ...said,
      ...filled.notes,
      ...(lists.length > 0
        ? [`Lists are kept as text (JSON): ${listed(lists.map((name) => `“${name}”`))}.`]
        : []),
    ],
  }
}

const ownDialect = {
  delimiter: 'comma',
  quote: '"',
  escape: 'doubled',
  comment: 'none',
  encoding: 'UTF-8',
  certain: true,
} as const

const jsonExtensions: readonly string[] = ['json', 'jsonl', 'ndjson', 'geojson']

/** A file that says it is JSON is one from its first bracket on, however damaged. */
const looksLikeJson = (head: Buffer, path: string): boolean => {
  const text = textOf(head)
  if (jsonExtensions.includes(dataExtension(path)) && /^\ufeff?\s*[[{]/.test(text)) return true
  return isJson(text)
}

const format = (wanted: (head: string, path: string) => boolean): Format => ({
  recognizes: (head, path) => looksLikeJson(head, path) && wanted(textOf(head), path),
  load: loadJson,
})

const inLines = (head: string, path: string): boolean =>
  isLines(head) || ['jsonl', 'ndjson'].includes(dataExtension(path))

export const jsonFormats = {
  jsonl: format(inLines),
  json: format((head, path) => !inLines(head, path)),
} satisfies Partial<Record<TableFormatName, Format>>
