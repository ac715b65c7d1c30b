/** SQL of runs: one at a time. Lists of them are in list.ts, what they measured in metrics.ts and curves.ts. */
import {
  backendSchema,
  DescentError,
  runStateSchema,
  storedRecipeSchema,
  taskSchema,
  type Metrics,
  type Recipe,
  type RunDetail,
  type RunState,
  type RunSummary,
} from '../../contract/index.ts'
import { isStorageError, nameKey, repeatKeyOfText, unreadable, type Store } from '../store/index.ts'
import { dropTrainedMetrics, metricsOfRuns, putMetrics, putSettings } from './metrics.ts'

export interface RunRow {
  number: number
  id: string
  project_id: string
  name: string
  state: string
  created_at: number
  started_at: number | null
  finished_at: number | null
  task: string
  data_sha256: string
  dataset_id: string
  data_version: number | null
  seed: number
  engine_version: string
  backend: string | null
  device: string | null
  epoch: number
  epochs: number
  best_epoch: number | null
  seconds: number
  error: string | null
}

/** A run and what only the host needs to know of it. */
export interface StoredRun extends RunDetail {
  readonly datasetId: string
}

/** Throws `damaged` where the row cannot be read any more. */
function readable<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new DescentError(
      'damaged',
      `The run "${name}" cannot be read: ${unreadable(error)}. Other runs are not affected. Delete it, or put a backup of the database back.`,
      'runId',
    )
  }
}

const parseRow = (row: RunRow, metrics: Metrics): RunSummary => ({
  id: row.id,
  number: row.number,
  projectId: row.project_id,
  name: row.name,
  state: runStateSchema.parse(row.state),
  createdAt: row.created_at,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
  task: taskSchema.parse(row.task),
  dataVersion: row.data_version,
  seed: row.seed,
  backend: row.backend === null ? null : backendSchema.parse(row.backend),
  device: row.device,
  epoch: row.epoch,
  epochs: row.epochs,
  bestEpoch: row.best_epoch,
  seconds: row.seconds,
  metrics,
  error: row.error,
})

/** Changes that the disk had no room for: they hold while this process lives, and are written when there is room. */
const unsaved = new WeakMap<Store, Map<string, RunChange>>()

export function unsavedOf(store: Store): ReadonlyMap<string, RunChange> {
  return unsaved.get(store) ?? new Map<string, RunChange>()
}

function hold(store: Store, id: string, change: RunChange): void {
  const held = unsaved.get(store) ?? new Map<string, RunChange>()
  unsaved.set(store, held.set(id, merged(held.get(id), change)))
}

const merged = (before: RunChange | undefined, change: RunChange): RunChange => {
  const metrics = { ...before?.metrics, ...change.metrics }
  return { ...before, ...change, ...(Object.keys(metrics).length > 0 && { metrics }) }
}

/** Throws `damaged` where the row cannot be read any more. */
export function summaryOf(store: Store, row: RunRow, metrics: Metrics): RunSummary {
  const summary = readable(row.name, () => parseRow(row, metrics))
  const held = unsavedOf(store).get(row.id)
  return { ...summary, ...held, metrics: { ...metrics, ...held?.metrics } }
}

/** The contract's part of a run: what leaves the host. */
export function publicRun({ datasetId: _, ...run }: StoredRun): RunDetail {
  return run
}

export type NewRun = Pick<
  StoredRun,
  'id' | 'projectId' | 'name' | 'recipe' | 'dataSha256' | 'dataVersion' | 'datasetId' | 'engineVersion'
>

export function insertRun(store: Store, run: NewRun): void {
  store.transaction(() => {
    const { lastInsertRowid } = store.db
      .prepare(
        `INSERT INTO runs (id, project_id, name, name_key, state, created_at, task, data_sha256, data_version, dataset_id, seed,
                           engine_version, epochs)
         VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        run.id,
        run.projectId,
        run.name,
        nameKey(run.name),
        Date.now(),
        run.recipe.task,
        run.dataSha256,
        run.dataVersion,
        run.datasetId,
        run.recipe.seed,
        run.engineVersion,
        run.recipe.training.epochs,
      )
    const number = Number(lastInsertRowid)
    const recipe = JSON.stringify(run.recipe)
    store.db.prepare('INSERT INTO run_recipes (run, recipe) VALUES (?, ?)').run(number, recipe)
    store.db.prepare('UPDATE runs SET repeat_key = ? WHERE number = ?').run(repeatKeyOfText(recipe), number)
    putSettings(store.db, number, run.recipe)
  })
}

/** Of a run that has been trained: what its weights do not depend on. */
export function putRecipe(store: Store, id: string, recipe: Recipe): void {
  const text = JSON.stringify(recipe)
  store.transaction(() => {
    const number = numberOf(store, id)
    store.db.prepare('UPDATE run_recipes SET recipe = ? WHERE run = ?').run(text, number)
    store.db.prepare('UPDATE runs SET repeat_key = ? WHERE number = ?').run(repeatKeyOfText(text), number)
    putSettings(store.db, number, recipe)
  })
}

const noRun = (id: string): DescentError =>
  new DescentError('notFound', `There is no run ${id}. It may have been deleted.`, 'runId')

function rowOf(store: Store, id: string): RunRow {
  const row = store.db.prepare<[string], RunRow>('SELECT * FROM runs WHERE id = ?').get(id)
  if (row === undefined) throw noRun(id)
  return row
}

/** By which the tables beside it know a run. */
export function numberOf(store: Store, id: string): number {
  const number = store.db.prepare<[string], number>('SELECT number FROM runs WHERE id = ?').pluck().get(id)
  if (number === undefined) throw noRun(id)
  return number
}

/** Throws `notFound`, or `damaged` where it cannot be read any more. Its recipe is not looked at. */
export function findSummary(store: Store, id: string): RunSummary {
  const row = rowOf(store, id)
  return summaryOf(store, row, metricsOfRuns(store.db, [row.number]).get(row.number)!)
}

export const readRecipe = (name: string, recipe: string | undefined) =>
  readable(name, () => storedRecipeSchema.parse(JSON.parse(recipe ?? '')))

/** Throws `notFound`, or `damaged` where it cannot be read any more. */
export function findRun(store: Store, id: string): StoredRun {
  const row = rowOf(store, id)
  if (row.state === 'imported')
    throw new DescentError(
      'conflict',
      `“${row.name}” was recorded by another program: it has curves and settings, but no recipe and no weights.`,
      'runId',
    )
  const recipe = store.db
    .prepare<[number], string>('SELECT recipe FROM run_recipes WHERE run = ?')
    .pluck()
    .get(row.number)
  return {
    ...summaryOf(store, row, metricsOfRuns(store.db, [row.number]).get(row.number)!),
    recipe: readRecipe(row.name, recipe),
    dataSha256: row.data_sha256,
    datasetId: row.dataset_id,
    engineVersion: row.engine_version,
  }
}

/** What is needed of a run that is to be deleted, which works for a damaged one too. */
export function runToDelete(store: Store, id: string): { name: string; state: string; projectId: string } {
  const { name, state, project_id: projectId } = rowOf(store, id)
  return { name, state: unsavedOf(store).get(id)?.state ?? state, projectId }
}

export function runExists(store: Store, id: string): boolean {
  return store.db.prepare('SELECT 1 FROM runs WHERE id = ?').get(id) !== undefined
}

/** “Run 7”: counting on, whatever was deleted or renamed in between. */
export function nextName(store: Store, projectId: string): string {
  const largest = store.db
    .prepare<[string], number | null>(
      `SELECT max(CAST(substr(name, 5) AS INTEGER)) FROM runs
       WHERE project_id = ? AND name GLOB 'Run [0-9]*' AND substr(name, 5) NOT GLOB '*[^0-9]*'`,
    )
    .pluck()
    .get(projectId)
  return `Run ${(largest ?? 0) + 1}`
}

/** Of damaged ones too. */
export function runIdsInStates(store: Store, states: readonly RunState[]): string[] {
  const stored = store.db
    .prepare<[string], { id: string; state: string }>(
      'SELECT id, state FROM runs WHERE state IN (SELECT value FROM json_each(?)) ORDER BY number',
    )
    .all(JSON.stringify(states))
  const held = [...unsavedOf(store)].flatMap(([id, { state }]) =>
    state === undefined ? [] : [{ id, state }],
  )
  const now = new Map([...stored, ...held].map(({ id, state }) => [id, state]))
  return [...now].filter(([, state]) => states.some((each) => each === state)).map(([id]) => id)
}

/** Columns that change during a run's life, by the run's field. */
const columns = {
  epochs: 'epochs',
  name: 'name',
  state: 'state',
  startedAt: 'started_at',
  finishedAt: 'finished_at',
  backend: 'backend',
  device: 'device',
  epoch: 'epoch',
  bestEpoch: 'best_epoch',
  seconds: 'seconds',
  error: 'error',
} as const satisfies Partial<Record<keyof RunSummary, string>>

/** `metrics` come beside those that the run has. */
export type RunChange = Partial<Pick<RunSummary, keyof typeof columns | 'metrics'>>

function writeChange(store: Store, id: string, { metrics, ...fields }: RunChange): void {
  const values: Record<string, string | number | null> = Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [columns[field as keyof typeof columns], value]),
  )
  if (fields.name !== undefined) values['name_key'] = nameKey(fields.name)
  const names = Object.keys(values)
  if (names.length === 0 && metrics === undefined) return
  const write = (): void => {
    if (names.length > 0)
      store.db
        .prepare(`UPDATE runs SET ${names.map((name) => `${name} = ?`).join(', ')} WHERE id = ?`)
        .run(...Object.values(values), id)
    if (metrics !== undefined) putMetrics(store.db, numberOf(store, id), metrics)
  }
  if (metrics === undefined) store.write(write)
  else store.transaction(write)
}

/** What could not be written before goes with it. */
function changeRun(store: Store, id: string, change: RunChange): void {
  writeChange(store, id, merged(unsavedOf(store).get(id), change))
  unsaved.get(store)?.delete(id)
}

export function updateRun(store: Store, id: string, change: RunChange): RunSummary {
  changeRun(store, id, change)
  return findSummary(store, id)
}

/** As `updateRun`; where the disk has no room, the change holds in this process until there is. */
export function updateRunAnyway(store: Store, id: string, change: RunChange): RunSummary {
  try {
    changeRun(store, id, change)
  } catch (error) {
    if (!isStorageError(error)) throw error
    hold(store, id, change)
  }
  return findSummary(store, id)
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

/** A run that goes on from an earlier moment is known by what was measured until then. */
export function resetRun(
  store: Store,
  id: string,
  change: Pick<RunSummary, 'epoch' | 'seconds' | 'bestEpoch' | 'metrics'>,
): void {
  store.transaction(() => {
    dropTrainedMetrics(store.db, numberOf(store, id))
    changeRun(store, id, change)
  })
}

export function deleteRun(store: Store, id: string): void {
  store.transaction(() => {
    store.deleteCheckpoints(id)
    store.db.prepare('DELETE FROM runs WHERE id = ?').run(id)
  })
  unsaved.get(store)?.delete(id)
}
