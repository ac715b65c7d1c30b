/** SQLite: a copy is opened, to read only, so that nobody's database gets as much as a journal beside it. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { plural, type Receipt } from '../../../../contract/index.ts'
import { plainText } from './cells.ts'
import { fillRows, type Cells } from './fill.ts'
import { allRows, bad, listed, parsing, type Format } from './format.ts'
import { TypedNumbers } from './typed.ts'

const magic = Buffer.from('SQLite format 3\0')

interface Relation {
  readonly name: string
  readonly isView: boolean
  readonly rows: number
}

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

/** Pure. */
function choose(relations: readonly Relation[], asked: string | null, shown: string) {
  const names = relations.map(({ name, isView }) => (isView ? `${name} (a view)` : name))
  const tables = relations.filter(({ isView }) => !isView)
  const lower = asked?.toLowerCase()
  const named =
    relations.find(({ name }) => name === asked) ?? relations.find(({ name }) => name.toLowerCase() === lower)
  if (asked !== null && named === undefined)
    throw bad(
      `${shown} has no table “${asked}”.${names.length > 0 ? ` It has: ${listed(names)}.` : ''}`,
      'table',
    )
  if (named === undefined && tables.length === 0)
    throw bad(
      names.length === 0
        ? `${shown} is a database without tables.`
        : `${shown} has views only, and a view is read where its name is given: ${listed(names)}.`,
      'table',
    )
  const one = named ?? tables.reduce((best, each) => (each.rows > best.rows ? each : best))
  const sizes = relations.map(({ name, isView, rows }) =>
    isView ? `“${name}” (a view)` : `“${name}” (${plural(rows, 'row')})`,
  )
  const decision: Receipt['layout'][number] = {
    option: 'table',
    value: one.name,
    evidence:
      relations.length > 1
        ? `${asked === null ? 'The one with most rows' : 'One'} of ${plural(relations.length, 'table')}: ${listed(sizes)}.`
        : null,
    given: asked !== null,
    ...(relations.length > 1 && { choices: relations.map(({ name }) => name) }),
  }
  return { one, decision }
}

async function hashOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) await pipeline(createReadStream(file), hash, { end: false })
  return hash.digest('hex')
}

export const sqlite: Format = {
  recognizes: (head) => head.subarray(0, magic.length).equals(magic),
  async load(connection, { file, options, scratch, files, context }) {
    const { shown } = file
    const copy = join(scratch, 'database.sqlite')
    await copyFile(file.path, copy)
    // What was written last may not be in the database itself yet.
    const journal = `${options.path}-wal`
    const waiting = await stat(journal).catch(() => null)
    const hasJournal = waiting !== null && waiting.isFile() && waiting.size > 0 && file.path === options.path
    if (hasJournal) await copyFile(journal, `${copy}-wal`)
    // Of both, before it is played back.
    const sha256 = hasJournal ? await hashOf([copy, `${copy}-wal`]) : null
    return await parsing(shown, 'sqlite', async () => {
      // A copy of a database in use needs its journal played back, so it is not opened as read-only.
      const database = new Database(copy, { fileMustExist: true })
      try {
        database.pragma('trusted_schema = OFF')
        database.pragma('cell_size_check = ON')
        database.pragma('query_only = ON')
        database.defaultSafeIntegers(false)
        const asked = options.table === undefined || options.table === 'auto' ? null : options.table
        const { one, decision } = choose(relationsIn(database), asked, shown)
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
            ...(decision.evidence === null || decision.given
              ? []
              : [`The table “${one.name}” is read. ${decision.evidence} Another one is chosen by its name.`]),
            ...(one.isView ? [`“${one.name}” is a view: its rows were computed when it was read.`] : []),
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
