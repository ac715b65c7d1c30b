/** SQL of runs and their metrics. */
import {
  DescentError,
  storedRecipeSchema,
  type MetricPoint,
  type Run,
  type RunState,
} from '../../contract/index.ts'
import type { Store } from '../store/index.ts'

interface RunRow {
  id: string
  project_id: string
  name: string
  state: string
  created_at: number
  started_at: number | null
  finished_at: number | null
  task: string
  recipe: string
  data_sha256: string
  dataset_id: string
  seed: number
  engine_version: string
  backend: string | null
  device: string | null
  epoch: number
  epochs: number
  best_epoch: number | null
  best_validation_loss: number | null
  best_validation_score: number | null
  seconds: number
  test: string | null
  error: string | null
}

/** A run and what only the host needs to know of it. */
export interface StoredRun extends Run {
  readonly datasetId: string
}

function fromRow(row: RunRow): StoredRun {
  return {
    id: row.id,
    projectId: row.project_id,
    name: row.name,
    state: row.state as RunState,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    task: row.task as Run['task'],
    recipe: storedRecipeSchema.parse(JSON.parse(row.recipe)),
    dataSha256: row.data_sha256,
    datasetId: row.dataset_id,
    seed: row.seed,
    engineVersion: row.engine_version,
    backend: row.backend as Run['backend'],
    device: row.device,
    epoch: row.epoch,
    epochs: row.epochs,
    bestEpoch: row.best_epoch,
    bestValidationLoss: row.best_validation_loss,
    bestValidationScore: row.best_validation_score,
    seconds: row.seconds,
    test: row.test === null ? null : (JSON.parse(row.test) as Run['test']),
    error: row.error,
  }
}

/** The contract's part of a run: what leaves the host. */
export function publicRun({ datasetId: _, ...run }: StoredRun): Run {
  return run
}

export type NewRun = Pick<
  StoredRun,
  'id' | 'projectId' | 'name' | 'recipe' | 'dataSha256' | 'datasetId' | 'engineVersion'
>

export function insertRun(store: Store, run: NewRun): void {
  store.write(() =>
    store.db
      .prepare(
        `INSERT INTO runs (id, project_id, name, state, created_at, task, recipe, data_sha256, dataset_id, seed,
                           engine_version, epochs)
         VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        run.id,
        run.projectId,
        run.name,
        Date.now(),
        run.recipe.task,
        JSON.stringify(run.recipe),
        run.dataSha256,
        run.datasetId,
        run.recipe.seed,
        run.engineVersion,
        run.recipe.training.epochs,
      ),
  )
}

export function findRun(store: Store, id: string): StoredRun {
  const row = store.db.prepare<[string], RunRow>('SELECT * FROM runs WHERE id = ?').get(id)
  if (row === undefined)
    throw new DescentError('notFound', `There is no run ${id}. It may have been deleted.`, 'runId')
  return fromRow(row)
}

export function runExists(store: Store, id: string): boolean {
  return store.db.prepare('SELECT 1 FROM runs WHERE id = ?').get(id) !== undefined
}

/** Newest first. */
export function listRuns(store: Store, projectId: string): StoredRun[] {
  const rows = store.db
    .prepare<[string], RunRow>('SELECT * FROM runs WHERE project_id = ? ORDER BY created_at DESC, rowid DESC')
    .all(projectId)
  return rows.map(fromRow)
}

export function runsInStates(store: Store, states: readonly RunState[]): StoredRun[] {
  const marks = states.map(() => '?').join(', ')
  return store.db
    .prepare<string[], RunRow>(`SELECT * FROM runs WHERE state IN (${marks})`)
    .all(...states)
    .map(fromRow)
}

/** Columns that change during a run's life, by the run's field. */
const columns = {
  name: 'name',
  state: 'state',
  startedAt: 'started_at',
  finishedAt: 'finished_at',
  backend: 'backend',
  device: 'device',
  epoch: 'epoch',
  bestEpoch: 'best_epoch',
  bestValidationLoss: 'best_validation_loss',
  bestValidationScore: 'best_validation_score',
  seconds: 'seconds',
  test: 'test',
  error: 'error',
} as const satisfies Partial<Record<keyof Run, string>>

export type RunChange = Partial<Pick<Run, keyof typeof columns>>

export function updateRun(store: Store, id: string, change: RunChange): StoredRun {
  const keys = Object.keys(change) as (keyof RunChange)[]
  if (keys.length > 0) {
    const assignments = keys.map((key) => `${columns[key]} = ?`).join(', ')
    const values = keys.map((key) => {
      const value = change[key]
      return value !== null && typeof value === 'object' ? JSON.stringify(value) : value
    })
    store.write(() => store.db.prepare(`UPDATE runs SET ${assignments} WHERE id = ?`).run(...values, id))
  }
  return findRun(store, id)
}

export function deleteRun(store: Store, id: string): void {
  store.deleteCheckpoints(id)
  store.write(() => store.db.prepare('DELETE FROM runs WHERE id = ?').run(id))
}

// ---- metrics ----

interface MetricRow {
  epoch: number
  step: number
  seconds: number
  train_loss: number
  validation_loss: number
  validation_score: number
  learning_rate: number
  throughput: number
}

export function insertMetrics(store: Store, runId: string, points: readonly MetricPoint[]): void {
  store.transaction(() => {
    const insert = store.db.prepare(
      `INSERT OR REPLACE INTO metrics (run_id, epoch, step, seconds, train_loss, validation_loss, validation_score,
                                       learning_rate, throughput) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    for (const p of points) {
      const { epoch, step, seconds, trainLoss, validationLoss, validationScore, learningRate, throughput } = p
      insert.run(
        runId,
        epoch,
        step,
        seconds,
        trainLoss,
        validationLoss,
        validationScore,
        learningRate,
        throughput,
      )
    }
  })
}

export function listMetrics(store: Store, runId: string): MetricPoint[] {
  return store.db
    .prepare<[string], MetricRow>('SELECT * FROM metrics WHERE run_id = ? ORDER BY epoch')
    .all(runId)
    .map((row) => ({
      epoch: row.epoch,
      step: row.step,
      seconds: row.seconds,
      trainLoss: row.train_loss,
      validationLoss: row.validation_loss,
      validationScore: row.validation_score,
      learningRate: row.learning_rate,
      throughput: row.throughput,
    }))
}

/** What came after the checkpoint a run goes on from will be trained, and measured, again. */
export function deleteMetricsAfter(store: Store, runId: string, epoch: number): void {
  store.write(() => store.db.prepare('DELETE FROM metrics WHERE run_id = ? AND epoch > ?').run(runId, epoch))
}
