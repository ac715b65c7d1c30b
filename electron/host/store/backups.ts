/** Copies of the database, made once a day while Descent runs: what a damaged one is replaced with. */
import { copyFileSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { freePath, isDamage, stamp, type Connection } from './database.ts'
import { makePrivateFile, makePrivateFolder } from './private.ts'

const folder = 'backups'
const kept = 3
const everyMs = 20 * 3600 * 1000

interface BackupRow {
  path: string
  created_at: number
}

const byAge = (db: Connection): BackupRow[] =>
  db.prepare<[], BackupRow>('SELECT path, created_at FROM backups ORDER BY rowid DESC').all()

/** A clock that was set back counts as a day gone by: one backup too many does no harm. */
function isDue(db: Connection, now: number): boolean {
  const [last] = byAge(db)
  return last === undefined || Math.abs(now - last.created_at) >= everyMs
}

/** Makes today's backup if there is none. Pages are copied a few at a time, so that nobody waits for it. */
export async function backUp(db: Connection, workspace: string, now = new Date()): Promise<void> {
  if (!isDue(db, now.getTime())) return
  makePrivateFolder(join(workspace, folder))
  const path = freePath(join(workspace, folder, `descent-${stamp(now)}.db`))
  makePrivateFile(path)
  try {
    await db.backup(path)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
  db.prepare('INSERT INTO backups (path, created_at) VALUES (?, ?)').run(
    `${folder}/${basename(path)}`,
    now.getTime(),
  )
  for (const old of byAge(db).slice(kept)) {
    rmSync(join(workspace, ...old.path.split('/')), { force: true })
    db.prepare('DELETE FROM backups WHERE path = ?').run(old.path)
  }
}

function isSoundFile(path: string): boolean {
  try {
    const db = new Database(path, { readonly: true })
    try {
      return (
        db.pragma('quick_check(1)', { simple: true }) === 'ok' &&
        Number(db.pragma('user_version', { simple: true })) > 0
      )
    } finally {
      db.close()
    }
  } catch (error) {
    if (isDamage(error)) return false
    throw error
  }
}

/** Daily backups and those made before a migration, newest first by when they were written. */
function candidates(file: string): string[] {
  const daily = join(dirname(file), folder)
  const inFolder = (where: string, matches: (name: string) => boolean) =>
    (existsSync(where) ? readdirSync(where) : []).filter(matches).map((name) => join(where, name))
  return [
    ...inFolder(daily, (name) => /^descent-.*\.db$/.test(name)),
    ...inFolder(dirname(file), (name) => name.startsWith(`${basename(file)}.backup-v`)),
  ].sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
}

/** Whether there is anything to go back to. */
export const hasBackups = (file: string): boolean => candidates(file).length > 0

/** Puts the newest sound backup in the place of a database that is gone; returns which one, null when there is none. */
export function restoreBackup(file: string): string | null {
  const sound = candidates(file).find(isSoundFile)
  if (sound === undefined) return null
  copyFileSync(sound, file)
  return sound
}
