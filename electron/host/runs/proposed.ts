/** Which run is proposed for Evaluate and Deploy: the best on the validation split, not the newest. */
import { measuredOn, primaryFor, taskSchema, type ProposedRun } from '../../contract/index.ts'
import type { Store } from '../store/index.ts'
import { isTrained } from './conditions.ts'

/**
 * Among the trained runs on the data that the newest of them was trained on, for others were judged on other rows. Of equal ones
 * the newest; where none was measured, the newest of all. null: there is none.
 */
export function proposedRun(store: Store, projectId: string): ProposedRun | null {
  const newest = store.db
    .prepare<[string], { id: string; name: string; task: string; data: string }>(
      `SELECT id, name, task, data_sha256 AS data FROM runs
       WHERE project_id = ? AND deleted_at IS NULL AND ${isTrained} ORDER BY number DESC LIMIT 1`,
    )
    .get(projectId)
  if (newest === undefined) return null
  const task = taskSchema.safeParse(newest.task)
  const series = task.success ? measuredOn('validation', primaryFor(task.data)) : null
  const among = `FROM runs JOIN run_metrics ON run = number
    WHERE series = (SELECT id FROM series_names WHERE name = @series) AND project_id = @project AND deleted_at IS NULL
      AND task = @task AND data_sha256 = @data AND ${isTrained}`
  const asked = { series: series?.name ?? '', project: projectId, task: newest.task, data: newest.data }
  const best = store.db
    .prepare<[object], { runId: string; name: string; value: number }>(
      `SELECT id AS runId, name, value ${among}
       ORDER BY value ${series?.higherIsBetter === false ? 'ASC' : 'DESC'}, number DESC LIMIT 1`,
    )
    .get(asked)
  if (best === undefined) return { runId: newest.id, name: newest.name, series: null, value: null, among: 1 }
  const count = store.db.prepare<[object], number>(`SELECT count(*) ${among}`).pluck().get(asked)!
  return { ...best, series: series!.name, among: count }
}
