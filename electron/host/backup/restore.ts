/** A workspace out of a backup, in a folder that was not there before: whole, or not at all. Nothing in it is run. */
import { existsSync, lstatSync, mkdirSync, readdirSync, realpathSync, renameSync, rmdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DescentError, startLimits, type Limits, type RestoredBackup } from '../../contract/index.ts'
import { notesOnLeft, type Left } from '../archive/left.ts'
import { refusal, unpack } from '../archive/unpack.ts'
import { checkPath } from '../inputs/regular-file.ts'
import { asOutputError } from '../deploy/output-error.ts'
import { flushFolder } from '../deploy/replace-folder.ts'
import { databases } from '../projects/file/contents.ts'
import { whyNotOurs, whyUnsafeNames } from '../projects/file/inspect.ts'
import { withScratch } from '../scratch.ts'
import { backupForm, isPlace, mostFiles, type BackupList } from './contents.ts'
import { mendRows } from './mend.ts'
import { settle } from './settle.ts'

/** A backup is as large as a workspace may be: the room on the disk bounds it. */
const bounds: Limits = {
  ...startLimits,
  fileSize: Number.MAX_SAFE_INTEGER,
  expandedSize: Number.MAX_SAFE_INTEGER,
  files: mostFiles,
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

/** With the files, so that none of it is half there after a power cut. */
function flushFolders(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) flushFolders(join(folder, entry.name))
  flushFolder(folder)
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
  const left: Left[] = []
  const notes: string[] = []
  try {
    list = await withScratch(dirname(place), async (scratch) => {
      const folder = join(scratch, 'workspace')
      mkdirSync(folder, { mode: 0o700 })
      const found = await unpack(
        backupForm,
        { path, folder, limits: bounds, leaveOut: (name, why) => void left.push({ path: name, why }) },
        (share) => progress(0.9 * share),
      )
      for (const name of databases) {
        const why = whyNotOurs(
          folder,
          name,
          (db) => whyUnsafeNames(db, isPlace),
          (db) => void notes.push(...mendRows(db, isPlace)),
        )
        if (why !== null) throw refusal(path, why)
      }
      settle(folder, found.workspace, place)
      flushFolders(folder)
      // An empty folder makes room: where there is something in it by now, this fails.
      if (existsSync(place)) rmdirSync(place)
      renameSync(folder, place)
      flushFolder(dirname(place))
      return found
    })
  } catch (error) {
    throw asOutputError(error, place)
  }
  const { projects, runs, writtenAt } = list
  const gone = new Set(left.map((one) => one.path))
  const files = list.files.filter((file) => !gone.has(file.path)).length
  return {
    folder: place,
    projects,
    runs,
    files,
    writtenAt,
    notes: [...notes, ...notesOnLeft(left)],
  }
}
