/**
 * A DuckDB database: a copy is opened by a DuckDB of its own, to read only, which may touch no file but the one that takes the
 * table. So a view of it can compute, and reach nothing on this machine.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBTypeId } from '@duckdb/node-api/lib/DuckDBTypeId.js'
import { duckdbLibrary, query, quoted, type DuckDBConnection } from '../duckdb.ts'
import { copyDatabase } from './copy-database.ts'
import { bad, parsing, type Format } from './format.ts'
import { parquet } from './parquet.ts'
import { askedTable, chooseRelation, type Relation } from './relations.ts'

/** Behind a checksum of eight bytes. */
const magic = Buffer.from('DUCK')
const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

interface Stored extends Relation {
  readonly sql: string
}

/** Where tables are that name no other place. */
const usualSchema = 'main'

async function relationsIn(connection: DuckDBConnection): Promise<Stored[]> {
  const found = await query(
    connection,
    `SELECT * FROM (SELECT schema_name AS place, table_name AS name, false AS is_view, table_oid AS oid
       FROM duckdb_tables() WHERE NOT internal AND NOT temporary
     UNION ALL
     SELECT schema_name, view_name, true, view_oid FROM duckdb_views() WHERE NOT internal AND NOT temporary)
     ORDER BY is_view, place <> ${quoted(usualSchema)}, place, oid`,
  )
  const relations: Stored[] = []
  for (const { place, name, is_view: isView } of found) {
    const sql = `${identifier(String(place))}.${identifier(String(name))}`
    const [counted] = isView === true ? [] : await query(connection, `SELECT count(*) AS rows FROM ${sql}`)
    relations.push({
      name: place === usualSchema ? String(name) : `${place}.${name}`,
      qualified: `${place}.${name}`,
      isView: isView === true,
      rows: Number(counted?.rows ?? 0),
      sql,
    })
  }
  return relations
}

/** Longer than any number of Parquet, where they would come as fractions without their last digits. */
const longest = new Set([DuckDBTypeId.HUGEINT, DuckDBTypeId.UHUGEINT, DuckDBTypeId.BIGNUM])
const mostDigits = 38

/** Types of what is nested, with text instead of these numbers. Names and values in quotes stay as they are. */
const asTexts = (type: string): string =>
  type.replaceAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'|\b(?:U?HUGEINT|BIGNUM)\b/g, (part) =>
    /^["']/.test(part) ? part : 'VARCHAR',
  )

/** What Parquet cannot hold as it is: as the longest number that it knows where all fit, or else as their text. */
async function selectFrom(connection: DuckDBConnection, from: string): Promise<string> {
  const empty = await connection.run(`SELECT * FROM ${from} LIMIT 0`)
  const types = empty.columnTypes()
  const columns = empty.columnNames().map((name, i) => ({
    sql: identifier(name),
    type: types[i]!.typeId,
    named: types[i]!.toString(),
  }))
  const long = columns.filter(({ type }) => longest.has(type))
  const counts = long.map(({ sql }, i) => `max(length(ltrim(${sql}::VARCHAR, '-'))) AS d${i}`)
  const [digits = {}] =
    long.length === 0 ? [] : await query(connection, `SELECT ${counts.join(', ')} FROM ${from}`)
  const replaced = columns.flatMap(({ sql, type, named }) => {
    if (type === DuckDBTypeId.UNION) return [`${sql}::VARCHAR AS ${sql}`]
    const at = long.findIndex((each) => each.sql === sql)
    if (at < 0) return asTexts(named) === named ? [] : [`${sql}::${asTexts(named)} AS ${sql}`]
    const fits = Number(digits[`d${at}`] ?? 0) <= mostDigits
    return [`${fits ? `${sql}::VARCHAR::DECIMAL(${mostDigits}, 0)` : `${sql}::VARCHAR`} AS ${sql}`]
  })
  return `SELECT *${replaced.length === 0 ? '' : ` REPLACE (${replaced.join(', ')})`} FROM ${from}`
}

/** As the job's own DuckDB has it. */
interface Resources {
  readonly threads: string
  readonly memory_limit: string
}

const newer = /storage version|newer version|version number/i

async function writeTable(
  copy: string,
  to: string,
  asked: string | null,
  shown: string,
  resources: Resources,
) {
  const { DuckDBInstance } = await duckdbLibrary()
  const instance = await DuckDBInstance.create(copy, {
    access_mode: 'READ_ONLY',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    ...resources,
  })
  try {
    const connection = await instance.connect()
    try {
      await connection.run(`SET allowed_directories = [${quoted(to)}]`)
      await connection.run(`SET temp_directory = ${quoted(join(to, 'spill'))}`)
      await connection.run('SET enable_external_access = false')
      await connection.run('SET lock_configuration = true')
      const chosen = chooseRelation(await relationsIn(connection), asked, shown)
      const path = join(to, 'table.parquet')
      await connection.run(
        `COPY (${await selectFrom(connection, chosen.one.sql)}) TO ${quoted(path)} (FORMAT parquet)`,
      )
      return { ...chosen, path }
    } finally {
      connection.closeSync()
    }
  } finally {
    instance.closeSync()
  }
}

export const duckdb: Format = {
  recognizes: (head) => head.subarray(8, 12).equals(magic),
  async load(connection, loading) {
    const { file, options, scratch, context } = loading
    const { shown } = file
    const { copy, sha256 } = await copyDatabase(file, options.path, join(scratch, 'database.duckdb'), '.wal')
    const folder = join(scratch, 'table')
    await mkdir(folder)
    const [row = {}] = await query(
      connection,
      `SELECT current_setting('threads')::VARCHAR AS threads, current_setting('memory_limit') AS memory`,
    )
    const resources = { threads: String(row.threads), memory_limit: String(row.memory) }
    const { path, decision, notes } = await parsing(shown, 'duckdb', async () => {
      try {
        return await writeTable(copy, folder, askedTable(options.table), shown, resources)
      } catch (error) {
        const { message = '' } = error as Error
        if (newer.test(message))
          throw bad(
            `${shown} was written by a DuckDB that this one does not understand. Export the table as Parquet (COPY … TO 'table.parquet'), and import that.`,
          )
        if (/permission error/i.test(message))
          throw bad(
            `${shown}: what is asked for reads other files, and a database that is imported may not. Export it as Parquet (COPY … TO 'table.parquet'), and import that.`,
            'table',
          )
        throw error
      }
    })
    context.progress(0.3)
    const read = await parquet.load(connection, { ...loading, file: { path, shown, of: 'duckdb' } })
    return {
      ...read,
      ...(sha256 !== null && { sha256 }),
      decisions: [decision, ...read.decisions],
      notes: [...notes, ...read.notes],
    }
  },
}
