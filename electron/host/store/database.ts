/** Opening one SQLite file safely: checked, backed up, migrated; set aside when damaged. */
import { existsSync, renameSync } from 'node:fs'
import Database from 'better-sqlite3'
import { DescentError } from '../../contract/index.ts'
import type { Migration } from './migrations.ts'

export type Connection = Database.Database

const damageCodes = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB'])

const isDamage = (error: unknown): boolean =>
  error instanceof Database.SqliteError && damageCodes.has(error.code.split('_').slice(0, 2).join('_'))

export function connect(file: string): Connection {
  const db = new Database(file)
  try {
    db.pragma('busy_timeout = 5000')
    db.pragma('journal_mode = WAL')
    // FULL: a checkpoint that was reported as saved survives a power cut.
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

const isSound = (db: Connection): boolean => db.pragma('quick_check(1)', { simple: true }) === 'ok'

const stamp = (time: Date) => time.toISOString().replaceAll(/[:.]/g, '-')

/** Renames a database and its journal files; returns the new name. Nothing is ever deleted: a specialist may still recover it. */
export function moveAside(file: string, time = new Date()): string {
  const aside = `${file}.damaged-${stamp(time)}`
  for (const suffix of ['', '-wal', '-shm'])
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix)
  return aside
}

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

const versionOf = (db: Connection): number => Number(db.pragma('user_version', { simple: true }))

/** Brings the schema up to date in one transaction, after a backup of what was there. */
export function migrate(db: Connection, migrations: readonly Migration[], time = new Date()): void {
  const newest = migrations.at(-1)?.version ?? 0
  const found = versionOf(db)
  if (found > newest)
    throw new DescentError(
      'unavailable',
      `${db.name} was written by a newer version of Descent (schema ${found}; this version knows ${newest}). ` +
        'Update Descent, or choose another workspace with --workspace.',
    )
  if (found === newest) return
  if (found > 0)
    db.exec(`VACUUM INTO '${`${db.name}.backup-v${found}-${stamp(time)}`.replaceAll("'", "''")}'`)
  db.transaction(() => {
    // Read again inside the transaction: another process may have migrated meanwhile.
    const current = versionOf(db)
    for (const migration of migrations)
      if (migration.version > current) {
        db.exec(migration.sql)
        db.pragma(`user_version = ${migration.version}`)
      }
  }).immediate()
}
