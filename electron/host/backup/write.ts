/** A workspace as one file. It may be in use meanwhile, by this process or another. */
import { existsSync, mkdirSync } from 'node:fs'
import { stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import packageJson from '../../../package.json' with { type: 'json' }
import { backupEnding, describeLimit, DescentError, type WrittenBackup } from '../../contract/index.ts'
import { pack } from '../archive/pack.ts'
import { writeAside } from '../deploy/output.ts'
import { databases } from '../projects/file/contents.ts'
import { notesOnMissing } from '../projects/file/gather.ts'
import { placeFor, shrinks } from '../projects/file/write.ts'
import { asStorageError } from '../store/index.ts'
import { listName, listOf } from './contents.ts'
import { takeSnapshot, type Snapshot } from './snapshot.ts'

export interface BackupRequest {
  readonly workspace: string
  readonly path: string
  readonly overwrite: boolean
  /** A folder of its own on the disk of the workspace. */
  readonly scratch: string
}

/** Databases are copied first: a disk that fills on the way would stop those who train. */
async function checkRoom(workspace: string): Promise<void> {
  const sizes = databases
    .flatMap((name) => [name, `${name}-wal`])
    .map((name) => join(workspace, name))
    .filter((path) => existsSync(path))
    .map((path) => stat(path))
  const needed = (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0)
  const { bavail, bsize } = await statfs(workspace)
  if (needed > bavail * bsize)
    throw new DescentError(
      'storageFull',
      `A copy of the databases in ${workspace} needs ${describeLimit('bytes', needed)}, and its disk has ${describeLimit('bytes', bavail * bsize)} left. Free some space and try again.`,
    )
}

async function snapshotOf(
  workspace: string,
  folder: string,
  progress: (share: number) => void,
): Promise<Snapshot> {
  try {
    mkdirSync(folder, { mode: 0o700 })
    return await takeSnapshot(workspace, folder, progress)
  } catch (error) {
    throw asStorageError(error, workspace)
  }
}

/** What part of the time copying the databases takes. */
const copying = 0.2

/** What is missing stays missing: the rest is written all the same, and that is told. */
export async function writeBackup(
  { workspace, path: asked, overwrite, scratch }: BackupRequest,
  progress: (share: number) => void,
): Promise<WrittenBackup> {
  const path = await placeFor(asked, { ending: backupEnding, what: 'a backup', workspace, overwrite })
  await checkRoom(workspace)
  const { files, projects, runs, missing } = await snapshotOf(workspace, join(scratch, 'snapshot'), (share) =>
    progress(copying * share),
  )
  const about = { app: packageJson.version, workspace, projects, runs }
  await writeAside(
    path,
    (to) =>
      pack(
        {
          to,
          files,
          shrinks: (name) => shrinks(name) && !name.endsWith('.safetensors'),
          listName,
          list: (entries) => listOf(about, entries),
          of: 'the workspace',
        },
        (share) => progress(copying + (1 - copying) * share),
      ),
    overwrite,
  )
  const { size } = await stat(path)
  return { path, bytes: size, projects, runs, files: files.length, notes: notesOnMissing(missing) }
}
