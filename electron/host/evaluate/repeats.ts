/** What runs of the project that differ in nothing but their seeds and rows say of one of them. */
import { bySeverity, metricsOn, testChecks, unstableResult, type Examined } from '../../contract/index.ts'
import { findRun, type StoredRun } from '../runs/repository.ts'
import type { Store } from '../store/index.ts'
import { findUnstable, halfOf, repeatsAmong, type Alike } from './examine/stability.ts'
import { storedEvaluation } from './repository.ts'

/** The newest that are held against a run. */
const mostRuns = 200

/** Trained to their end on the same data, for the same task. */
function othersOf(store: Store, { id, projectId, task, dataSha256 }: StoredRun): Alike[] {
  const ids = store.db
    .prepare<[object], string>(
      `SELECT id FROM runs WHERE project_id = @projectId AND data_sha256 = @dataSha256 AND task = @task
       AND state = 'finished' AND id <> @id ORDER BY number DESC LIMIT ${mostRuns}`,
    )
    .pluck()
    .all({ id, projectId, task, dataSha256 })
  return ids.map((other) => {
    const run = findRun(store, other)
    return { recipe: run.recipe, metrics: metricsOn('validation', run) ?? {} }
  })
}

/** With what is said of them all, where there are enough. */
export function besideRepeats(store: Store, run: StoredRun, examined: Examined): Examined {
  const metrics = metricsOn('validation', run)
  if (metrics === null) return examined
  const half = halfOf(run.recipe, storedEvaluation(store, run.id, 'validation')?.intervals)
  const found = findUnstable(
    repeatsAmong('validation', { recipe: run.recipe, metrics, half }, othersOf(store, run)),
  )
  if (found === null) return examined
  const made = new Set([...examined.made, unstableResult.name])
  return {
    ...examined,
    made: testChecks.members.map(({ name }) => name).filter((name) => made.has(name)),
    findings: bySeverity([...examined.findings, ...found]),
  }
}
