/** Projects out of the workspace and into it, each as one file; and beside themselves, as copies. */
import { setTimeout as sleep } from 'node:timers/promises'
import { mkdtempSync, rmSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { DescentError, projectEnding, type OpenedProject } from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { uploadsFolder } from '../datasets/handlers.ts'
import { slug } from '../deploy/slug.ts'
import { exists, firstSuch, tidyExports } from '../deploy/replace-folder.ts'
import { copyProject, newIds, renamed, withSource, type NewIds } from '../store/copy-project.ts'
import { isUploadFolder } from '../store/files.ts'
import { makePrivateFolder, withConnection, type Connection, type Files, type Store } from '../store/index.ts'
import { exportsFolder } from './file/contents.ts'
import type { Inspected } from './file/inspect.ts'
import { nextTime, projectName } from './repository.ts'

const longestName = 120

/** The name, or “Name (2)” where that is taken. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  const plain = name.trim().slice(0, longestName) || 'Project'
  if (!taken.has(plain)) return plain
  const stem = plain.replace(/ \(\d+\)$/, '').slice(0, longestName - 7)
  for (let n = 2; ; n++) if (!taken.has(`${stem} (${n})`)) return `${stem} (${n})`
}

/** The copy of a project in this workspace was made of the same uploads. */
function shareUploads(db: Connection, ids: NewIds): void {
  const refer = db.prepare(
    `INSERT OR IGNORE INTO dataset_files (dataset_id, path)
     SELECT ?, path FROM dataset_files WHERE dataset_id = ? AND path LIKE 'uploads/%'`,
  )
  for (const [former, id] of ids) refer.run(id, former)
}

/** Makes what stands in `folder` a project of this workspace; files first, then rows, and all of it or none. */
function takeOver({ store, emit }: HostContext, folder: string, found: Inspected): OpenedProject {
  const takeInto = (db: Connection, files: Files) => {
    const ids = newIds(db)
    const names = new Set(db.prepare<[], string>('SELECT name FROM projects').pluck().all())
    const name = freeName(found.name, names)
    const time = nextTime(store)
    let projectId = found.projectId
    files.adopt(
      found.files.map((file) => ({ ...file, path: renamed(file.path, ids) })),
      () => {
        projectId = copyProject(db, found.projectId, ids)
        shareUploads(db, ids)
        db.prepare('UPDATE projects SET name = ?, updated_at = ? WHERE id = ?').run(name, time, projectId)
      },
    )
    return { projectId, name }
  }
  const taken = store.write(() =>
    withConnection(store, (db, files) => withSource(db, folder, () => takeInto(db, files))),
  )
  emit({ type: 'project.changed', projectId: taken.projectId })
  return { ...taken, runs: found.runs, notes: [...found.notes] }
}

/** Files that were put into their places before something went wrong. On a full disk the next start does it. */
function tidy(store: Store): void {
  try {
    store.files.removeUnused()
  } catch {
    // Nothing is lost: the rows still say that these files are ours.
  }
}

/** `work` has a folder of its own, of which nothing stays. */
async function inFolder<T>(
  { store, scratch }: HostContext,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = store.write(() => mkdtempSync(join(scratch, 'project-')))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    tidy(store)
  }
}

/** What a browser sent for this is not needed any more; where it failed, it waits for another try. */
export function forgetUpload({ scratch }: Pick<HostContext, 'scratch'>, path: string): void {
  const [folder, name, ...more] = relative(join(scratch, uploadsFolder), path).split(sep)
  if (folder !== undefined && isUploadFolder(folder) && name !== undefined && more.length === 0)
    rmSync(join(scratch, uploadsFolder, folder), { recursive: true, force: true })
}

/** Nothing stays beside the place of a file that was not finished. */
export async function tidyAfter(error: unknown, path: string): Promise<never> {
  // A process that was ended leaves what it was writing, and takes a moment to be gone.
  const isCancelled = error instanceof DescentError && error.code === 'cancelled'
  for (const wait of isCancelled ? [0, 50, 200, 800] : [0]) {
    await sleep(wait)
    tidyExports(dirname(path))
  }
  throw error
}

type Transfer = 'projects.export' | 'projects.import' | 'projects.duplicate'

export function transferHandlers(context: HostContext): Pick<Handlers, Transfer> {
  const { store, workspace, jobs } = context
  return {
    'projects.export': async ({ projectId, path, overwrite }) => {
      const name = projectName(store, projectId)
      const exports = join(workspace, exportsFolder)
      if (path === undefined) makePrivateFolder(exports)
      const free = (): string => {
        const plain = join(exports, slug(name, 'project'))
        return `${firstSuch(plain, (each) => !exists(each + projectEnding))}${projectEnding}`
      }
      const to = path ?? free()
      const request = { workspace, projectId, path: to, overwrite }
      return await inFolder(context, (folder) =>
        jobs.run(
          'exportProject',
          { ...request, scratch: folder },
          { kind: 'export', label: `Writing ${name}`, projectId },
        ),
      ).catch((error: unknown) => tidyAfter(error, to))
    },
    'projects.import': async ({ path }) =>
      await inFolder(context, async (folder) => {
        const about = { kind: 'import', label: `Reading ${basename(path)}` } as const
        const opened = takeOver(context, folder, await jobs.run('openProject', { path, folder }, about))
        forgetUpload(context, path)
        return opened
      }),
    'projects.duplicate': async ({ projectId }) => {
      const name = projectName(store, projectId)
      return await inFolder(context, async (folder) => {
        const copy = join(folder, 'workspace')
        const found = await jobs.run(
          'copyProject',
          { workspace, projectId, folder: copy },
          { kind: 'export', label: `Copying ${name}`, projectId },
        )
        return takeOver(context, copy, found)
      })
    },
  }
}
