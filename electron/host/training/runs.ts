/** SQL of runs and their metrics. */
import {
  backendSchema,
  DescentError,
  metricsSchema,
  runStateSchema,
  storedRecipeSchema,
  taskSchema,
  type Damaged,
  type MetricPoint,
  type Run,
} from '../../contract/index.ts'
import { isStorageError, unreadable, type Store } from '../store/index.ts'

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

function parseRow(row: RunRow): StoredRun {
  return {
    id: row.id,
    projectId: row.project_id,
    name: row.name,
    state: runStateSchema.parse(row.state),
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    task: taskSchema.parse(row.task),
    recipe: storedRecipeSchema.parse(JSON.parse(row.recipe)),
    dataSha256: row.data_sha256,
    datasetId: row.dataset_id,
    seed: row.seed,
    engineVersion: row.engine_version,
    backend: row.backend === null ? null : backendSchema.parse(row.backend),
    device: row.device,
    epoch: row.epoch,
    epochs: row.epochs,
    bestEpoch: row.best_epoch,
    bestValidationLoss: row.best_validation_loss,
    bestValidationScore: row.best_validation_score,
    seconds: row.seconds,
    test: row.test === null ? null : metricsSchema.parse(JSON.parse(row.test)),
    error: row.error,
  }
}

/** Throws `damaged` where the row cannot be read any more. */
function fromRow(store: Store, row: RunRow): StoredRun {
  try {
    return { ...parseRow(row), ...unsavedOf(store).get(row.id) }
  } catch (error) {
    throw new DescentError(
      'damaged',
      `The run "${row.name}" cannot be read: ${unreadable(error)}. Other runs are not affected. Delete it, or put a backup of the database back.`,
      'runId',
    )
  }
}

/** null where the row cannot be read any more: it hides only itself. */
function readable(store: Store, row: RunRow): StoredRun | null {
  try {
    return fromRow(store, row)
  } catch {
    return null
  }
}

/** Changes that the disk had no room for: they hold while this process lives, and are written when there is room. */
const unsaved = new WeakMap<Store, Map<string, RunChange>>()

function unsavedOf(store: Store): Map<string, RunChange> {
  const known = unsaved.get(store) ?? new Map<string, RunChange>()
  unsaved.set(store, known)
  return known
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

function rowOf(store: Store, id: string): RunRow {
  const row = store.db.prepare<[string], RunRow>('SELECT * FROM runs WHERE id = ?').get(id)
  if (row === undefined)
    throw new DescentError('notFound', `There is no run ${id}. It may have been deleted.`, 'runId')
  return row
}

/** Throws `notFound`, or `damaged` where it cannot be read any more. */
export const findRun = (store: Store, id: string): StoredRun => fromRow(store, rowOf(store, id))

/** What is needed of a run that is to be deleted, which works for a damaged one too. */
export function runToDelete(store: Store, id: string): { name: string; state: string; projectId: string } {
  const { name, state, project_id: projectId } = rowOf(store, id)
  return { name, state: unsavedOf(store).get(id)?.state ?? state, projectId }
}

export function runExists(store: Store, id: string): boolean {
  return store.db.prepare('SELECT 1 FROM runs WHERE id = ?').get(id) !== undefined
}

/** By when they were added, not by the clock, which may go backwards. */
const rowsOf = (store: Store, projectId: string): RunRow[] =>
  store.db
    .prepare<[string], RunRow>('SELECT * FROM runs WHERE project_id = ? ORDER BY rowid DESC')
    .all(projectId)

/** Newest first, but for those that cannot be read. */
export const listRuns = (store: Store, projectId: string): StoredRun[] =>
  rowsOf(store, projectId).flatMap((row) => readable(store, row) ?? [])

export const listRunNames = (store: Store, projectId: string): string[] =>
  rowsOf(store, projectId).map(({ name }) => name)

export function damagedRuns(store: Store, projectId: string): Damaged[] {
  return rowsOf(store, projectId).flatMap((row) => {
    try {
      fromRow(store, row)
      return []
    } catch (error) {
      return [{ id: row.id, name: row.name, message: error instanceof Error ? error.message : String(error) }]
    }
  })
}

/** Of damaged ones too. */
export function runIdsInStates(store: Store, states: readonly Run['state'][]): string[] {
  const stored = store.db.prepare<[], { id: string; state: string }>('SELECT id, state FROM runs').all()
  const now = unsavedOf(store)
  return stored
    .filter(({ id, state }) => states.some((each) => each === (now.get(id)?.state ?? state)))
    .map(({ id }) => id)
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

function writeChange(store: Store, id: string, change: RunChange): void {
  const keys = Object.keys(change) as (keyof RunChange)[]
  if (keys.length === 0) return
  const assignments = keys.map((key) => `${columns[key]} = ?`).join(', ')
  const values = keys.map((key) => {
    const value = change[key]
    return value !== null && typeof value === 'object' ? JSON.stringify(value) : value
  })
  store.write(() => store.db.prepare(`UPDATE runs SET ${assignments} WHERE id = ?`).run(...values, id))
}

/** What could not be written before goes with it. */
function changeRun(store: Store, id: string, change: RunChange): void {
  writeChange(store, id, { ...unsavedOf(store).get(id), ...change })
  unsavedOf(store).delete(id)
}

export function updateRun(store: Store, id: string, change: RunChange): StoredRun {
  changeRun(store, id, change)
  return findRun(store, id)
}

/** As `updateRun`; where the disk has no room, the change holds in this process until there is. */
export function updateRunAnyway(store: Store, id: string, change: RunChange): StoredRun {
  try {
    changeRun(store, id, change)
  } catch (error) {
    if (!isStorageError(error)) throw error
    unsavedOf(store).set(id, { ...unsavedOf(store).get(id), ...change })
  }
  return findRun(store, id)
}

/** Writes what there was no room for; false while there still is none. */
export function saveUnsaved(store: Store): boolean {
  for (const id of [...unsavedOf(store).keys()]) {
    try {
      changeRun(store, id, {})
    } catch (error) {
      if (isStorageError(error)) return false
      throw error
    }
  }
  return true
}

export function deleteRun(store: Store, id: string): void {
  store.transaction(() => {
    store.deleteCheckpoints(id)
    store.db.prepare('DELETE FROM runs WHERE id = ?').run(id)
  })
  unsavedOf(store).delete(id)
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

const pointOf = (row: MetricRow): MetricPoint => ({
  epoch: row.epoch,
  step: row.step,
  seconds: row.seconds,
  trainLoss: row.train_loss,
  validationLoss: row.validation_loss,
  validationScore: row.validation_score,
  learningRate: row.learning_rate,
  throughput: row.throughput,
})

/** As many as a wide chart has pixels. */
const enoughPoints = 2000

/**
 * The curve in at most `limit` points. A longer one is cut into equal stretches; of each the best and the worst
 * validation loss and the worst training loss stay, so that no spike and not the best epoch is lost.
 */
export function listMetrics(store: Store, runId: string, limit = enoughPoints): MetricPoint[] {
  const [total = 0, first = 0, last = 0] =
    store.db
      .prepare<[string], number[]>('SELECT count(*), min(epoch), max(epoch) FROM metrics WHERE run_id = ?')
      .raw()
      .get(runId) ?? []
  if (total <= limit)
    return store.db
      .prepare<[string], MetricRow>('SELECT * FROM metrics WHERE run_id = ? ORDER BY epoch')
      .all(runId)
      .map(pointOf)
  const stretches = Math.max(0, Math.floor((limit - 3) / 3))
  // SQLite takes the other columns from the row that has the extreme: https://www.sqlite.org/lang_select.html#bareagg
  const extremes = ['min(validation_loss)', 'max(validation_loss)', 'max(train_loss)'].map(
    (extreme) =>
      `SELECT epoch FROM (SELECT epoch, ${extreme} FROM metrics WHERE run_id = @runId
       GROUP BY CAST((epoch - @first) * @stretches / (@last - @first + 1) AS INTEGER))`,
  )
  const best = 'SELECT epoch FROM (SELECT epoch, min(validation_loss) FROM metrics WHERE run_id = @runId)'
  return store.db
    .prepare<[object], MetricRow>(
      `SELECT * FROM metrics WHERE run_id = @runId AND (epoch IN (@first, @last) OR epoch IN (${best})
       ${stretches === 0 ? '' : `OR epoch IN (${extremes.join(' UNION ')})`}) ORDER BY epoch`,
    )
    .all({ runId, first, last, stretches })
    .map(pointOf)
}

/** What came after the checkpoint a run goes on from will be trained, and measured, again. */
export function deleteMetricsAfter(store: Store, runId: string, epoch: number): void {
  store.write(() => store.db.prepare('DELETE FROM metrics WHERE run_id = ? AND epoch > ?').run(runId, epoch))
}
