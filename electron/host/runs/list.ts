/** SQL of lists of runs: SQLite sorts and filters them, and only the rows of a page leave it. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  DescentError,
  type Damaged,
  type RunColumns,
  type RunFilter,
  type RunOrder,
  type RunPage,
  type RunQuery,
} from '../../contract/index.ts'
import type { Store } from '../store/index.ts'
import { metricsOfRuns, settingsOfRuns } from './metrics.ts'
import { readRecipe, summaryOf, type RunRow } from './repository.ts'

type Parameters = Record<string, string | number | null>

const fields: Record<Extract<RunOrder, { field: unknown }>['field'], string> = {
  number: 'number',
  name: 'name_key',
  state: 'state',
  task: 'task',
  epoch: 'epoch',
  bestEpoch: 'best_epoch',
  seconds: 'seconds',
  finishedAt: 'finished_at',
  backend: 'backend',
  seed: 'seed',
  dataVersion: 'data_version',
}

interface Sorting {
  readonly join: string
  readonly by: string
  readonly parameters: Parameters
}

function sortingOf(order: RunOrder): Sorting {
  if ('field' in order) return { join: '', by: fields[order.field], parameters: {} }
  const [table, column, names, name] =
    'series' in order
      ? ['run_metrics', 'series', 'series_names WHERE name', order.series]
      : ['run_settings', 'setting', 'setting_paths WHERE path', order.setting]
  return {
    join: `LEFT JOIN ${table} AS sorted ON sorted.${column} = (SELECT id FROM ${names} = @sorted) AND sorted.run = number`,
    by: 'sorted.value',
    parameters: { sorted: name },
  }
}

/** The wildcards of LIKE stand for themselves. */
const containing = (text: string): string => `%${text.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`

interface Conditions {
  readonly where: string
  readonly parameters: Parameters
}

function conditionsOf(projectId: string, filter: RunFilter, hidden: readonly number[]): Conditions {
  const parts = ['project_id = @project']
  const parameters: Parameters = { project: projectId }
  const add = (part: string, values: Parameters): void => {
    parts.push(part)
    Object.assign(parameters, values)
  }
  if (hidden.length > 0)
    add('number NOT IN (SELECT value FROM json_each(@hidden))', { hidden: JSON.stringify(hidden) })
  const { ids, text, states, tasks, trained, metrics = [], settings = [] } = filter
  if (ids) add('id IN (SELECT value FROM json_each(@ids))', { ids: JSON.stringify(ids) })
  if (text) add(`name LIKE @text ESCAPE '\\'`, { text: containing(text) })
  if (states) add('state IN (SELECT value FROM json_each(@states))', { states: JSON.stringify(states) })
  if (tasks) add('task IN (SELECT value FROM json_each(@tasks))', { tasks: JSON.stringify(tasks) })
  if (trained) add(`(state = 'finished' OR (state = 'stopped' AND best_epoch IS NOT NULL))`, {})
  metrics.forEach(({ series, atLeast, atMost }, i) =>
    add(
      `number IN (SELECT run FROM run_metrics WHERE series = (SELECT id FROM series_names WHERE name = @series${i})
         AND (@low${i} IS NULL OR value >= @low${i}) AND (@high${i} IS NULL OR value <= @high${i}))`,
      { [`series${i}`]: series, [`low${i}`]: atLeast ?? null, [`high${i}`]: atMost ?? null },
    ),
  )
  settings.forEach(({ setting, is }, i) => {
    const number = is.trim() === '' ? NaN : Number(is)
    add(
      `number IN (SELECT run FROM run_settings WHERE setting = (SELECT id FROM setting_paths WHERE path = @setting${i})
         AND value IN (@text${i}, @number${i}))`,
      {
        [`setting${i}`]: setting,
        [`text${i}`]: is.trim(),
        [`number${i}`]: Number.isFinite(number) ? number : null,
      },
    )
  })
  return { where: parts.join(' AND '), parameters }
}

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
    readRecipe(row.name, recipe)
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
    'SELECT * FROM runs WHERE project_id = ? AND number < ? ORDER BY number DESC LIMIT ?',
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

function rowsOf(store: Store, query: WholeQuery): RunRow[] {
  const { where, parameters } = conditionsOf(query.projectId, query.filter, hiddenIn(store))
  const { join, by, parameters: sorted } = sortingOf(query.order)
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
  const { where, parameters } = conditionsOf(projectId, filter, hiddenIn(store))
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
    ...asked,
  }
  let rows = rowsOf(store, query)
  while (!look(store, rows)) rows = rowsOf(store, query)
  const numbers = rows.map(({ number }) => number)
  const metrics = metricsOfRuns(store.db, numbers, series)
  const settings = settingsOfRuns(store.db, numbers, paths)
  return {
    offset: query.offset,
    total: countRuns(store, query.projectId, query.filter),
    runs: rows.map((row) => ({
      ...summaryOf(store, row, metrics.get(row.number)!),
      settings: settings.get(row.number)!,
    })),
  }
}

/** The series and settings that runs of the project have. */
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
           WHERE ${column} = ${names}.id AND run BETWEEN @first AND @last AND project_id = @project
         ) ORDER BY ${names}.id`,
      )
      .pluck()
      .all({ ...span, project: projectId })
  return {
    series: namesOf('series_names', 'name', 'run_metrics', 'series'),
    settings: namesOf('setting_paths', 'path', 'run_settings', 'setting'),
  }
}
