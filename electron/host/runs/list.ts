/** SQL of lists of runs: SQLite sorts and filters them, and only the rows of a page leave it. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  DescentError,
  type Damaged,
  type RunColumns,
  type RunFilter,
  type RunPage,
  type RunQuery,
} from '../../contract/index.ts'
import type { Store } from '../store/index.ts'
import { conditionsOf, sortingOf, type Conditions } from './conditions.ts'
import { marksOfRuns, metricsOfRuns, settingsOfRuns, valuesOfRuns } from './metrics.ts'
import { readRecipe, summaryOf, type RunRow } from './repository.ts'

// ---- rows that cannot be read ----

/** What is wrong with each run that was looked at, by number; null: nothing. A recipe does not change once it is stored. */
const looked = new WeakMap<Store, Map<number, string | null>>()

function lookedAt(store: Store): Map<number, string | null> {
  const known = looked.get(store) ?? new Map<number, string | null>()
  looked.set(store, known)
  return known
}

const hiddenIn = (store: Store): number[] =>
  [...lookedAt(store)].flatMap(([number, damage]) => (damage === null ? [] : [number]))

function damageOf(store: Store, row: RunRow, recipe: string | undefined): string | null {
  try {
    summaryOf(store, row, {})
    if (row.state !== 'imported') readRecipe(row.name, recipe)
    return null
  } catch (error) {
    if (error instanceof DescentError) return error.message
    throw error
  }
}

/** Looks at those that nobody has looked at yet; says whether all of the rows can be read. */
function look(store: Store, rows: readonly RunRow[]): boolean {
  const known = lookedAt(store)
  const fresh = rows.filter(({ number }) => !known.has(number))
  if (fresh.length > 0) {
    const recipes = new Map(
      store.db
        .prepare<[string], [number, string]>(
          'SELECT run, recipe FROM run_recipes WHERE run IN (SELECT value FROM json_each(?))',
        )
        .raw()
        .all(JSON.stringify(fresh.map(({ number }) => number))),
    )
    for (const row of fresh) known.set(row.number, damageOf(store, row, recipes.get(row.number)))
  }
  return rows.every(({ number }) => known.get(number) === null)
}

/** Looked at together, so that nobody waits for it. */
const lookedAtOnce = 100

/** Newest first. Reads every recipe of the project the first time, between which other calls are answered. */
export async function damagedRuns(store: Store, projectId: string): Promise<Damaged[]> {
  const found: Damaged[] = []
  const rowsBefore = store.db.prepare<[string, number, number], RunRow>(
    'SELECT * FROM runs WHERE project_id = ? AND deleted_at IS NULL AND number < ? ORDER BY number DESC LIMIT ?',
  )
  for (let before = Number.MAX_SAFE_INTEGER; ;) {
    const rows = rowsBefore.all(projectId, before, lookedAtOnce)
    if (!look(store, rows))
      for (const { number, id, name } of rows) {
        const message = lookedAt(store).get(number)
        if (message) found.push({ id, name, message })
      }
    if (rows.length < lookedAtOnce) return found
    before = rows.at(-1)!.number
    await nextTurn()
  }
}

// ---- lists ----

type WholeQuery = Required<Omit<RunQuery, 'series' | 'settings'>>

/** What the filter lets through, but for what cannot be read. */
export const matching = (store: Store, projectId: string, filter: RunFilter): Conditions =>
  conditionsOf(store, projectId, filter, hiddenIn(store))

function rowsOf(store: Store, query: WholeQuery): RunRow[] {
  const { where, parameters } = matching(store, query.projectId, query.filter)
  const { join, by, parameters: sorted } = sortingOf(query.order, query.moment)
  const direction = query.descending ? 'DESC' : 'ASC'
  const numbers = store.db
    .prepare<[object], number>(
      `SELECT number FROM runs ${join} WHERE ${where}
       ORDER BY ${by === 'number' ? '' : `${by} ${direction} NULLS LAST, `}number ${direction}
       LIMIT @limit OFFSET @offset`,
    )
    .pluck()
    .all({ ...parameters, ...sorted, limit: query.limit, offset: query.offset })
  const row = store.db.prepare<[number], RunRow>('SELECT * FROM runs WHERE number = ?')
  return numbers.map((number) => row.get(number)!)
}

function countRuns(store: Store, projectId: string, filter: RunFilter): number {
  const { where, parameters } = matching(store, projectId, filter)
  return store.db
    .prepare<[object], number>(`SELECT count(*) FROM runs WHERE ${where}`)
    .pluck()
    .get(parameters)!
}

/** Runs that cannot be read are left out: they hide only themselves. */
export function listRuns(store: Store, { series, settings: paths = [], ...asked }: RunQuery): RunPage {
  const query: WholeQuery = {
    offset: 0,
    limit: 100,
    order: { field: 'number' },
    descending: true,
    filter: {},
    moment: 'bestEpoch',
    ...asked,
  }
  let rows = rowsOf(store, query)
  while (!look(store, rows)) rows = rowsOf(store, query)
  const numbers = rows.map(({ number }) => number)
  const metrics =
    query.moment === 'bestEpoch'
      ? metricsOfRuns(store.db, numbers, series)
      : valuesOfRuns(store.db, numbers, query.moment, series)
  const settings = settingsOfRuns(store.db, numbers, paths)
  const marks = marksOfRuns(store.db, numbers)
  return {
    offset: query.offset,
    total: countRuns(store, query.projectId, query.filter),
    runs: rows.map((row) => ({
      ...summaryOf(store, row, metrics.get(row.number)!),
      settings: settings.get(row.number)!,
      ...marks.get(row.number)!,
    })),
  }
}

const tagsIn = (store: Store, projectId: string): string[] =>
  store.db
    .prepare<[string], string>(
      `SELECT DISTINCT tag FROM run_tags JOIN runs ON number = run
       WHERE project_id = ? AND deleted_at IS NULL ORDER BY lower(tag), tag`,
    )
    .pluck()
    .all(projectId)

/** The series, settings and tags that runs of the project have. */
export function columnsOfRuns(store: Store, projectId: string): RunColumns {
  const span = store.db
    .prepare<[string], { first: number | null; last: number | null }>(
      'SELECT min(number) AS first, max(number) AS last FROM runs WHERE project_id = ?',
    )
    .get(projectId)!
  const namesOf = (names: string, name: string, values: string, column: string): string[] =>
    store.db
      .prepare<[object], string>(
        `SELECT ${name} FROM ${names} WHERE EXISTS (
           SELECT 1 FROM ${values} CROSS JOIN runs ON number = run
           WHERE ${column} = ${names}.id AND run BETWEEN @first AND @last AND project_id = @project AND deleted_at IS NULL
         ) ORDER BY ${names}.id`,
      )
      .pluck()
      .all({ ...span, project: projectId })
  return {
    series: namesOf('series_names', 'name', 'run_metrics', 'series'),
    settings: namesOf('setting_paths', 'path', 'run_settings', 'setting'),
    tags: tagsIn(store, projectId),
  }
}
