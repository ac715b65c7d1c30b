/**
 * A dataset on disk: one Parquet file, rows in the file's order, with the text of every cell as it stood in the user's
 * file: a column can become a category later and prints as it did (`2`, not `2.0`). Versions 1 and 3 have the columns `t<i>`,
 * and beside those of numbers and dates `n<i>`, the number; versions 2 and 4, for wide tables, have the lists `cells`
 * (relation.ts). The first two of them had a style of numbers instead of parsers.
 */
import { join } from 'node:path'
import { z } from 'zod'
import {
  DescentError,
  familySchema,
  parserFor,
  parserOf,
  parsers,
  sameParser,
  type Column,
  type Parser,
} from '../../../contract/index.ts'
import type { DataFolder } from '../kind.ts'
import { columnsAtOnce, query, quoted, type DuckDBConnection } from './duckdb.ts'
import { styleSchema, styles } from './parsers/upgrades.ts'
import { layoutFor, noneStored, valueSql, type Reading, type Relation } from './relation.ts'

const parser = familySchema(parsers).nullable()
const tableFileSchema = z.object({
  version: z.literal([1, 2, 3, 4]),
  delimiter: z.string(),
  columns: z.array(
    z
      .object({
        name: z.string(),
        /** The style that its numbers are read by where a recipe names no parser. */
        number: styleSchema.nullable(),
        /** What the import read it by; null: it is text. */
        parser: parser.optional(),
      })
      .transform(({ parser, ...column }) => ({
        ...column,
        parser: parser === undefined ? column.number && styles[column.number] : parser,
      })),
  ),
})
export type TableFile = z.infer<typeof tableFileSchema>

export const tableFileOf = ({ folder, id }: DataFolder): string => join(folder, `${id}.parquet`)

const metadataKey = 'descent'

/**
 * DuckDB holds a group of rows in memory before it writes it; its own size, four times as many, is meant for few columns, and takes
 * a fifth longer to write.
 */
const rowsPerGroup = (columns: number): number =>
  Math.max(2048, Math.min(30_720, Math.floor(16_000_000 / columns)))

/** Packed at level 1, which is quicker than the usual one and takes a sixth more room: an import is waited for. */
export async function writeTableFile(
  connection: DuckDBConnection,
  relation: Relation,
  table: Omit<TableFile, 'version'>,
  to: string,
): Promise<void> {
  const lists = relation.layout === 'lists'
  const texts = lists ? ['cells'] : table.columns.map((_, i) => `t${i}`)
  const stored = table.columns.flatMap(({ parser }, index) =>
    parser === null || lists ? [] : [`${valueSql(relation, { index, as: parser })} AS n${index}`],
  )
  const written: TableFile = { version: lists ? 4 : 3, ...table }
  await connection.run(
    `COPY (SELECT ${[...texts, ...stored].join(', ')} FROM ${relation.sql}) TO ${quoted(to)}
     (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE ${rowsPerGroup(table.columns.length)},
      KV_METADATA {${metadataKey}: ${quoted(JSON.stringify(written))}})`,
  )
}

/** Whether a file that was written with these columns is what one with those would be: a number more is in nobody's way. */
export const holds = (written: Omit<TableFile, 'version'>, wanted: Omit<TableFile, 'version'>): boolean =>
  written.delimiter === wanted.delimiter &&
  written.columns.every((column, i) => {
    const { name, number, parser } = wanted.columns[i]!
    const stored = parser === null || (column.parser !== null && sameParser(column.parser, parser))
    return column.name === name && column.number === number && stored
  })

export interface OpenTable extends TableFile {
  readonly relation: Relation
}

/** Of the columns that a file of few was written with. */
export const relationOf = (file: string, columns: TableFile['columns'], options = ''): Relation => ({
  sql: parquetSql(file, options),
  layout: 'columns',
  stored: new Map(columns.flatMap(({ parser }, i): [number, Parser][] => (parser ? [[i, parser]] : []))),
})

const parquetSql = (file: string, options = ''): string => `read_parquet(${quoted(file)}${options})`

/** `options`: more of what `read_parquet` understands. */
export async function readTableFile(
  connection: DuckDBConnection,
  file: string,
  options = '',
): Promise<OpenTable> {
  try {
    const [row] = await query(
      connection,
      `SELECT decode(value) AS value FROM parquet_kv_metadata(${quoted(file)}) WHERE decode(key) = '${metadataKey}'`,
    )
    const table = tableFileSchema.parse(JSON.parse(String(row?.value)))
    const relation: Relation =
      table.version % 2 === 0
        ? { sql: parquetSql(file, options), layout: 'lists', stored: noneStored }
        : relationOf(file, table.columns, options)
    return { ...table, relation }
  } catch {
    throw new DescentError(
      'damaged',
      `The workspace's copy of the table (${file}) is missing or damaged. Import the data again.`,
    )
  }
}

/** Lists of a wide table, also where its file is of version 1. Read once, where a table is asked about many times. */
export async function loadWide(
  connection: DuckDBConnection,
  { relation, columns }: OpenTable,
  times: 'once' | 'often',
): Promise<Relation> {
  if (layoutFor(columns.length) === 'columns') {
    if (times === 'once' || columns.length <= columnsAtOnce || relation.loaded) return relation
    await connection.run(`CREATE TEMP TABLE loaded AS SELECT * FROM ${relation.sql}`)
    return { ...relation, sql: 'loaded' }
  }
  if (relation.layout === 'lists') {
    if (times === 'once' || relation.loaded) return relation
    await connection.run(`CREATE TEMP TABLE loaded AS SELECT * FROM ${relation.sql}`)
    return { ...relation, sql: 'loaded' }
  }
  const cells = columns.map((_, i) => `t${i}`).join(', ')
  await connection.run(`CREATE TEMP TABLE loaded AS SELECT [${cells}] AS cells FROM ${relation.sql}`)
  return { sql: 'loaded', layout: 'lists', stored: noneStored }
}

/**
 * A column as its recipe has it. Numbers whose parser it does not name are read in the style that earlier versions found,
 * or plainly where somebody made numbers of them; dates as the import did, or as ISO has them.
 */
export function readingOf(
  { columns }: TableFile,
  index: number,
  column: Pick<Column, 'kind' | 'parser'>,
): Reading {
  const imported = columns[index]
  const { kind } = column
  const found = kind === 'number' ? imported?.number && styles[imported.number] : imported?.parser
  const fallback = found ? parserOf({ kind, parser: found }) : null
  return { index, as: parserOf(column) ?? fallback ?? parserFor(kind) ?? 'text' }
}
