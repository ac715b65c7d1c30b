/** Opening one SQLite file safely: checked, backed up, migrated; set aside when damaged. */
import { existsSync, renameSync, statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { DescentError } from '../../contract/index.ts'
import type { Migration } from './migrations.ts'
import { makePrivateFile } from './private.ts'
import { folded } from './run-keys.ts'

export type Connection = Database.Database

const damageCodes = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB'])

/** Whether SQLite says that the file itself is broken. */
export const isDamage = (error: unknown): boolean =>
  error instanceof Database.SqliteError && damageCodes.has(error.code.split('_').slice(0, 2).join('_'))

/** Statements are compiled once: SQLite's memory for one comes back only with V8's next large collection. */
const mostStatements = 500

function keepStatements(db: Connection): void {
  const compile = db.prepare.bind(db)
  const kept = new Map<string, Database.Statement>()
  const prepare = (sql: string): Database.Statement => {
    const known = kept.get(sql)
    // One that is still being read cannot begin again.
    if (known === undefined || known.busy) {
      const fresh = compile(sql)
      if (kept.size >= mostStatements) kept.clear()
      kept.set(sql, fresh)
      return fresh
    }
    // Whoever used it before may have asked for plain values.
    return known.reader ? known.pluck(false).raw(false) : known
  }
  db.prepare = prepare as typeof db.prepare
}

export function connect(file: string): Connection {
  makePrivateFile(file)
  const db = new Database(file)
  keepStatements(db)
  try {
    db.pragma('busy_timeout = 5000')
    db.pragma('journal_mode = WAL')
    // FULL: a checkpoint that was reported as saved survives a power cut.
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    // For filters: SQLite's own lower() and LIKE know the case of ASCII alone.
    db.function('folded', { deterministic: true }, (text) => (typeof text === 'string' ? folded(text) : text))
    for (const journal of ['-wal', '-shm']) if (existsSync(file + journal)) makePrivateFile(file + journal)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Checking more than this takes longer than anybody waits for a window; the check in the background does it. */
const largeBytes = 256 * 1024 * 1024

function isSound(db: Connection): boolean {
  if (statSync(db.name).size <= largeBytes) return db.pragma('quick_check(1)', { simple: true }) === 'ok'
  // Pages that are still in the journal would be missing from the file.
  db.pragma('wal_checkpoint(PASSIVE)')
  const [pages, size] = ['page_count', 'page_size'].map((name) => Number(db.pragma(name, { simple: true })))
  return statSync(db.name).size >= pages! * size!
}

/** Sorts by time, and is a file name everywhere. */
export const stamp = (time: Date): string => time.toISOString().replaceAll(/[:.]/g, '-')

/** `path`, or with a number behind it where that is taken: clocks may go backwards. */
export function freePath(path: string): string {
  let free = path
  for (let n = 2; existsSync(free); n++) free = `${path}-${n}`
  return free
}

/** Renames a database and its journal files; returns the new name. Nothing is ever deleted: a specialist may still recover it. */
export function moveAside(file: string, time = new Date()): string {
  const aside = freePath(`${file}.damaged-${stamp(time)}`)
  for (const suffix of ['', '-wal', '-shm'])
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix)
  return aside
}

/** A file without a byte, which SQLite takes for a new database, throwing a journal beside it away. */
export const isHollow = (file: string): boolean => existsSync(file) && statSync(file).size === 0

/** Opens the file if it is a sound database (or does not exist yet); null when it is damaged. */
export function openSound(file: string): Connection | null {
  let db: Connection | undefined
  try {
    db = connect(file)
    if (isSound(db)) return db
  } catch (error) {
    if (!isDamage(error)) {
      db?.close()
      throw error
    }
  }
  db?.close()
  return null
}

export const versionOf = (db: Connection): number => Number(db.pragma('user_version', { simple: true }))

/** What `read` finds in an empty database as that version made it. */
export function schemaOf<T>(
  migrations: readonly Migration[],
  version: number,
  read: (db: Connection) => T,
): T {
  const db = new Database(':memory:')
  try {
    migrate(
      db,
      migrations.filter((each) => each.version <= version),
    )
    return read(db)
  } finally {
    db.close()
  }
}

/** Brings the schema up to date in one transaction, after a backup of what was there; returns the backup's name. */
export function migrate(db: Connection, migrations: readonly Migration[], time = new Date()): string | null {
  const newest = migrations.at(-1)?.version ?? 0
  const found = versionOf(db)
  if (found > newest)
    throw new DescentError(
      'unavailable',
      `${db.name} was written by a newer version of Descent (schema ${found}; this version knows ${newest}). ` +
        'Update Descent, or choose another workspace with --workspace.',
    )
  if (found === newest) return null
  const backup = found > 0 ? freePath(`${db.name}.backup-v${found}-${stamp(time)}`) : null
  if (backup !== null) {
    makePrivateFile(backup)
    db.exec(`VACUUM INTO '${backup.replaceAll("'", "''")}'`)
  }
  db.transaction(() => {
    // Read again inside the transaction: another process may have migrated meanwhile.
    const current = versionOf(db)
    for (const migration of migrations)
      if (migration.version > current) {
        for (const [name, work] of Object.entries(migration.functions ?? {}))
          db.function(name, { deterministic: true }, work as (value: unknown) => string)
        db.exec(migration.sql)
        db.pragma(`user_version = ${migration.version}`)
      }
  }).immediate()
  return backup
}
