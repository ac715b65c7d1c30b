/** The workspace's SQLite store: projects, data, runs and, in a second file, checkpoints. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  deleteCheckpoints,
  loadCheckpoint,
  saveCheckpoint,
  type Checkpoint,
  type CheckpointInput,
  type CheckpointKind,
} from './checkpoints.ts'
import { connect, migrate, moveAside, openSound, type Connection } from './database.ts'
import { asStorageError } from './errors.ts'
import { blobMigrations, mainMigrations, type Migration } from './migrations.ts'

export type { Checkpoint, CheckpointInput, CheckpointKind, TensorData } from './checkpoints.ts'
export type { Connection } from './database.ts'
export { asStorageError } from './errors.ts'

export interface Store {
  /** The open connection; capabilities keep their own SQL. The checkpoint file is attached as `blobs`. */
  readonly db: Connection
  /** What happened while opening that people should be told, e.g. a damaged file that was moved aside. */
  readonly notices: readonly string[]
  /** Runs SQL work; a full disk or a read-only workspace becomes a DescentError. */
  write<T>(work: () => T): T
  /** As `write`, and all of it or none. */
  transaction<T>(work: () => T): T
  saveCheckpoint(runId: string, kind: CheckpointKind, checkpoint: CheckpointInput): void
  loadCheckpoint(runId: string, kind: CheckpointKind): Checkpoint | null
  deleteCheckpoints(runId: string): void
  close(): void
}

function openFile(
  file: string,
  migrations: readonly Migration[],
  onDamage: (aside: string) => void,
): Connection {
  let db = openSound(file)
  if (db === null) {
    onDamage(moveAside(file))
    db = connect(file)
  }
  try {
    migrate(db, migrations)
    return db
  } catch (error) {
    db.close()
    throw error
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
  const notices: string[] = []
  const blobFile = join(workspace, 'checkpoints.db')
  const db = guard(() => {
    mkdirSync(workspace, { recursive: true })
    openFile(blobFile, blobMigrations, (aside) =>
      notices.push(
        `The checkpoint file was damaged. It was kept as ${aside} and a new one was begun: ` +
          'runs and their curves are intact, but earlier weights are not available.',
      ),
    ).close()
    const main = openFile(join(workspace, 'descent.db'), mainMigrations, (aside) =>
      notices.push(
        `The workspace's database was damaged. It was kept as ${aside} and a new, empty one was begun. ` +
          'Restore a backup by closing Descent and renaming it to descent.db.',
      ),
    )
    main.prepare('ATTACH ? AS blobs').run(blobFile)
    main.pragma('blobs.synchronous = FULL')
    return main
  })
  return {
    db,
    notices,
    write: guard,
    transaction: (work) => guard(() => db.transaction(work).immediate()),
    saveCheckpoint: (runId, kind, checkpoint) => guard(() => saveCheckpoint(db, runId, kind, checkpoint)),
    loadCheckpoint: (runId, kind) => guard(() => loadCheckpoint(db, runId, kind)),
    deleteCheckpoints: (runId) => guard(() => deleteCheckpoints(db, runId)),
    close: () => {
      if (db.open) db.close()
    },
  }
}
