/** SQL of what runs are known by: their metrics and settings, whose names are kept once. */
import type { Metrics, Recipe, RunMarks, RunMoment } from '../../contract/index.ts'
import { settingsOf, type Connection } from '../store/index.ts'
import { isOfCurve, untilEpoch } from './moments.ts'

function idsIn(db: Connection, table: string, column: string, names: readonly string[]): Map<string, number> {
  const add = db.prepare(`INSERT OR IGNORE INTO ${table} (${column}) VALUES (?)`)
  const find = db.prepare<[string], number>(`SELECT id FROM ${table} WHERE ${column} = ?`).pluck()
  return new Map(
    names.map((name) => {
      const known = find.get(name)
      if (known !== undefined) return [name, known]
      add.run(name)
      return [name, find.get(name)!]
    }),
  )
}

/** The numbers that stand for these series; those that nobody recorded before get one. */
export const seriesIds = (db: Connection, names: readonly string[]): Map<string, number> =>
  idsIn(db, 'series_names', 'name', names)

/** JSON and SQLite have no NaN and no infinity: such a value is as good as none. */
export const finite = (metrics: Metrics): [name: string, value: number][] =>
  Object.entries(metrics).filter(([, value]) => Number.isFinite(value))

/** Beside those that the run has, which stay where they are not among these. */
export function putMetrics(db: Connection, run: number, metrics: Metrics): void {
  const values = finite(metrics)
  const ids = seriesIds(
    db,
    values.map(([name]) => name),
  )
  const put = db.prepare('INSERT OR REPLACE INTO run_metrics (series, run, value) VALUES (?, ?, ?)')
  for (const [name, value] of values) put.run(ids.get(name), run, value)
}

/** All but those on the test split, which do not change while a run trains. */
export function dropTrainedMetrics(db: Connection, run: number): void {
  db.prepare(
    `DELETE FROM run_metrics WHERE run = ? AND series IN (SELECT id FROM series_names WHERE name NOT LIKE 'test/%')`,
  ).run(run)
}

export const putSettings = (db: Connection, run: number, recipe: Recipe): void =>
  putValues(db, run, settingsOf(recipe))

/** Settings by their paths. */
export function putValues(
  db: Connection,
  run: number,
  settings: readonly (readonly [path: string, value: number | string])[],
): void {
  const ids = idsIn(
    db,
    'setting_paths',
    'path',
    settings.map(([path]) => path),
  )
  const put = db.prepare('INSERT OR REPLACE INTO run_settings (setting, run, value) VALUES (?, ?, ?)')
  for (const [path, value] of settings) put.run(ids.get(path), run, value)
}

/** Of these runs, by their numbers. `names` absent: all that they have. */
export function metricsOfRuns(
  db: Connection,
  runs: readonly number[],
  names?: readonly string[],
): Map<number, Metrics> {
  const wanted = names === undefined ? '' : 'WHERE name IN (SELECT value FROM json_each(@names))'
  // Series by series, as they lie on the disk.
  const rows = db
    .prepare<[object], { name: string; run: number; value: number }>(
      `SELECT name, run, run_metrics.value
       FROM (SELECT id, name FROM series_names ${wanted}) AS wanted CROSS JOIN json_each(@runs) AS one
         CROSS JOIN run_metrics ON series = wanted.id AND run = one.value`,
    )
    .all({ runs: JSON.stringify(runs), ...(names && { names: JSON.stringify(names) }) })
  const found = new Map<number, Metrics>(runs.map((run) => [run, {}]))
  for (const { name, run, value } of rows) if (Number.isFinite(value)) found.get(run)![name] = value
  return found
}

/** As `metricsOfRuns`, at another moment than the best epoch: from their curves. */
export function valuesOfRuns(
  db: Connection,
  runs: readonly number[],
  moment: RunMoment,
  names?: readonly string[],
): Map<number, Metrics> {
  const found = metricsOfRuns(db, runs, names)
  const wanted = [...new Set(names ?? [...found.values()].flatMap((metrics) => Object.keys(metrics)))].filter(
    (name) => isOfCurve(name, moment),
  )
  const value = db
    .prepare<[object], number>(
      `SELECT value FROM (SELECT @run AS number) CROSS JOIN point_values
       WHERE run = number AND series = (SELECT id FROM series_names WHERE name = @name) ${untilEpoch(moment)}
       ORDER BY step DESC LIMIT 1`,
    )
    .pluck()
  for (const [run, metrics] of found)
    for (const name of wanted) {
      const then = value.get({ run, name })
      if (then === undefined) delete metrics[name]
      else metrics[name] = then
    }
  return found
}

export function marksOfRuns(db: Connection, runs: readonly number[]): Map<number, RunMarks> {
  const asked = JSON.stringify(runs)
  const rows = db
    .prepare<[string], { number: number; starred: number; note: string }>(
      'SELECT number, starred, note FROM runs WHERE number IN (SELECT value FROM json_each(?))',
    )
    .all(asked)
  const found = new Map(
    rows.map(({ number, starred, note }) => [number, { starred: starred === 1, note, tags: [] as string[] }]),
  )
  const tags = db
    .prepare<[string], { run: number; tag: string }>(
      'SELECT run, tag FROM run_tags WHERE run IN (SELECT value FROM json_each(?)) ORDER BY lower(tag), tag',
    )
    .all(asked)
  for (const { run, tag } of tags) found.get(run)?.tags.push(tag)
  return found
}

export function settingsOfRuns(
  db: Connection,
  runs: readonly number[],
  paths: readonly string[],
): Map<number, Record<string, string | number>> {
  const rows = db
    .prepare<[object], { path: string; run: number; value: string | number }>(
      `SELECT wanted.path, run, run_settings.value
       FROM (SELECT id, path FROM setting_paths WHERE path IN (SELECT value FROM json_each(@paths))) AS wanted
         CROSS JOIN json_each(@runs) AS one CROSS JOIN run_settings ON setting = wanted.id AND run = one.value`,
    )
    .all({ runs: JSON.stringify(runs), paths: JSON.stringify(paths) })
  const found = new Map<number, Record<string, string | number>>(runs.map((run) => [run, {}]))
  for (const { path, run, value } of rows) found.get(run)![path] = value
  return found
}
