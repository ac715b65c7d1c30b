/** The workspace as one file, and back: what the window asks for. */
import { mkdtempSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { backupEnding } from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { exists, firstSuch } from '../deploy/replace-folder.ts'
import { backupName } from './contents.ts'
import { exportsFolder } from '../projects/file/contents.ts'
import { forgetUpload, tidyAfter } from '../projects/transfer.ts'
import { makePrivateFolder } from '../store/index.ts'

export function backupHandlers({
  workspace,
  store,
  scratch,
  jobs,
}: HostContext): Pick<Handlers, 'workspace.backup' | 'workspace.restore'> {
  return {
    'workspace.backup': async ({ path, overwrite }) => {
      const exports = join(workspace, exportsFolder)
      if (path === undefined) makePrivateFolder(exports)
      const free = (): string =>
        `${firstSuch(join(exports, backupName()), (each) => !exists(each + backupEnding))}${backupEnding}`
      const to = path ?? free()
      const folder = store.write(() => mkdtempSync(join(scratch, 'backup-')))
      try {
        return await jobs
          .run(
            'backUpWorkspace',
            { workspace, path: to, overwrite, scratch: folder },
            { kind: 'export', label: 'Backing up the workspace' },
          )
          .catch((error: unknown) => tidyAfter(error, to))
      } finally {
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
      }
    },
    'workspace.restore': async ({ path, folder }) => {
      const to = folder ?? firstSuch(`${workspace}-restored`, (each) => !exists(each))
      const restored = await jobs
        .run(
          'restoreWorkspace',
          { path, folder: to },
          { kind: 'import', label: `Restoring ${basename(path)}` },
        )
        .catch((error: unknown) => tidyAfter(error, to))
      forgetUpload({ scratch }, path)
      return restored
    },
  }
}
