/**
 * A workspace as it is at one moment, while somebody works in it: copies of both databases that belong together, and its
 * files under further names, so that what is deleted meanwhile stays until it is packed.
 */
import Database from 'better-sqlite3'
import { constants, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { backupEnding, DescentError, projectEnding } from '../../contract/index.ts'
import type { Left } from '../archive/left.ts'
import type { Packed } from '../archive/pack.ts'
import { databases } from '../projects/file/contents.ts'
import { whyNotOurs, whyUnsafeNames } from '../projects/file/inspect.ts'
import { versionOf, type Connection } from '../store/database.ts'
import { mainMigrations } from '../store/migrations.ts'
import { isPlace, resultFolders } from './contents.ts'
import { mendRows } from './mend.ts'
import { checkRoom } from './room.ts'

export interface Snapshot {
  readonly files: readonly Packed[]
  readonly projects: number
  readonly runs: number
  /** Those that the database knows and that are not there. */
  readonly missing: readonly string[]
  /** Those that cannot go along. */
  readonly left: readonly Left[]
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
    await checkRoom(statSync(from).size, dirname(to), `A copy of ${from}`)
    await copyFile(from, to, constants.COPYFILE_FICLONE)
  }
}

const isArchive = (name: string): boolean =>
  [projectEnding, backupEnding].some((ending) => name.toLowerCase().endsWith(ending))

/** What a person takes for one thing: a folder of a model, or a single file. None that is just being put together. */
function unitsIn(workspace: string, folder: string): string[] {
  const at = join(workspace, folder)
  if (!existsSync(at)) return []
  return readdirSync(at, { withFileTypes: true })
    .filter((entry) => (entry.isDirectory() ? !entry.name.startsWith('.descent-') : entry.isFile()))
    .map(({ name }) => `${folder}/${name}`)
}

interface Tree {
  readonly files: readonly string[]
  /** Another one as soon as a file or a folder is another one, or has other bytes. */
  readonly mark: string
}

/** Of results, ordinary files; links lead elsewhere. What was written as one file is no part of another. */
function treeOf(workspace: string, path: string): Tree {
  const at = join(workspace, ...path.split('/'))
  const found = lstatSync(at)
  const { dev, ino, size, mtimeMs } = found
  if (found.isFile())
    return { files: isOwnArchive(path) ? [] : [path], mark: [path, dev, ino, size, mtimeMs].join() }
  const below = readdirSync(at, { withFileTypes: true })
    .filter((entry) => (entry.isDirectory() ? !entry.name.startsWith('.descent-') : entry.isFile()))
    // No such name is found again: what it is in bytes is lost.
    .filter(({ name }) => !name.includes('\ufffd'))
    .map(({ name }) => treeOf(workspace, `${path}/${name}`))
  return {
    files: below.flatMap(({ files }) => files),
    mark: [[path, dev, ino].join(), ...below.map(({ mark }) => mark)].join('\n'),
  }
}
const isOwnArchive = (path: string): boolean => path.startsWith('exports/') && isArchive(path)

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? ''
/** Of one file alone; everything else is a matter of the disk. */
const ofOneFile = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ENAMETOOLONG', 'EISDIR'])
const attempts = 3

/** Whole as it was at one moment, or not at all: a model that is saved anew meanwhile is another folder. */
async function keepUnit(workspace: string, unit: string, folder: string): Promise<readonly Packed[] | Left> {
  const to = (path: string): string => join(folder, ...path.split('/'))
  let why = 'it was replaced or changed again and again meanwhile'
  for (let attempt = 1; attempt <= attempts; attempt++) {
    try {
      const before = treeOf(workspace, unit)
      for (const path of before.files) await keep(join(workspace, ...path.split('/')), to(path))
      if (treeOf(workspace, unit).mark === before.mark)
        return before.files.map((path) => ({ path, from: to(path), bytes: statSync(to(path)).size }))
    } catch (error) {
      if (!ofOneFile.has(codeOf(error))) throw error
      if (!existsSync(join(workspace, ...unit.split('/')))) why = 'it was deleted meanwhile'
      else if (codeOf(error) !== 'ENOENT') why = `it cannot be read (${codeOf(error)})`
    }
    rmSync(to(unit), { recursive: true, force: true })
  }
  return { path: unit, why }
}

const noName = 'no file can have its name everywhere'

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
    const known = db
      .prepare<[], string>('SELECT DISTINCT path FROM dataset_files ORDER BY path')
      .pluck()
      .all()
    const missing: string[] = []
    const left: Left[] = []
    const files: Packed[] = []
    const at = (path: string): string => join(folder, ...path.split('/'))
    for (const path of known)
      try {
        // Of these the copy of the database is told not to speak.
        if (!isPlace(path)) continue
        await keep(join(workspace, ...path.split('/')), at(path))
        files.push({ path, from: at(path), bytes: statSync(at(path)).size })
      } catch (error) {
        if (!ofOneFile.has(codeOf(error))) throw error
        if (codeOf(error) === 'ENOENT') missing.push(path)
        else left.push({ path, why: `it cannot be read (${codeOf(error)})` })
      }
    for (const unit of resultFolders.flatMap((each) => unitsIn(workspace, each))) {
      const kept = await keepUnit(workspace, unit, folder)
      if ('why' in kept) left.push(kept)
      else {
        files.push(...kept.filter(({ path }) => isPlace(path)))
        for (const { path } of kept) if (!isPlace(path)) left.push({ path, why: noName })
      }
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
    return { files, projects, runs, missing, left }
  })
}

/**
 * The copies of the databases as they may go along, in front of everything else: held against what a restore takes, as a
 * backup that nobody can restore is none.
 */
export function checkedDatabases(
  workspace: string,
  folder: string,
): { readonly files: readonly Packed[]; readonly notes: readonly string[] } {
  const notes: string[] = []
  for (const name of databases) {
    const why = whyNotOurs(
      folder,
      name,
      (db) => whyUnsafeNames(db, isPlace),
      (db) => void notes.push(...mendRows(db, isPlace)),
    )
    if (why !== null)
      throw new DescentError(
        'badData',
        `No backup was written, as none could be restored: the workspace ${workspace} ${why}. Copies of earlier days are in its folder backups.`,
      )
  }
  const at = (name: string): string => join(folder, name)
  return { files: databases.map((path) => ({ path, from: at(path), bytes: statSync(at(path)).size })), notes }
}
