/** SQLite: a copy is opened, to read only, so that nobody's database gets as much as a journal beside it. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { plainText } from './cells.ts'
import { copyDatabase } from './copy-database.ts'
import { fillRows, type Cells } from './fill.ts'
import { allRows, listed, parsing, type Format } from './format.ts'
import { askedTable, chooseRelation, type Relation } from './relations.ts'
import { TypedNumbers } from './typed.ts'

const magic = Buffer.from('SQLite format 3\0')

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Tables with how many rows they have; views, which somebody else's SQL computes, are only named. */
function relationsIn(database: Database.Database): Relation[] {
  const found = database
    .prepare(
      `SELECT name, type, sql FROM sqlite_schema
       WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid`,
    )
    .all() as { name: string; type: string; sql: string | null }[]
  return (
    found
      // What a virtual table holds is computed as well.
      .filter(({ sql }) => !/^\s*create\s+virtual/i.test(sql ?? ''))
      .map(({ name, type }) => ({
        name,
        isView: type === 'view',
        rows:
          type === 'view'
            ? 0
            : (database
                .prepare(`SELECT count(*) FROM ${identifier(name)}`)
                .pluck()
                .get() as number),
      }))
  )
}

export const sqlite: Format = {
  recognizes: (head) => head.subarray(0, magic.length).equals(magic),
  async load(connection, { file, options, scratch, files, context }) {
    const { shown } = file
    const { copy, sha256 } = await copyDatabase(file, options.path, join(scratch, 'database.sqlite'), '-wal')
    return await parsing(shown, 'sqlite', async () => {
      // A copy of a database in use needs its journal played back, so it is not opened as read-only.
      const database = new Database(copy, { fileMustExist: true })
      try {
        database.pragma('trusted_schema = OFF')
        database.pragma('cell_size_check = ON')
        database.pragma('query_only = ON')
        database.defaultSafeIntegers(false)
        const { one, decision, notes } = chooseRelation(
          relationsIn(database),
          askedTable(options.table),
          shown,
        )
        context.progress(0.3)
        const statement = database
          .prepare(`SELECT * FROM ${identifier(one.name)}`)
          .raw()
          .safeIntegers()
        const names = statement.columns().map(({ name }) => name)
        const bytes = names.map(() => 0)
        const typed = new TypedNumbers()
        const rows = function* (): Generator<Cells> {
          for (const row of statement.iterate() as IterableIterator<unknown[]>)
            yield row.map((value, i) => {
              if (value === null) return null
              if (value instanceof Uint8Array) {
                bytes[i]!++
                return null
              }
              typed.see(i, value)
              return plainText(value)
            })
        }
        const filled = await fillRows(
          connection,
          { names, rows: rows() },
          { shown, scratch, files, limits: context.limits },
        )
        const holding = names.filter((_, i) => bytes[i]! > 0).map((name) => `“${name}”`)
        return {
          ...allRows,
          ...filled,
          ...(sha256 !== null && { sha256 }),
          typedNumbers: typed.columns,
          decisions: [decision],
          notes: [
            ...notes,
            ...filled.notes,
            ...(holding.length > 0 ? [`Bytes are no values and read as missing: ${listed(holding)}.`] : []),
          ],
        }
      } finally {
        database.close()
      }
    })
  },
}
