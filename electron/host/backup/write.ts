/** A workspace as one file. It may be in use meanwhile, by this process or another. */
import { existsSync, mkdirSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import packageJson from '../../../package.json' with { type: 'json' }
import { backupEnding, DescentError, type WrittenBackup } from '../../contract/index.ts'
import { notesOnLeft } from '../archive/left.ts'
import type { FileEntry } from '../archive/list.ts'
import { pack } from '../archive/pack.ts'
import { largestList } from '../archive/unpack.ts'
import { writeAside } from '../deploy/output.ts'
import { databases, hashInName } from '../projects/file/contents.ts'
import { notesOnMissing } from '../projects/file/gather.ts'
import { placeFor, shrinks } from '../projects/file/write.ts'
import { asStorageError } from '../store/index.ts'
import { listName, listOf, mostFiles, resultFolders } from './contents.ts'
import { checkRoom } from './room.ts'
import { checkedDatabases, takeSnapshot, type Snapshot } from './snapshot.ts'

export interface BackupRequest {
  readonly workspace: string
  readonly path: string
  readonly overwrite: boolean
  /** A folder of its own on the disk of the workspace. */
  readonly scratch: string
}

async function sizeOfDatabases(workspace: string): Promise<number> {
  const sizes = databases
    .flatMap((name) => [name, `${name}-wal`])
    .map((name) => join(workspace, name))
    .filter((path) => existsSync(path))
    .map((path) => stat(path))
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0)
}

async function snapshotOf(
  workspace: string,
  folder: string,
  progress: (share: number) => void,
): Promise<Snapshot & { readonly notes: readonly string[] }> {
  try {
    mkdirSync(folder, { mode: 0o700 })
    const taken = await takeSnapshot(workspace, folder, progress)
    const { files, notes } = checkedDatabases(workspace, folder)
    return { ...taken, files: [...files, ...taken.files], notes }
  } catch (error) {
    throw asStorageError(error, workspace)
  }
}

/** What part of the time copying the databases takes. */
const copying = 0.2

/** Of a folder in models or exports, the folder; a part of one is worth nothing. */
const wholeOf = (path: string): string => path.split('/').slice(0, 2).join('/')

/** The list as long as it gets: what it is read with takes no longer one. */
function checkList(about: Parameters<typeof listOf>[0], files: Snapshot['files']): void {
  const entries = files.map(({ path, bytes }) => ({ path, bytes, sha256: 'f'.repeat(64) }))
  if (files.length < mostFiles && Buffer.byteLength(JSON.stringify(listOf(about, entries))) <= largestList)
    return
  throw new DescentError(
    'tooLarge',
    `The workspace ${about.workspace} has ${files.length} files, more than one backup can list. Move what is not needed out of its folders ${resultFolders.join(', ')}.`,
  )
}

/** What is missing or cannot be read stays behind: the rest is written all the same, and that is told. */
export async function writeBackup(
  { workspace, path: asked, overwrite, scratch }: BackupRequest,
  progress: (share: number) => void,
): Promise<WrittenBackup> {
  const path = await placeFor(asked, { ending: backupEnding, what: 'a backup', workspace, overwrite })
  await checkRoom(await sizeOfDatabases(workspace), workspace, `A copy of the databases in ${workspace}`)
  const taken = await snapshotOf(workspace, join(scratch, 'snapshot'), (share) => progress(copying * share))
  const { files, projects, runs, missing } = taken
  const about = { app: packageJson.version, workspace, projects, runs }
  checkList(about, files)
  const all = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const left = [...taken.left]
  let listed: readonly FileEntry[] = []
  await writeAside(
    path,
    async (to) => {
      await checkRoom(all, dirname(to), `The backup of ${workspace}`)
      await pack(
        {
          to,
          files,
          shrinks: (name) => shrinks(name) && !name.endsWith('.safetensors'),
          listName,
          list(entries) {
            const partial = new Set(left.map((one) => wholeOf(one.path)))
            listed = entries.filter((one) => !isResult(one.path) || !partial.has(wholeOf(one.path)))
            return listOf(about, listed)
          },
          of: 'the workspace',
          hashInName,
          leaveOut: (name, why) =>
            databases.some((each) => each === name)
              ? fail(`${name} of ${workspace} ${why.replace(/^it /, '')}`)
              : left.push(isResult(name) ? { path: wholeOf(name), why } : { path: name, why }),
        },
        (share) => progress(copying + (1 - copying) * share),
      )
    },
    overwrite,
  )
  const { size } = await stat(path)
  const notes = [...notesOnMissing(missing), ...taken.notes, ...notesOnLeft(left)]
  return { path, bytes: size, projects, runs, files: listed.length, notes }
}

const isResult = (path: string): boolean => resultFolders.some((each) => path.startsWith(`${each}/`))

function fail(what: string): never {
  throw new DescentError('storageReadOnly', `${what}. Nothing was written; try again.`)
}
