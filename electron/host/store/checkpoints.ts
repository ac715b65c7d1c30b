/** Checkpoints as content-addressed blobs: a tensor that did not change between two checkpoints is stored once. */
import { createHash } from 'node:crypto'
import { DescentError } from '../../contract/index.ts'
import type { Connection } from './database.ts'

export interface TensorData {
  readonly dtype: 'float32' | 'int32' | 'uint32' | 'uint8'
  readonly shape: readonly number[]
  /** Little endian, row-major. */
  readonly data: Uint8Array
}

export type CheckpointKind = 'best' | 'last'

export interface CheckpointInput {
  readonly epoch: number
  /** JSON: whatever the trainer needs to go on, e.g. seeds, counters, the stopping rule's state. */
  readonly meta: unknown
  readonly tensors: Readonly<Record<string, TensorData>>
}

export interface Checkpoint extends CheckpointInput {
  readonly createdAt: number
}

/** dtype and shape are part of the address: the same bytes as another type are another tensor. */
export function addressOf(tensor: TensorData): string {
  return createHash('sha256')
    .update(`${tensor.dtype}:${tensor.shape.join(',')}:`)
    .update(tensor.data)
    .digest('hex')
}

const dropOrphans = (db: Connection) =>
  db.exec('DELETE FROM blobs.tensors WHERE sha256 NOT IN (SELECT sha256 FROM blobs.checkpoint_tensors)')

/** Those that are given, all or none; the other kind stays as it was. */
export function saveCheckpoints(
  db: Connection,
  runId: string,
  checkpoints: Readonly<Partial<Record<CheckpointKind, CheckpointInput>>>,
): void {
  db.transaction(() => {
    for (const kind of ['best', 'last'] as const) {
      const checkpoint = checkpoints[kind]
      if (checkpoint !== undefined) saveOne(db, runId, kind, checkpoint)
    }
    dropOrphans(db)
  }).immediate()
}

function saveOne(db: Connection, runId: string, kind: CheckpointKind, checkpoint: CheckpointInput): void {
  const addTensor = db.prepare(
    'INSERT OR IGNORE INTO blobs.tensors (sha256, dtype, shape, data) VALUES (?, ?, ?, ?)',
  )
  const link = db.prepare(
    'INSERT INTO blobs.checkpoint_tensors (run_id, kind, name, sha256) VALUES (?, ?, ?, ?)',
  )
  db.prepare('DELETE FROM blobs.checkpoints WHERE run_id = ? AND kind = ?').run(runId, kind)
  db.prepare(
    'INSERT INTO blobs.checkpoints (run_id, kind, epoch, meta, created_at) VALUES (?, ?, ?, ?, ?)',
  ).run(runId, kind, checkpoint.epoch, JSON.stringify(checkpoint.meta), Date.now())
  for (const [name, tensor] of Object.entries(checkpoint.tensors)) {
    const address = addressOf(tensor)
    addTensor.run(address, tensor.dtype, JSON.stringify(tensor.shape), tensor.data)
    link.run(runId, kind, name, address)
  }
}

interface CheckpointRow {
  epoch: number
  meta: string
  created_at: number
}

interface TensorRow {
  name: string
  sha256: string
  dtype: TensorData['dtype']
  shape: string
  data: Buffer
}

const damaged = (kind: CheckpointKind, runId: string, why: string): DescentError =>
  new DescentError(
    'damaged',
    `The ${kind} checkpoint of run ${runId} is damaged: ${why}. Other runs are not affected; train this one again.`,
  )

function parsed(text: string, otherwise: () => DescentError): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw otherwise()
  }
}

/** null when there is none. Throws `damaged` when what is stored is not what was saved. */
export function loadCheckpoint(db: Connection, runId: string, kind: CheckpointKind): Checkpoint | null {
  return db.transaction(() => {
    const row = db
      .prepare<[string, string], CheckpointRow>(
        'SELECT epoch, meta, created_at FROM blobs.checkpoints WHERE run_id = ? AND kind = ?',
      )
      .get(runId, kind)
    if (row === undefined) return null
    const tensors: Record<string, TensorData> = {}
    const links = db
      .prepare<[string, string], number>(
        'SELECT count(*) FROM blobs.checkpoint_tensors WHERE run_id = ? AND kind = ?',
      )
      .pluck()
      .get(runId, kind)
    const stored = db
      .prepare<[string, string], TensorRow>(
        `SELECT name, sha256, dtype, shape, data FROM blobs.checkpoint_tensors JOIN blobs.tensors USING (sha256)
         WHERE run_id = ? AND kind = ? ORDER BY name`,
      )
      .all(runId, kind)
    if (stored.length !== links) throw damaged(kind, runId, 'some of its tensors are missing')
    for (const { name, sha256, dtype, shape, data } of stored) {
      const changed = () => damaged(kind, runId, `tensor "${name}" is not what was saved`)
      // A copy of its own: aligned for typed-array views, whatever offset the driver's buffer has.
      const tensor = { dtype, shape: parsed(shape, changed) as number[], data: new Uint8Array(data) }
      if (!Array.isArray(tensor.shape) || addressOf(tensor) !== sha256) throw changed()
      tensors[name] = tensor
    }
    return {
      epoch: row.epoch,
      meta: parsed(row.meta, () => damaged(kind, runId, 'its description cannot be read')),
      createdAt: row.created_at,
      tensors,
    }
  })()
}

/** The JSON beside its tensors, which are not looked at; null when there is none. */
export const checkpointMeta = (db: Connection, runId: string, kind: CheckpointKind): string | null =>
  db
    .prepare<[string, string], string>('SELECT meta FROM blobs.checkpoints WHERE run_id = ? AND kind = ?')
    .pluck()
    .get(runId, kind) ?? null

export function deleteCheckpoints(db: Connection, runId: string): void {
  db.transaction(() => {
    db.prepare('DELETE FROM blobs.checkpoints WHERE run_id = ?').run(runId)
    dropOrphans(db)
  }).immediate()
}

/** What a checkpoint's tensors take, in bytes; `alone`: those that no other one has. */
export interface CheckpointSize {
  readonly run_id: string
  readonly kind: CheckpointKind
  readonly bytes: number
  readonly alone: number
}

export const checkpointSizes = (db: Connection): CheckpointSize[] =>
  db
    .prepare<[], CheckpointSize>(
      `SELECT run_id, kind, sum(length(data)) AS bytes,
         sum(iif((SELECT count(*) FROM blobs.checkpoint_tensors AS other WHERE other.sha256 = tensors.sha256) = 1, length(data), 0)) AS alone
       FROM blobs.checkpoint_tensors JOIN blobs.tensors AS tensors USING (sha256) GROUP BY run_id, kind`,
    )
    .all()

/**
 * Drops the tensors of last checkpoints. What is written beside them stays: where the training stood, which best epochs are known by.
 * The room is filled by what comes next; a file that is small enough is packed at once.
 */
export function dropLastTensors(db: Connection, runIds: readonly string[]): void {
  db.transaction(() => {
    const drop = db.prepare("DELETE FROM blobs.checkpoint_tensors WHERE kind = 'last' AND run_id = ?")
    for (const id of runIds) drop.run(id)
    dropOrphans(db)
  }).immediate()
}

export const hasLastTensors = (db: Connection, runId: string): boolean =>
  db
    .prepare("SELECT 1 FROM blobs.checkpoint_tensors WHERE run_id = ? AND kind = 'last' LIMIT 1")
    .get(runId) !== undefined

/** Of the file of checkpoints: its bytes, and those in it that are free. */
export function blobSpace(db: Connection): { readonly file: number; readonly free: number } {
  const ask = (what: string): number => Number(db.pragma(`blobs.${what}`, { simple: true }))
  const page = ask('page_size')
  return { file: page * ask('page_count'), free: page * ask('freelist_count') }
}

/** Packing holds up everything else, so that a large file only gives its room to what comes: then it is not packed. */
const mostPacked = 500e6
export function packBlobs(db: Connection): boolean {
  const { file, free } = blobSpace(db)
  if (free > 0 && file - free > mostPacked) return false
  if (free > 0) db.exec('VACUUM blobs')
  return true
}
