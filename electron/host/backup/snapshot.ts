/**
 * A workspace as it is at one moment, while somebody works in it: copies of both databases that belong together, and its
 * files under further names, so that what is deleted meanwhile stays until it is packed.
 */
import Database from 'better-sqlite3'
import { constants, existsSync, linkSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { backupEnding, DescentError, projectEnding } from '../../contract/index.ts'
import type { Packed } from '../archive/pack.ts'
import { databases } from '../projects/file/contents.ts'
import { versionOf, type Connection } from '../store/database.ts'
import { mainMigrations } from '../store/migrations.ts'
import { resultFolders } from './contents.ts'

export interface Snapshot {
  readonly files: readonly Packed[]
  readonly projects: number
  readonly runs: number
  /** Those that the database knows and that are not there. */
  readonly missing: readonly string[]
}

/** Pages that are copied before others have a turn. */
const pagesAtOnce = 4096

function openBoth(workspace: string): Connection {
  const db = new Database(join(workspace, databases[0]), { fileMustExist: true })
  try {
    db.pragma('busy_timeout = 10000')
    db.prepare('ATTACH ? AS blobs').run(join(workspace, databases[1]))
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** As no other version would read it: a migration is not for somebody who only looks. */
function checkVersion(db: Connection): void {
  const [found, known] = [versionOf(db), mainMigrations.at(-1)?.version ?? 0]
  if (found === known) return
  throw new DescentError(
    'unavailable',
    found > known
      ? `${db.name} was written by a newer version of Descent (schema ${found}; this version knows ${known}). Update Descent to back it up.`
      : `${db.name} was written by an earlier version of Descent. Open the workspace once with this one, and back it up then.`,
  )
}

/**
 * Both databases from the same moment on, for as long as `use` reads: nobody writes while reading begins in the one and
 * in the other. https://www.sqlite.org/isolation.html
 */
async function withReading<T>(workspace: string, use: (db: Connection) => Promise<T>): Promise<T> {
  const db = openBoth(workspace)
  try {
    checkVersion(db)
    const gate = openBoth(workspace)
    try {
      gate.exec('BEGIN IMMEDIATE')
      db.exec('BEGIN')
      for (const schema of ['main', 'blobs']) db.prepare(`SELECT count(*) FROM ${schema}.sqlite_schema`).get()
      gate.exec('ROLLBACK')
    } finally {
      gate.close()
    }
    return await use(db)
  } finally {
    db.close()
  }
}

/** Under a further name, which takes no room; where the disk has no such names, as a copy. */
async function keep(from: string, to: string): Promise<void> {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
  try {
    linkSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error
    await copyFile(from, to, constants.COPYFILE_FICLONE)
  }
}

const isArchive = (name: string): boolean =>
  [projectEnding, backupEnding].some((ending) => name.toLowerCase().endsWith(ending))

/** Of results, ordinary files; links lead elsewhere. What was written as one file is no part of another. */
function resultsIn(workspace: string, folder: string): string[] {
  const at = join(workspace, ...folder.split('/'))
  if (!existsSync(at)) return []
  return readdirSync(at, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    // A folder that is just being put together.
    if (entry.isDirectory()) return entry.name.startsWith('.descent-') ? [] : resultsIn(workspace, path)
    return entry.isFile() && !(folder === 'exports' && isArchive(entry.name)) ? [path] : []
  })
}

/** `folder` is on the disk of the workspace, and empty. */
export async function takeSnapshot(
  workspace: string,
  folder: string,
  progress: (share: number) => void,
): Promise<Snapshot> {
  return await withReading(workspace, async (db) => {
    const count = (sql: string): number => db.prepare<[], number>(sql).pluck().get() ?? 0
    const [projects, runs] = [
      count('SELECT count(*) FROM projects'),
      count('SELECT count(*) FROM runs WHERE deleted_at IS NULL'),
    ]
    // Only data that something refers to: what is about to be put in its place, or to go, is nothing yet, or no more.
    const known = new Set(
      db.prepare<[], string>('SELECT DISTINCT path FROM dataset_files ORDER BY path').pluck().all(),
    )
    const results = resultFolders.flatMap((each) => resultsIn(workspace, each))
    const missing: string[] = []
    const files: Packed[] = []
    const at = (path: string): string => join(folder, ...path.split('/'))
    for (const path of [...known, ...results])
      try {
        await keep(join(workspace, ...path.split('/')), at(path))
        files.push({ path, from: at(path), bytes: statSync(at(path)).size })
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        if (known.has(path)) missing.push(path)
      }
    for (const [index, name] of databases.entries()) {
      // The types do not know of `attached`.
      const options = {
        attached: index === 0 ? 'main' : 'blobs',
        progress({ totalPages, remainingPages }: Database.BackupMetadata) {
          progress((index + 1 - remainingPages / Math.max(totalPages, 1)) / databases.length)
          return pagesAtOnce
        },
      }
      await db.backup(at(name), options)
    }
    const copied = databases.map((path) => ({ path, from: at(path), bytes: statSync(at(path)).size }))
    return { files: [...copied, ...files], projects, runs, missing }
  })
}
