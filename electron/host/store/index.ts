/** The workspace's SQLite store: projects, data, runs and, in a second file, checkpoints. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { plural } from '../../contract/index.ts'
import { backUp, hasBackups, restoreBackup } from './backups.ts'
import {
  checkpointMeta,
  deleteCheckpoints,
  loadCheckpoint,
  saveCheckpoints,
  type Checkpoint,
  type CheckpointInput,
  type CheckpointKind,
} from './checkpoints.ts'
import { connect, isHollow, migrate, moveAside, openSound, versionOf, type Connection } from './database.ts'
import { asStorageError } from './errors.ts'
import { Files, hasOurFiles } from './files.ts'
import { blobMigrations, mainMigrations, type Migration } from './migrations.ts'
import { listed } from './listed.ts'
import { Notices } from './notices.ts'
import { isOpenToOthers, makePrivateFolder } from './private.ts'

export { blobSpace, checkpointSizes, dropLastTensors, hasLastTensors, packBlobs } from './checkpoints.ts'
export type { Checkpoint, CheckpointInput, CheckpointKind, TensorData } from './checkpoints.ts'
export { freePath, isDamage, type Connection } from './database.ts'
export { asStorageError, isStorageError, parseStored, unreadable } from './errors.ts'
export type { Files, FinishedFile } from './files.ts'
export { BackgroundCheck } from './check.ts'
export { hashOfFile, hashOfLarge } from './hash.ts'
export { makePrivateFile, makePrivateFolder, makePrivateTree } from './private.ts'
export { hashOfRows, keyByRows, keyBySettings } from './test-rows.ts'
export { folded, nameKey, repeatKeyOfText, repeatKeyPrefix, settingText, settingsOf } from './run-keys.ts'

export interface Store {
  /** The open connection; capabilities keep their own SQL. The checkpoint file is attached as `blobs`. */
  readonly db: Connection
  readonly workspace: string
  /** What happened to the workspace that people should be told, e.g. a damaged file that was moved aside. */
  readonly notices: Notices
  /** The files beside the database. */
  readonly files: Files
  /** Runs SQL work; a full disk or a read-only workspace becomes a DescentError. */
  write<T>(work: () => T): T
  /** As `write`, and all of it or none. */
  transaction<T>(work: () => T): T
  /** Those that are given, all or none. */
  saveCheckpoints(
    runId: string,
    checkpoints: Readonly<Partial<Record<CheckpointKind, CheckpointInput>>>,
  ): void
  loadCheckpoint(runId: string, kind: CheckpointKind): Checkpoint | null
  /** The JSON beside a checkpoint's tensors, which are not looked at; null when there is none. */
  checkpointMeta(runId: string, kind: CheckpointKind): string | null
  deleteCheckpoints(runId: string): void
  /** Makes today's backup of the database, if there is none yet. */
  backUp(): Promise<void>
  close(): void
}

const mainFile = 'descent.db'
const blobFile = 'checkpoints.db'

type Tell = (severity: 'info' | 'warning' | 'error', message: string) => void

interface Database {
  readonly file: string
  readonly migrations: readonly Migration[]
  /** There was data in it before. */
  readonly wasUsed: boolean
  /** Brings back what it can; the sentence says what was done and what is lost. `aside`: null, it was missing. */
  replace(aside: string | null): string
}

function openDatabase({ file, migrations, wasUsed, replace }: Database, tell: Tell): Connection {
  const gone = wasUsed && !existsSync(file)
  const hollow = wasUsed && isHollow(file)
  let db = gone || hollow ? null : openSound(file)
  if (db === null) {
    tell('error', replace(gone ? null : moveAside(file)))
    db = connect(file)
  }
  try {
    const before = versionOf(db)
    const backup = migrate(db, migrations)
    if (backup !== null)
      tell(
        'info',
        `The database ${file} was brought from version ${before} to ${versionOf(db)}. As it was before, it is kept as ${backup}.`,
      )
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function openMain(workspace: string, tell: Tell): Connection {
  const file = join(workspace, mainFile)
  const wasUsed = hasOurFiles(workspace) || hasBackups(file)
  return openDatabase(
    {
      file,
      migrations: mainMigrations,
      wasUsed,
      replace(aside) {
        const backup = restoreBackup(file)
        const kept = `The workspace’s database ${aside === null ? `${file} was missing` : `was damaged. It was kept as ${aside}`}`
        return backup === null
          ? `${kept} and a new, empty one was begun, for there is no backup: projects and runs are not available. If you have a copy of ${mainFile}, close Descent and put it there.`
          : `${kept}, and the backup ${backup} took its place: what was done since then is missing.`
      },
    },
    tell,
  )
}

function openBlobs(workspace: string, tell: Tell): void {
  const file = join(workspace, blobFile)
  openDatabase(
    {
      file,
      migrations: blobMigrations,
      wasUsed: hasOurFiles(workspace),
      replace: (aside) =>
        `The checkpoint file ${aside === null ? `${file} was missing` : `was damaged. It was kept as ${aside}`} and a new one was begun: ` +
        'runs and their curves are intact, but weights trained before are not available. Train those runs again, ' +
        `or close Descent and put a copy of ${blobFile} there.`,
    },
    tell,
  ).close()
}

/** What the files beside the database need when it is opened. Nothing here may keep a workspace from opening. */
function settleFiles(files: Files, tell: Tell): void {
  const { back, missing } = files.bringBack()
  if (back.length > 0)
    tell(
      'info',
      `${plural(back.length, 'file', 'files')} that an earlier start had set aside came back: ${listed(back)}.`,
    )
  files.removeUnused()
  if (missing.length > 0)
    tell(
      'error',
      `${plural(missing.length, 'file', 'files')} of the workspace ${missing.length === 1 ? 'is' : 'are'} missing: ${listed(missing.map(({ path }) => path))}. ` +
        'Put them back from a copy of the workspace, or import that data again.',
    )
  const aside = files.setUnknownAside()
  if (aside !== null)
    tell(
      'warning',
      `${plural(aside.paths.length, 'file', 'files')} that this database did not make ${aside.paths.length === 1 ? 'was' : 'were'} moved to ${aside.folder}: ${listed(aside.paths)}. ` +
        'If they belong to a database that you put back, they return by themselves.',
    )
}

function attachBlobs(main: Connection, workspace: string): void {
  main.prepare('ATTACH ? AS blobs').run(join(workspace, blobFile))
  main.pragma('blobs.synchronous = FULL')
}

/**
 * A further connection to the databases of an open store, for work that takes others in beside them: on the store's own
 * one, somebody may be reading rows just then.
 */
export function withConnection<T>(
  { workspace }: Pick<Store, 'workspace'>,
  use: (db: Connection, files: Files) => T,
): T {
  const db = connect(join(workspace, mainFile))
  try {
    attachBlobs(db, workspace)
    return use(db, new Files(db, workspace))
  } finally {
    db.close()
  }
}

export function openStore(workspace: string): Store {
  const guard = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw asStorageError(error, workspace)
    }
  }
  const told: Parameters<Tell>[] = []
  const tell: Tell = (severity, message) => void told.push([severity, message])
  const db = guard(() => {
    makePrivateFolder(workspace)
    openBlobs(workspace, tell)
    const main = openMain(workspace, tell)
    try {
      attachBlobs(main, workspace)
      return main
    } catch (error) {
      main.close()
      throw error
    }
  })
  const files = new Files(db, workspace)
  const notices = new Notices(db)
  try {
    settleFiles(files, tell)
  } catch (error) {
    const why = asStorageError(error, workspace)
    tell(
      'warning',
      `The files of the workspace could not be looked through: ${why instanceof Error ? why.message : String(why)}`,
    )
  }
  if (isOpenToOthers(workspace))
    tell(
      'warning',
      `Others on this computer can look into the workspace ${workspace}, and only the user who made it can change that. Choose a folder of your own with --workspace if your data is not for them.`,
    )
  for (const [severity, message] of told) notices.add(severity, message)

  return {
    db,
    workspace,
    notices,
    files,
    write: guard,
    transaction: (work) => guard(() => db.transaction(work).immediate()),
    saveCheckpoints: (runId, checkpoints) => guard(() => saveCheckpoints(db, runId, checkpoints)),
    loadCheckpoint: (runId, kind) => guard(() => loadCheckpoint(db, runId, kind)),
    checkpointMeta: (runId, kind) => guard(() => checkpointMeta(db, runId, kind)),
    deleteCheckpoints: (runId) => guard(() => deleteCheckpoints(db, runId)),
    backUp: () => backUp(db, workspace),
    close: () => {
      if (db.open) db.close()
    },
  }
}
