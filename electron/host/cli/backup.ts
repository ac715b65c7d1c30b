/** `descent backup` and `descent restore`: the workspace as one file. Neither opens it, so the app may have it open. */
import { existsSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  backupEnding,
  DescentError,
  formatBytes,
  plural,
  type RestoredBackup,
  type WrittenBackup,
} from '../../contract/index.ts'
import { backupName } from '../backup/contents.ts'
import { restoreBackup } from '../backup/restore.ts'
import { writeBackup } from '../backup/write.ts'
import { openScratch } from '../scratch.ts'
import { asStorageError } from '../store/index.ts'
import { workspacePath } from '../workspace.ts'
import type { BackupCommand, RestoreCommand } from './backup-args.ts'
import { bar } from './progress.ts'
import { plainSpaces } from './text-table.ts'

/** On a terminal, a line that renews itself; elsewhere nothing is said on the way. */
function openBar(): { readonly show: (share: number) => void; readonly done: () => void } {
  const screen = process.stderr
  let last = 0
  return {
    show(share) {
      if (!screen.isTTY || Date.now() - last < 100) return
      last = Date.now()
      screen.write(`\r${bar(share)} ${Math.round(100 * share)} %`)
    },
    done: () => void (last > 0 && screen.write('\r\x1b[K')),
  }
}

async function withBar<T>(work: (progress: (share: number) => void) => Promise<T>): Promise<T> {
  const shown = openBar()
  try {
    return await work(shown.show)
  } finally {
    shown.done()
  }
}

export async function backup({ workspace: asked, out, overwrite }: BackupCommand): Promise<WrittenBackup> {
  const given = workspacePath(asked ?? undefined)
  if (!existsSync(join(given, 'descent.db')))
    throw new DescentError(
      'notFound',
      `${given} is no workspace of Descent. Say by --workspace where it is.`,
      'workspace',
    )
  const workspace = realpathSync(given)
  const path = resolve(out ?? backupName() + backupEnding)
  const scratch = (() => {
    try {
      return openScratch(workspace)
    } catch (error) {
      throw asStorageError(error, workspace)
    }
  })()
  try {
    return await withBar((progress) =>
      writeBackup({ workspace, path, overwrite, scratch: scratch.path }, progress),
    )
  } finally {
    scratch.remove()
  }
}

export const restore = ({ file, out }: RestoreCommand): Promise<RestoredBackup> =>
  withBar((progress) => restoreBackup({ path: resolve(file), folder: resolve(out) }, progress))

const held = ({ projects, runs }: { readonly projects: number; readonly runs: number }): string =>
  `${plural(projects, 'project')} with ${plural(runs, 'run')}`

const lines = (...all: readonly string[]): string => plainSpaces(all.map((line) => `${line}\n`).join(''))

export const describeBackup = (written: WrittenBackup): string =>
  lines(...written.notes, `${held(written)} written to ${written.path}, ${formatBytes(written.bytes)}.`)

export const describeRestored = (restored: RestoredBackup): string =>
  lines(
    ...restored.notes,
    `${held(restored)}, as of ${restored.writtenAt.slice(0, 10)}, are in ${restored.folder}.`,
    `To open it: descent serve --workspace ${/\s/.test(restored.folder) ? `"${restored.folder}"` : restored.folder}`,
  )
