/** SQL of a run's checkpoints: when they were saved, what they take, and what goes on from them. */
import type { BranchStart, RunCheckpoint } from '../../contract/index.ts'
import type { CheckpointKind, Store } from '../store/index.ts'

interface Row {
  readonly kind: CheckpointKind
  readonly epoch: number
  readonly savedAt: number
  readonly bytes: number | null
  readonly step: number | null
  readonly loss: number | null
}

const startOf: Readonly<Record<CheckpointKind, BranchStart>> = { best: 'bestEpoch', last: 'lastCheckpoint' }

/** The condition is worded as the index `run_reports_by_origin` has it, or the whole table is gone through. */
export const branchesSql = `SELECT runs.id AS runId, name, json_extract(result, '$.from') AS start
  FROM run_reports JOIN runs ON runs.id = run_id
  WHERE part = 'branchedFrom' AND iif(json_valid(result), json_extract(result, '$.runId'), NULL) = ?
  ORDER BY number`

/** By epoch; what is beside the tensors may be damaged, and is then not known. */
export function checkpointsOf(store: Store, runId: string): RunCheckpoint[] {
  const rows = store.db
    .prepare<[string], Row>(
      `SELECT kind, epoch, created_at AS savedAt,
         (SELECT sum(length(data)) FROM blobs.checkpoint_tensors AS own JOIN blobs.tensors USING (sha256)
          WHERE own.run_id = saved.run_id AND own.kind = saved.kind) AS bytes,
         iif(json_valid(meta), json_extract(meta, '$.step'), NULL) AS step,
         iif(json_valid(meta), json_extract(meta, '$.loss'), NULL) AS loss
       FROM blobs.checkpoints AS saved WHERE run_id = ? ORDER BY epoch, kind`,
    )
    .all(runId)
  const branches = store.db
    .prepare<[string], { runId: string; name: string; start: string }>(branchesSql)
    .all(runId)
  return rows.map(({ kind, bytes, ...row }) => ({
    ...row,
    from: startOf[kind],
    bytes: bytes ?? 0,
    branches: branches
      .filter(({ start }) => start === startOf[kind])
      .map(({ runId: id, name }) => ({ runId: id, name })),
  }))
}
