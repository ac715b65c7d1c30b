/** Searches and what came of their runs, in SQLite. */
import { z } from 'zod'
import {
  DescentError,
  familySchema,
  searches,
  searchStateSchema,
  spaceSchema,
  storedRecipeSchema,
  triedValueSchema,
  validationLossSeries,
  type SearchState,
} from '../../contract/index.ts'
import { unreadable, type Store } from '../store/index.ts'

const documentSchema = z.object({
  recipe: storedRecipeSchema,
  search: familySchema(searches),
  space: spaceSchema,
  series: z.string(),
  planned: z.int(),
  stops: z.array(z.int()),
  reduction: z.number(),
  notes: z.array(z.string()),
  contenders: z.array(z.object({ label: z.string(), candidates: z.array(z.int()) })),
})
/** What a search is about, which does not change. */
export type SearchDocument = z.infer<typeof documentSchema>

const trialSchema = z.object({
  name: z.string(),
  settings: z.record(z.string(), triedValueSchema),
  /** The stop with this index is as far as it may go. */
  target: z.int(),
  /** At each stop that it has come to, the smaller the better; null: it came to nothing. */
  results: z.array(z.number().nullable()),
  /** How it ended; null: it has not. */
  ended: z.enum(['finished', 'stoppedEarly', 'cut', 'failed']).nullable(),
  why: z.string().nullable(),
  /** As the run had them last. */
  epoch: z.int(),
  seconds: z.number(),
  value: z.number().nullable(),
})
export type TrialRecord = z.infer<typeof trialSchema>
export interface StoredTrial extends TrialRecord {
  readonly number: number
  readonly runId: string | null
}

export interface StoredSearch {
  readonly id: string
  readonly projectId: string
  readonly datasetId: string
  readonly name: string
  readonly state: SearchState
  readonly createdAt: number
  readonly seconds: number
  readonly why: string | null
  readonly document: SearchDocument
}

interface SearchRow {
  id: string
  project_id: string
  dataset_id: string
  name: string
  state: string
  created_at: number
  seconds: number
  why: string | null
  document: string
}

function parseSearch(row: SearchRow): StoredSearch {
  try {
    return {
      id: row.id,
      projectId: row.project_id,
      datasetId: row.dataset_id,
      name: row.name,
      state: searchStateSchema.parse(row.state),
      createdAt: row.created_at,
      seconds: row.seconds,
      why: row.why,
      document: documentSchema.parse(JSON.parse(row.document)),
    }
  } catch (error) {
    throw new DescentError(
      'damaged',
      `The search “${row.name}” cannot be read: ${unreadable(error)}. Its runs are not affected.`,
      'searchId',
    )
  }
}

export function insertSearch(store: Store, search: StoredSearch): void {
  const { id, projectId, datasetId, name, state, createdAt, document } = search
  store.write(() =>
    store.db
      .prepare(
        'INSERT INTO searches (id, project_id, dataset_id, name, state, created_at, document) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(id, projectId, datasetId, name, state, createdAt, JSON.stringify(document)),
  )
}

export function findSearch(store: Store, id: string): StoredSearch {
  const row = store.db.prepare<[string], SearchRow>('SELECT * FROM searches WHERE id = ?').get(id)
  if (row === undefined)
    throw new DescentError('notFound', 'There is no such search. It may have been deleted.', 'searchId')
  return parseSearch(row)
}

/** The newest first, with how many of their runs have begun. One that cannot be read is left out. */
export function listSearches(store: Store, projectId: string): (StoredSearch & { readonly begun: number })[] {
  return store.db
    .prepare<[string], SearchRow & { begun: number }>(
      `SELECT *, (SELECT count(*) FROM search_trials WHERE search_id = id) AS begun
       FROM searches WHERE project_id = ? ORDER BY number DESC`,
    )
    .all(projectId)
    .flatMap(({ begun, ...row }) => {
      try {
        return [{ ...parseSearch(row), begun }]
      } catch {
        return []
      }
    })
}

/** All but these. Gives how many there were. */
export function interruptRunning(store: Store, except: readonly string[]): number {
  return store.write(
    () =>
      store.db
        .prepare(
          `UPDATE searches SET state = 'interrupted'
           WHERE state = 'running' AND id NOT IN (SELECT value FROM json_each(?))`,
        )
        .run(JSON.stringify(except)).changes,
  )
}

/** The highest number of its runs, one that cannot be read among them; 0: none has begun. */
export const lastNumber = (store: Store, searchId: string): number =>
  store.db
    .prepare<[string], number>('SELECT coalesce(max(number), 0) FROM search_trials WHERE search_id = ?')
    .pluck()
    .get(searchId) ?? 0

export function updateSearch(
  store: Store,
  { id, state, seconds, why }: Pick<StoredSearch, 'id' | 'state' | 'seconds' | 'why'>,
): void {
  store.write(() =>
    store.db
      .prepare('UPDATE searches SET state = ?, seconds = ?, why = ? WHERE id = ?')
      .run(state, seconds, why, id),
  )
}

export function deleteSearch(store: Store, id: string): void {
  store.write(() => store.db.prepare('DELETE FROM searches WHERE id = ?').run(id))
}

export const searchExists = (store: Store, id: string): boolean =>
  store.db.prepare('SELECT 1 FROM searches WHERE id = ?').get(id) !== undefined

export function putTrial(store: Store, searchId: string, { number, runId, ...trial }: StoredTrial): void {
  store.write(() =>
    store.db
      .prepare(
        `INSERT INTO search_trials (search_id, number, run_id, trial) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET run_id = excluded.run_id, trial = excluded.trial`,
      )
      .run(searchId, number, runId, JSON.stringify(trial)),
  )
}

/** In their order; one that cannot be read is left out. */
export function trialsOf(store: Store, searchId: string): StoredTrial[] {
  return store.db
    .prepare<[string], { number: number; runId: string | null; trial: string }>(
      'SELECT number, run_id AS runId, trial FROM search_trials WHERE search_id = ? ORDER BY number',
    )
    .all(searchId)
    .flatMap(({ number, runId, trial }) => {
      try {
        return [{ number, runId, ...trialSchema.parse(JSON.parse(trial)) }]
      } catch {
        return []
      }
    })
}

/** What a run had of a series in its best epoch until then, by the validation loss; null: none has ended. */
export function valueUntil(store: Store, runId: string, series: string, epoch: number): number | null {
  return (
    store.db
      .prepare<[object], number>(
        `SELECT judged.value FROM runs
         JOIN point_values AS loss ON loss.run = runs.number
           AND loss.series = (SELECT id FROM series_names WHERE name = @loss)
         JOIN points ON points.run = loss.run AND points.step = loss.step
         JOIN point_values AS judged ON judged.run = loss.run AND judged.step = loss.step
           AND judged.series = (SELECT id FROM series_names WHERE name = @series)
         WHERE runs.id = @id AND points.epoch <= @epoch ORDER BY loss.value, points.epoch LIMIT 1`,
      )
      .pluck()
      .get({ id: runId, series, loss: validationLossSeries.name, epoch }) ?? null
  )
}

/** So that the runs of a search are found together. */
export function tagRun(store: Store, runId: string, tag: string): void {
  store.write(() =>
    store.db
      .prepare('INSERT OR IGNORE INTO run_tags (tag, run) SELECT ?, number FROM runs WHERE id = ?')
      .run(tag, runId),
  )
}

/** “Search 3”: counting on. */
export function nextSearchName(store: Store, projectId: string): string {
  const largest = store.db
    .prepare<[string], number | null>(
      `SELECT max(CAST(substr(name, 8) AS INTEGER)) FROM searches
       WHERE project_id = ? AND name GLOB 'Search [0-9]*' AND substr(name, 8) NOT GLOB '*[^0-9]*'`,
    )
    .pluck()
    .get(projectId)
  return `Search ${(largest ?? 0) + 1}`
}
