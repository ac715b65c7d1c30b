/** A workspace out of a backup, in a folder that was not there before: whole, or not at all. Nothing in it is run. */
import Database from 'better-sqlite3'
import { existsSync, lstatSync, mkdirSync, readdirSync, realpathSync, renameSync, rmdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DescentError, startLimits, type Limits, type RestoredBackup } from '../../contract/index.ts'
import { refusal, unpack } from '../archive/unpack.ts'
import { checkPath } from '../inputs/regular-file.ts'
import { asOutputError } from '../deploy/output-error.ts'
import { databases } from '../projects/file/contents.ts'
import { whyNotOurs, whyUnsafeNames } from '../projects/file/inspect.ts'
import { withScratch } from '../scratch.ts'
import { backupForm, isPlace, type BackupList } from './contents.ts'

/** A backup is as large as a workspace may be: the room on the disk bounds it. How many files it names has to fit in memory. */
const bounds: Limits = {
  ...startLimits,
  fileSize: Number.MAX_SAFE_INTEGER,
  expandedSize: Number.MAX_SAFE_INTEGER,
  files: 1_000_000,
}

const conflict = (message: string): DescentError => new DescentError('conflict', message, 'folder')

/** Never over anything, nor into a workspace, where files that nobody knows do not last. */
function placeFor(asked: string): string {
  const to = checkPath(asked)
  const parent = dirname(to)
  if (!existsSync(parent))
    throw new DescentError('notFound', `There is no folder ${parent}. Make it first.`, 'folder')
  const place = join(realpathSync(parent), basename(to))
  const there = lstatSync(place, { throwIfNoEntry: false })
  if (there !== undefined && !(there.isDirectory() && readdirSync(place).length === 0))
    throw conflict(
      `${to} is there already, and stays as it is. A backup becomes a new folder: name one that does not exist.`,
    )
  for (let above = dirname(place); ; above = dirname(above)) {
    if (existsSync(join(above, databases[0])))
      throw conflict(
        `${to} is inside the workspace ${above}. A backup becomes a workspace of its own: name a folder outside.`,
      )
    if (dirname(above) === above) return place
  }
}

/** As the end of a sentence that begins with the file's name; null: they are ours. */
const whyNot = (folder: string): string | null =>
  databases
    .map((name) => whyNotOurs(folder, name, (db) => whyUnsafeNames(db, isPlace)))
    .find((why) => why !== null) ?? null

/** Places that lay in the former workspace lie in this one; its daily copies stayed there. */
function settle(folder: string, former: string, place: string): void {
  const db = new Database(join(folder, databases[0]), { fileMustExist: true })
  try {
    db.transaction(() => {
      db.exec('DELETE FROM backups')
      const models = db.prepare<[], { path: string; info: string }>('SELECT path, info FROM models').all()
      for (const { path, info } of models) {
        const rest = path.startsWith(former) ? path.slice(former.length) : ''
        if (!/^[\\/]/.test(rest)) continue
        const moved = join(place, ...rest.split(/[\\/]/))
        db.prepare('UPDATE models SET path = ?, info = ? WHERE path = ?').run(
          moved,
          info.replaceAll(JSON.stringify(path), () => JSON.stringify(moved)),
          path,
        )
      }
    })()
    db.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    db.close()
  }
}

export interface RestoreRequest {
  readonly path: string
  readonly folder: string
}

/** Errors: a DescentError that says what is wrong with the file, or with the place. */
export async function restoreBackup(
  { path, folder: asked }: RestoreRequest,
  progress: (share: number) => void,
): Promise<RestoredBackup> {
  const place = placeFor(asked)
  let list: BackupList | null = null
  try {
    list = await withScratch(dirname(place), async (scratch) => {
      const folder = join(scratch, 'workspace')
      mkdirSync(folder, { mode: 0o700 })
      const found = await unpack(backupForm, { path, folder, limits: bounds }, (share) =>
        progress(0.9 * share),
      )
      const why = whyNot(folder)
      if (why !== null) throw refusal(path, why)
      settle(folder, found.workspace, place)
      // An empty folder makes room: where there is something in it by now, this fails.
      if (existsSync(place)) rmdirSync(place)
      renameSync(folder, place)
      return found
    })
  } catch (error) {
    throw asOutputError(error, place)
  }
  const { projects, runs, writtenAt, files } = list
  return { folder: place, projects, runs, files: files.length, writtenAt }
}
