/** SQL of curves: what trainings record, written as it comes and read in as many points as a chart can show. */
import type { Curve, Curves, MetricPoint, Metrics } from '../../contract/index.ts'
import type { Store } from '../store/index.ts'
import { finite, seriesIds } from './metrics.ts'
import { numberOf } from './repository.ts'

/** Epochs whose lowest and highest value are kept beside the values. Migration 5 cut what was there into such blocks, too. */
const blockSize = 64
const blockOf = (epoch: number): number => Math.floor(epoch / blockSize)

export function insertPoints(store: Store, runId: string, points: readonly MetricPoint[]): void {
  store.transaction(() => {
    const { db } = store
    const run = numberOf(store, runId)
    const ids = seriesIds(db, [...new Set(points.flatMap(({ values }) => Object.keys(values)))])
    const moment = db.prepare('INSERT OR REPLACE INTO points (run, step, epoch, seconds) VALUES (?, ?, ?, ?)')
    const put = db.prepare(
      'INSERT OR REPLACE INTO point_values (run, series, step, value) VALUES (?, ?, ?, ?)',
    )
    const widen = db.prepare(
      `INSERT INTO curve_blocks (run, series, block, low, low_step, high, high_step)
       VALUES (@run, @series, @block, @value, @step, @value, @step)
       ON CONFLICT DO UPDATE SET
         low_step = iif(excluded.low < low, excluded.low_step, low_step), low = min(low, excluded.low),
         high_step = iif(excluded.high > high, excluded.high_step, high_step), high = max(high, excluded.high)`,
    )
    for (const { epoch, step, seconds, values } of points) {
      moment.run(run, step, epoch, seconds)
      for (const [name, value] of finite(values)) {
        const series = ids.get(name)
        put.run(run, series, step, value)
        widen.run({ run, series, block: blockOf(epoch), step, value })
      }
    }
  })
}

/** From the end of the curve, which is where it is looked for. */
const lastStep = (store: Store, run: number, epoch: number): number =>
  store.db
    .prepare<[number, number], number>(
      'SELECT step FROM points WHERE run = ? AND epoch <= ? ORDER BY step DESC LIMIT 1',
    )
    .pluck()
    .get(run, epoch) ?? -1

/** What came after the checkpoint a run goes on from will be trained, and measured, again. */
export function deletePointsAfter(store: Store, runId: string, epoch: number): void {
  store.transaction(() => {
    const { db } = store
    const run = numberOf(store, runId)
    const block = blockOf(epoch)
    const [before, last] = [block * blockSize - 1, epoch].map((each) => lastStep(store, run, each))
    const ofRun = 'run = ? AND series IN (SELECT id FROM series_names)'
    db.prepare(`DELETE FROM point_values WHERE ${ofRun} AND step > ?`).run(run, last)
    db.prepare('DELETE FROM points WHERE run = ? AND step > ?').run(run, last)
    db.prepare(`DELETE FROM curve_blocks WHERE ${ofRun} AND block >= ?`).run(run, block)
    db.prepare(
      `INSERT INTO curve_blocks (run, series, block, low, low_step, high, high_step)
       WITH kept AS (
         SELECT series, step, value FROM point_values
         WHERE run = @run AND series IN (SELECT id FROM series_names) AND step > @before
       )
       SELECT @run, series, @block, low, low_step, high, high_step
       FROM (SELECT series, min(value) AS low, step AS low_step FROM kept GROUP BY series)
         JOIN (SELECT series, max(value) AS high, step AS high_step FROM kept GROUP BY series) USING (series)`,
    ).run({ run, block, before })
  })
}

/** As many as a wide chart has pixels. */
const enoughPoints = 2000

interface Span {
  readonly recorded: number
  readonly first: number
  readonly last: number
  /** Step of the best epoch; null: there is none. */
  readonly best: number | null
}

const spanOf = (store: Store, run: number): Span =>
  store.db
    .prepare<[object], Span>(
      `SELECT count(*) AS recorded, coalesce(min(step), 0) AS first, coalesce(max(step), 0) AS last,
         (SELECT step FROM points WHERE run = @run AND epoch = (SELECT best_epoch FROM runs WHERE number = @run)
          ORDER BY step DESC LIMIT 1) AS best
       FROM points WHERE run = @run`,
    )
    .get({ run })!

/**
 * Where the curve is cut into equal stretches: of each the lowest and the highest value stay, so that no spike is lost.
 * SQLite takes the other columns from the row that has the extreme: https://www.sqlite.org/lang_select.html#bareagg
 */
const stretch = (step: string): string =>
  `CAST((${step} - @first) * @stretches / (@last - @first + 1) AS INTEGER)`
const extremes = (lowest: string, highest: string): string => `
  SELECT low_step AS step FROM (SELECT low_step, min(low) FROM (${lowest}) GROUP BY ${stretch('low_step')})
  UNION SELECT high_step FROM (SELECT high_step, max(high) FROM (${highest}) GROUP BY ${stretch('high_step')})
  UNION VALUES (@first), (@last), (@best)`
const ofValues = (as: string): string =>
  `SELECT step AS ${as}_step, value AS ${as} FROM point_values WHERE run = @run AND series = @series`
const ofBlocks = (as: string): string =>
  `SELECT ${as}_step, ${as} FROM curve_blocks WHERE run = @run AND series = @series`
const stepsOfValues = extremes(ofValues('low'), ofValues('high'))
const stepsOfBlocks = extremes(ofBlocks('low'), ofBlocks('high'))

const columns = 'SELECT epoch, step, seconds, value FROM point_values JOIN points USING (run, step)'

function curveWithin(store: Store, run: number, series: number, span: Span, limit: number): Curve {
  const { recorded, ...ends } = span
  const stretches = Math.max(1, Math.floor((limit - 3) / 2))
  const thinned = recorded > limit
  // Blocks are enough where each stretch has several of them.
  const steps = recorded / blockSize > stretches ? stepsOfBlocks : stepsOfValues
  const few = limit < 5 ? 'VALUES (@first), (@last), (@best)' : steps
  const rows = store.db
    .prepare<[object], [number, number, number, number]>(
      `${columns} WHERE run = @run AND series = @series ${thinned ? `AND step IN (${few})` : ''} ORDER BY step`,
    )
    .raw()
    .all({ run, series, ...(thinned && { ...ends, ...(limit >= 5 && { stretches }) }) })
  const curve: Curve = { epoch: [], step: [], seconds: [], value: [] }
  for (const [epoch, step, seconds, value] of rows) {
    curve.epoch.push(epoch)
    curve.step.push(step)
    curve.seconds.push(seconds)
    curve.value.push(value)
  }
  return curve
}

/** One series of one run, by their numbers, in at most `limit` points. */
export const curveOf = (store: Store, run: number, series: number, limit: number): Curve =>
  curveWithin(store, run, series, spanOf(store, run), limit)

/** Each series in at most `limit` points, with the first, the last and the best; `names` absent: all of them. */
export function readCurves(
  store: Store,
  runId: string,
  { limit = enoughPoints, names }: { limit?: number; names?: readonly string[] } = {},
): Curves {
  const run = numberOf(store, runId)
  const span = spanOf(store, run)
  const recorded = store.db
    .prepare<[number], { id: number; name: string }>(
      `SELECT id, name FROM series_names
       WHERE EXISTS (SELECT 1 FROM point_values WHERE run = ? AND series = id) ORDER BY id`,
    )
    .all(run)
  const wanted = recorded.filter(({ name }) => names?.includes(name) ?? true)
  return {
    recorded: span.recorded,
    series: Object.fromEntries(
      wanted.map(({ id, name }) => [name, curveWithin(store, run, id, span, limit)] as const),
    ),
  }
}

/** All that was recorded in this epoch. */
export function valuesAt(store: Store, runId: string, epoch: number): Metrics {
  const run = numberOf(store, runId)
  const rows = store.db
    .prepare<[number, number, number], [string, number]>(
      `SELECT name, value FROM points JOIN point_values USING (run, step) JOIN series_names ON series_names.id = series
       WHERE run = ? AND step = ? AND epoch = ?`,
    )
    .raw()
    .all(run, lastStep(store, run, epoch), epoch)
  return Object.fromEntries(rows)
}
