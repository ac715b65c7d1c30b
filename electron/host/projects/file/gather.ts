/** A project by itself: a small workspace with its rows, and where its files lie. In a process of its own. */
import { constants, existsSync, mkdirSync } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DescentError, plural } from '../../../contract/index.ts'
import { copyProject, withSource } from '../../store/copy-project.ts'
import { hashOfFile, openStore, type FinishedFile, type Store } from '../../store/index.ts'
import { listed } from '../../store/listed.ts'
import { datasetOf } from './contents.ts'
import type { Inspected } from './inspect.ts'

export interface Gathered {
  readonly name: string
  readonly runs: number
  /** Of its data, below the workspace that it comes from. */
  readonly files: readonly string[]
  /** Those that should be there and are not. */
  readonly missing: readonly string[]
}

/** Makes a workspace of `folder`, which does not exist yet, with what `workspace` knows of the project. */
export function gatherProject(workspace: string, projectId: string, folder: string): Gathered {
  mkdirSync(folder, { mode: 0o700 })
  const store = openStore(folder)
  try {
    withSource(store.db, workspace, () => store.transaction(() => copyProject(store.db, projectId)))
    return described(store, workspace)
  } finally {
    store.close()
  }
}

function described({ db }: Store, workspace: string): Gathered {
  const name = db.prepare<[], string>('SELECT name FROM projects').pluck().get()
  if (name === undefined)
    throw new DescentError('notFound', 'This project does not exist any more.', 'projectId')
  const paths = db.prepare<[], string>('SELECT path FROM files ORDER BY path').pluck().all()
  const isThere = (path: string): boolean => existsSync(join(workspace, ...path.split('/')))
  return {
    name,
    runs: db.prepare<[], number>('SELECT count(*) FROM runs').pluck().get() ?? 0,
    files: paths.filter(isThere),
    missing: paths.filter((path) => !isThere(path)),
  }
}

/**
 * As `gatherProject`, with copies of those files that are called by the name of their data. Those that are called by
 * their hash, a copy of the project shares.
 */
export async function copiedProject(
  workspace: string,
  projectId: string,
  folder: string,
): Promise<Inspected> {
  const { name, runs, files, missing } = gatherProject(workspace, projectId, folder)
  const own: FinishedFile[] = []
  for (const path of files.filter((each) => datasetOf(each) !== null)) {
    const from = join(folder, ...path.split('/'))
    await mkdir(dirname(from), { recursive: true, mode: 0o700 })
    await copyFile(join(workspace, ...path.split('/')), from, constants.COPYFILE_FICLONE)
    own.push({ from, path, sha256: hashOfFile(from) })
  }
  return { projectId, name, runs, files: own, notes: notesOnMissing(missing) }
}

export const notesOnMissing = (missing: readonly string[]): string[] =>
  missing.length === 0
    ? []
    : [
        `${plural(missing.length, 'file', 'files')} of its data ${missing.length === 1 ? 'is' : 'are'} missing from the workspace and did not go along: ${listed(missing)}.`,
      ]
