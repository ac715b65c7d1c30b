/** Databases with as many runs as the tests of lists need, written by SQL as fast as SQLite can. */
import { randomUUID } from 'node:crypto'
import type { Recipe } from '../../contract/index.ts'
import { createProject } from '../projects/index.ts'
import { nameKey, settingsOf, type Store, repeatKeyPrefix } from '../store/index.ts'

export interface Size {
  readonly runs: number
  /** Metrics of each of them. */
  readonly metrics: number
}

/** Spread evenly over 0 to 1, another number for each pair; the same on every machine. */
const mixed = (a: string, b: string): string => `((${a} * 7919 + ${b} * 104729) % 99991) / 99991.0`

/** A project with so many finished runs, of which every seventh lacks the last metric. Gives the project's id. */
export function manyRuns(store: Store, recipe: Recipe, { runs, metrics }: Size): string {
  const projectId = createProject(store, 'Many runs')
  const { db } = store
  const insert = db.prepare(
    `INSERT INTO runs (id, project_id, name, name_key, state, created_at, started_at, finished_at, task, data_sha256, dataset_id,
                       seed, engine_version, backend, device, epoch, epochs, best_epoch, seconds)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'classification', 'sha', 'd', ?, '0.1.0', 'wasm', 'CPU', 20, 20, ?, ?)`,
  )
  const states = ['finished', 'finished', 'finished', 'stopped', 'failed', 'interrupted']
  const text = JSON.stringify(recipe)
  const settings = settingsOf(recipe)
  store.transaction(() => {
    const from = db.prepare<[], number>('SELECT coalesce(max(number), 0) FROM runs').pluck().get()!
    for (let i = 1; i <= runs; i++) {
      const name = `Run ${i}`
      const state = states[i % states.length]
      insert.run(
        randomUUID(),
        projectId,
        name,
        nameKey(name),
        state,
        i,
        i,
        i + 1,
        i % 5,
        i % 20,
        (i * 37) % 1000,
      )
    }
    const span = { first: from + 1, last: from + runs }
    const numbers = `WITH RECURSIVE run(number) AS (SELECT @first UNION ALL SELECT number + 1 FROM run WHERE number < @last)`
    db.prepare(`INSERT INTO run_recipes ${numbers} SELECT number, @text FROM run`).run({ ...span, text })
    const known = ['validation/loss', 'validation/accuracy', 'test/accuracy', 'train/loss']
    const names = Array.from({ length: metrics }, (_, i) => known[i] ?? `validation/metric${i}`)
    // Five seeds of each setting.
    db.prepare(
      // As this version makes them: others would be made anew, and all of these have one recipe.
      `UPDATE runs SET repeat_key = '${repeatKeyPrefix}' || (number / 5) WHERE number BETWEEN @first AND @last`,
    ).run(span)
    for (const [i, name] of names.entries()) {
      db.prepare('INSERT OR IGNORE INTO series_names (name) VALUES (?)').run(name)
      db.prepare(
        `INSERT INTO run_metrics ${numbers} SELECT (SELECT id FROM series_names WHERE name = @name), number,
           ${mixed('number', '@i')} FROM run WHERE number % 7 > 0 OR @i < @most`,
      ).run({ ...span, name, i, most: metrics - 1 })
    }
    for (const [path, value] of settings) {
      db.prepare('INSERT OR IGNORE INTO setting_paths (path) VALUES (?)').run(path)
      db.prepare(
        `INSERT INTO run_settings ${numbers} SELECT (SELECT id FROM setting_paths WHERE path = @path), number,
           iif(@path = 'training.batchSize', 16 << (number % 4), @value) FROM run`,
      ).run({ ...span, path, value })
    }
  })
  return projectId
}

/** A run with a curve of so many epochs: noise about a falling line, with one spike upwards and one best epoch. */
export function longRun(
  store: Store,
  projectId: string,
  { epochs, series, spike, best }: { epochs: number; series: readonly string[]; spike: number; best: number },
): string {
  const { db } = store
  const id = randomUUID()
  store.transaction(() => {
    const run = db
      .prepare(
        `INSERT INTO runs (id, project_id, name, name_key, state, created_at, task, data_sha256, dataset_id, seed, engine_version,
                           epoch, epochs, best_epoch)
         VALUES (?, ?, 'Long', 'long', 'finished', 0, 'classification', '', 'd', 0, '', ?, ?, ?)`,
      )
      .run(id, projectId, epochs, epochs, best).lastInsertRowid
    db.prepare('INSERT INTO run_recipes SELECT ?, recipe FROM run_recipes LIMIT 1').run(run)
    const all = `WITH RECURSIVE each(epoch) AS (SELECT 1 UNION ALL SELECT epoch + 1 FROM each WHERE epoch < @epochs)`
    db.prepare(`INSERT INTO points ${all} SELECT @run, epoch * 44, epoch, epoch / 100.0 FROM each`).run({
      run,
      epochs,
    })
    for (const name of series) {
      db.prepare('INSERT OR IGNORE INTO series_names (name) VALUES (?)').run(name)
      const at = { run, series: db.prepare('SELECT id FROM series_names WHERE name = ?').pluck().get(name) }
      db.prepare(
        `INSERT INTO point_values ${all} SELECT @run, @series, epoch * 44,
           iif(epoch = @spike, 50, iif(epoch = @best, -1, 1.0 / epoch + ${mixed('epoch', '3')} / 10)) FROM each`,
      ).run({ ...at, epochs, spike, best })
      db.prepare(
        `INSERT INTO curve_blocks
           SELECT run, series, block, low, low_step, high, high_step
           FROM (SELECT run, series, step / 44 / 64 AS block, min(value) AS low, step AS low_step FROM point_values
                 WHERE run = @run AND series = @series GROUP BY 3)
           JOIN (SELECT step / 44 / 64 AS block, max(value) AS high, step AS high_step FROM point_values
                 WHERE run = @run AND series = @series GROUP BY 1) USING (block)`,
      ).run(at)
    }
  })
  return id
}

/** What this process has computed for so far, in milliseconds: what the machine does beside it does not count. */
function computed(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The slowest but for one in twenty, in milliseconds. */
export function percentile95(work: (turn: number) => unknown, turns: number): number {
  const taken = Array.from({ length: turns }, (_, turn) => {
    const start = computed()
    work(turn)
    return computed() - start
  }).sort((a, b) => a - b)
  return taken[Math.min(turns - 1, Math.ceil(turns * 0.95) - 1)]!
}
