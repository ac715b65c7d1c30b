/** Parquet, which DuckDB reads by itself. */
import { copyFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBType } from '@duckdb/node-api'
import { DuckDBTypeId } from '@duckdb/node-api/lib/DuckDBTypeId.js'
import type { DuckDBConnection } from '../duckdb.ts'
import { countRows } from '../aggregate.ts'
import { query, quoted } from '../duckdb.ts'
import { columnNames } from '../reading/header.ts'
import { fill } from '../reading/read-csv.ts'
import { checkWidth } from './fill.ts'
import { holdsPictures, pictureNameSql, writePictures } from './pictures-in-cells.ts'
import { allRows, listed, parsing, type Format, type FormatFile } from './format.ts'

interface Leaf {
  readonly name: string
  /** The value, and its type. */
  readonly sql: string
  readonly type: DuckDBType
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** The fields of structs are columns of their own. */
function leavesOf(name: string, sql: string, type: DuckDBType): Leaf[] {
  if (type.typeId !== DuckDBTypeId.STRUCT) return [{ name, sql, type }]
  const { entryNames, entryTypes } = type as unknown as {
    readonly entryNames: readonly string[]
    readonly entryTypes: readonly DuckDBType[]
  }
  return entryNames.flatMap((entry, i) =>
    leavesOf(`${name}.${entry}`, `struct_extract(${sql}, ${quoted(entry)})`, entryTypes[i]!),
  )
}

const nested = new Set([DuckDBTypeId.LIST, DuckDBTypeId.ARRAY, DuckDBTypeId.MAP, DuckDBTypeId.UNION])
const moments = new Set([
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_S,
  DuckDBTypeId.TIMESTAMP_MS,
  DuckDBTypeId.TIMESTAMP_NS,
])
const fractions = new Set([DuckDBTypeId.FLOAT, DuckDBTypeId.DOUBLE])
/** Whose text is a plain number. */
const quantities = new Set([
  ...fractions,
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.DECIMAL,
])

interface Facts {
  /** Moments that all begin a day. */
  readonly days: ReadonlySet<Leaf>
  /** Bytes that are text after all: some writers do not say so. */
  readonly texts: ReadonlySet<Leaf>
}

/** Parsers read this text without loss. */
function textSql({ sql, type }: Leaf, isDay: boolean): string {
  const { typeId } = type
  if (isDay) return `CAST(${sql} AS DATE)::VARCHAR`
  if (fractions.has(typeId)) return `CASE WHEN NOT isnan(${sql}) THEN ${sql}::VARCHAR END`
  if (typeId === DuckDBTypeId.TIMESTAMP_TZ) return `(${sql} AT TIME ZONE 'UTC')::VARCHAR`
  if (nested.has(typeId)) return `CASE WHEN ${sql} IS NOT NULL THEN to_json(${sql})::VARCHAR END`
  if (typeId === DuckDBTypeId.BLOB) return `decode(${sql})`
  return `${sql}::VARCHAR`
}

const daySql = ({ sql, type }: Leaf): string =>
  type.typeId === DuckDBTypeId.TIMESTAMP_TZ ? `(${sql} AT TIME ZONE 'UTC')` : sql

async function look(connection: DuckDBConnection, from: string, leaves: readonly Leaf[]): Promise<Facts> {
  const isMoment = ({ type }: Leaf) => moments.has(type.typeId) || type.typeId === DuckDBTypeId.TIMESTAMP_TZ
  const dated = leaves.filter(isMoment)
  const blobs = leaves.filter(({ type }) => type.typeId === DuckDBTypeId.BLOB)
  const asked = [
    ...dated.map((leaf, i) => `bool_and(${daySql(leaf)} = date_trunc('day', ${daySql(leaf)})) AS d${i}`),
    ...blobs.map(
      ({ sql }, i) => `bool_and(try(decode(${sql})) IS NOT NULL) FILTER (${sql} IS NOT NULL) AS b${i}`,
    ),
  ]
  if (asked.length === 0) return { days: new Set(), texts: new Set() }
  const [row = {}] = await query(connection, `SELECT ${asked.join(', ')} FROM ${from}`)
  return {
    days: new Set(dated.filter((_, i) => row[`d${i}`] === true)),
    texts: new Set(blobs.filter((_, i) => row[`b${i}`] === true)),
  }
}

/** Stars and brackets in a name stand for several files to DuckDB. */
async function literal({ path }: FormatFile, scratch: string): Promise<string> {
  if (!/[*?[\]{}]/.test(path)) return path
  const link = join(scratch, 'table.parquet')
  await symlink(path, link).catch(() => copyFile(path, link))
  return link
}

const magic = Buffer.from('PAR1')

export const parquet: Format = {
  recognizes: (head) => head.subarray(0, 4).equals(magic),
  async load(connection, { file, scratch, files, context: { limits, progress, pictures: folder } }) {
    const from = `read_parquet(${quoted(await literal(file, scratch))})`
    return await parsing(file.shown, file.of ?? 'parquet', async () => {
      const empty = await connection.run(`SELECT * FROM ${from} LIMIT 0`)
      const types = empty.columnTypes()
      const all = empty.columnNames().flatMap((name, i) => leavesOf(name, identifier(name), types[i]!))
      checkWidth(file.shown, all.length, limits)
      const { days, texts } = await look(connection, from, all)
      progress(0.3)
      const isBytes = (leaf: Leaf) => leaf.type.typeId === DuckDBTypeId.BLOB && !texts.has(leaf)
      const pictures = new Set<Leaf>()
      for (const leaf of folder === undefined ? [] : all.filter(isBytes))
        if (await holdsPictures(connection, from, leaf.sql)) pictures.add(leaf)
      const written = { shown: file.shown, limits, pictures: 0, bytes: 0 }
      for (const { sql } of pictures) await writePictures(connection, from, sql, folder!, written)
      const leaves = all.filter((leaf) => !isBytes(leaf) || pictures.has(leaf))
      const width = leaves.length
      checkWidth(file.shown, width, limits)
      const cells = leaves.map((leaf) =>
        pictures.has(leaf) ? pictureNameSql(leaf.sql) : `nullif(trim(${textSql(leaf, days.has(leaf))}), '')`,
      )
      const { names, notes } = columnNames(
        leaves.map(({ name }) => name),
        width,
      )
      const read = `(SELECT ${cells.map((sql, i) => `${sql} AS t${i}`).join(', ')} FROM ${from})`
      const numbers = new Set(leaves.flatMap(({ type }, i) => (quantities.has(type.typeId) ? [i] : [])))
      const expected = { names, delimiter: ',', numbers, trimmed: true }
      const filled = await fill(connection, read, expected, files)
      progress(0.9)
      const told = (some: readonly Leaf[], sentence: (names: string) => string): string[] =>
        some.length === 0 ? [] : [sentence(listed(some.map(({ name }) => `“${name}”`)))]
      return {
        ...allRows,
        ...filled,
        decisions: [],
        typedNumbers: numbers,
        names,
        rows: await countRows(connection, filled.relation),
        notes: [
          ...notes,
          ...told(
            all.filter((leaf) => isBytes(leaf) && !pictures.has(leaf)),
            (bytes) => `Left out because they hold bytes and no values: ${bytes}.`,
          ),
          ...told(
            leaves.filter(({ type }) => nested.has(type.typeId)),
            (lists) => `Lists are kept as text (JSON): ${lists}.`,
          ),
          ...told(
            leaves.filter(({ type }) => type.typeId === DuckDBTypeId.TIMESTAMP_TZ),
            (zoned) => `Moments with a time zone are read in UTC: ${zoned}.`,
          ),
        ],
      }
    })
  },
}
