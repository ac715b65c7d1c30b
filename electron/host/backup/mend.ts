/**
 * What is wrong with single rows of a database whose form is ours, put right in a copy of it: one such row would make
 * everything else of a backup unreadable.
 */
import { plural } from '../../contract/index.ts'
import type { Connection } from '../store/database.ts'
import { listed } from '../store/listed.ts'

interface Key {
  readonly id: number
  readonly table: string
  readonly from: string
  readonly to: string | null
  readonly on_delete: string
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

const tablesOf = (db: Connection): string[] =>
  db
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all()

/** By the columns, as tables without row ids have nothing else. */
function dropOrphansOf(db: Connection, table: string): number {
  const keys = db.pragma(`foreign_key_list(${quoted(table)})`) as Key[]
  let dropped = 0
  for (const id of new Set(keys.map((key) => key.id))) {
    const parts = keys.filter((key) => key.id === id)
    const [first] = parts
    if (first === undefined || parts.some(({ to }) => to === null)) continue
    const child = (column: string): string => `${quoted(table)}.${quoted(column)}`
    const orphan = [
      ...parts.map(({ from }) => `${child(from)} IS NOT NULL`),
      `NOT EXISTS (SELECT 1 FROM ${quoted(first.table)} AS parent WHERE ${parts
        .map(({ from, to }) => `parent.${quoted(to!)} = ${child(from)}`)
        .join(' AND ')})`,
    ].join(' AND ')
    const cleared = parts.map(({ from }) => `${quoted(from)} = NULL`).join(', ')
    const sql =
      first.on_delete === 'SET NULL'
        ? `UPDATE ${quoted(table)} SET ${cleared} WHERE ${orphan}`
        : `DELETE FROM ${quoted(table)} WHERE ${orphan}`
    dropped += db.prepare(sql).run().changes
  }
  return dropped
}

/** Rows that refer to rows that are not there are shown nowhere, and what refers to them goes too. */
function dropOrphans(db: Connection): number {
  let all = 0
  for (let dropped = -1; dropped !== 0; all += dropped)
    dropped = tablesOf(db).reduce((sum, table) => sum + dropOrphansOf(db, table), 0)
  return all
}

/** Gives what is to be told. */
export function mendRows(db: Connection, isPlace: (path: string) => boolean): string[] {
  const notes: string[] = []
  const isMain = tablesOf(db).includes('files')
  db.transaction(() => {
    const paths = isMain ? db.prepare<[], string>('SELECT path FROM files').pluck().all() : []
    const foreign = paths.filter((path) => !isPlace(path))
    for (const path of foreign) {
      db.prepare('DELETE FROM dataset_files WHERE path = ?').run(path)
      db.prepare('DELETE FROM files WHERE path = ?').run(path)
    }
    if (foreign.length > 0)
      notes.push(
        `${plural(foreign.length, 'file', 'files')} that the database names ${foreign.length === 1 ? 'lies' : 'lie'} where no data is kept, and did not come along: ${listed(foreign.map((path) => JSON.stringify(path)))}.`,
      )
    const orphans = (db.pragma('foreign_key_check') as unknown[]).length > 0 ? dropOrphans(db) : 0
    if (orphans > 0)
      notes.push(
        `${plural(orphans, 'row')} of the database referred to what is not there, and did not come along.`,
      )
  })()
  return notes
}
