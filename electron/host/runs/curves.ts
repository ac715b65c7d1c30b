/** SQL of curves: what trainings record, written as it comes and read in as many points as a chart can show. */
import { isStepwise, type Curve, type Curves, type MetricPoint, type Metrics } from '../../contract/index.ts'
import type { Store } from '../store/index.ts'
import { finite, seriesIds } from './metrics.ts'
import { numberOf } from './repository.ts'

/**
 * Epochs whose lowest and highest value are kept beside the values, or steps where a series is recorded within epochs. Migration
 * 5 cut what was there into such blocks, too.
 */
const blockSize = 64
const blockOf = (name: string, { epoch, step }: Moment): number =>
  Math.floor((isStepwise(name) ? step : epoch) / blockSize)

/** Whole epochs, and steps, that were trained. */
type Moment = Pick<MetricPoint, 'epoch' | 'step'>

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
        widen.run({ run, series, block: blockOf(name, { epoch, step }), step, value })
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

/**
 * What came after the checkpoint a run goes on from will be trained, and measured, again. The block that it cuts is made anew of
 * what is left of it.
 */
export function deletePointsAfter(store: Store, runId: string, last: Moment): void {
  store.transaction(() => {
    const { db } = store
    const run = numberOf(store, runId)
    const remove = db.prepare('DELETE FROM point_values WHERE run = ? AND series = ? AND step > ?')
    const removeBlocks = db.prepare('DELETE FROM curve_blocks WHERE run = ? AND series = ? AND block >= ?')
    const renew = db.prepare(
      `INSERT INTO curve_blocks (run, series, block, low, low_step, high, high_step)
       WITH kept AS (SELECT step, value FROM point_values WHERE run = @run AND series = @series AND step > @before)
       SELECT @run, @series, @block, low, low_step, high, high_step
       FROM (SELECT min(value) AS low, step AS low_step FROM kept), (SELECT max(value) AS high, step AS high_step FROM kept)
       WHERE low IS NOT NULL`,
    )
    for (const { id: series, name } of seriesOfRun(store, run)) {
      const block = blockOf(name, last)
      const first = block * blockSize - 1
      const before = isStepwise(name) ? first : lastStep(store, run, first)
      remove.run(run, series, last.step)
      removeBlocks.run(run, series, block)
      renew.run({ run, series, block, before })
    }
    db.prepare('DELETE FROM points WHERE run = ? AND step > ?').run(run, last.step)
  })
}

/** What one run recorded up to then, as if another one had. */
export function copyPoints(
  store: Store,
  { from, to, until }: { readonly from: string; readonly to: string; readonly until: Moment },
): void {
  store.transaction(() => {
    const runs = { source: numberOf(store, from), target: numberOf(store, to), step: until.step }
    const copy = (sql: string): void => void store.db.prepare(sql).run(runs)
    copy(
      'INSERT INTO points (run, step, epoch, seconds) SELECT @target, step, epoch, seconds FROM points WHERE run = @source AND step <= @step',
    )
    copy(
      `INSERT INTO point_values (run, series, step, value)
       SELECT @target, series, step, value FROM point_values
       WHERE run = @source AND series IN (SELECT id FROM series_names) AND step <= @step`,
    )
    copy(
      `INSERT INTO curve_blocks (run, series, block, low, low_step, high, high_step)
       SELECT @target, series, block, low, low_step, high, high_step FROM curve_blocks
       WHERE run = @source AND series IN (SELECT id FROM series_names) AND @step IS NOT NULL`,
    )
    // The blocks reach further: those that are cut are made anew.
    deletePointsAfter(store, to, until)
  })
}

/** When the last point of this epoch was recorded; null: there is none. */
export const lastPointOf = (
  store: Store,
  runId: string,
  epoch: number,
): { readonly step: number; readonly seconds: number } | null =>
  store.db
    .prepare<[number, number], { step: number; seconds: number }>(
      'SELECT step, seconds FROM points WHERE run = ? AND epoch = ? ORDER BY step DESC LIMIT 1',
    )
    .get(numberOf(store, runId), epoch) ?? null

/** As many as a wide chart has pixels. */
const enoughPoints = 2000

interface Wanted {
  /** Step of the best epoch; null: there is none. */
  readonly best: number | null
  /** Nothing before this step is read, and nothing after that one. */
  readonly since: number
  readonly until: number
}

const bestStep = (store: Store, run: number): number | null =>
  store.db
    .prepare<[object], number>(
      `SELECT step FROM points WHERE run = @run AND epoch = (SELECT best_epoch FROM runs WHERE number = @run)
       ORDER BY step DESC LIMIT 1`,
    )
    .pluck()
    .get({ run }) ?? null

type Ends = Record<'first' | 'last' | 'best', number | null>

/** Of this series: others may be recorded more often, and begin earlier or end later. */
const endsOf = (store: Store, run: number, series: number, wanted: Wanted): Ends =>
  store.db
    .prepare<[object], Ends>(
      `WITH own AS (SELECT step FROM point_values WHERE run = @run AND series = @series AND step BETWEEN @since AND @until)
       SELECT (SELECT min(step) FROM own) AS first, (SELECT max(step) FROM own) AS last,
         (SELECT max(step) FROM own WHERE step <= @best) AS best`,
    )
    .get({ run, series, ...wanted })!

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
  `SELECT step AS ${as}_step, value AS ${as} FROM point_values
   WHERE run = @run AND series = @series AND step BETWEEN @first AND @last`
const ofBlocks = (as: string): string =>
  `SELECT ${as}_step, ${as} FROM curve_blocks
   WHERE run = @run AND series = @series AND ${as}_step BETWEEN @first AND @last`
const stepsOfValues = extremes(ofValues('low'), ofValues('high'))
const stepsOfBlocks = extremes(ofBlocks('low'), ofBlocks('high'))

const columns = 'SELECT epoch, step, seconds, value FROM point_values JOIN points USING (run, step)'

const countOf = (
  store: Store,
  run: number,
  series: number,
  { since, until }: Pick<Wanted, 'since' | 'until'>,
): number =>
  store.db
    .prepare<[object], number>(
      'SELECT count(*) FROM point_values WHERE run = @run AND series = @series AND step BETWEEN @since AND @until',
    )
    .pluck()
    .get({ run, series, since, until }) ?? 0

function curveWithin(
  store: Store,
  run: number,
  series: number,
  recorded: number,
  wanted: Wanted,
  limit: number,
): Curve {
  const stretches = Math.max(1, Math.floor((limit - 3) / 2))
  const thinned = recorded > limit
  const { since, until } = wanted
  // Blocks are enough where each stretch has several of them.
  const steps = recorded / blockSize > stretches ? stepsOfBlocks : stepsOfValues
  const few = limit < 5 ? 'VALUES (@first), (@last), (@best)' : steps
  const rows = store.db
    .prepare<[object], [number, number, number, number]>(
      `${columns} WHERE run = @run AND series = @series AND step BETWEEN @since AND @until ${thinned ? `AND step IN (${few})` : ''} ORDER BY step`,
    )
    .raw()
    .all({
      run,
      series,
      since,
      until,
      ...(thinned && { ...endsOf(store, run, series, wanted), ...(limit >= 5 && { stretches }) }),
    })
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
export const curveOf = (store: Store, run: number, series: number, limit: number): Curve => {
  const wanted = { best: bestStep(store, run), since: 0, until: Number.MAX_SAFE_INTEGER }
  return curveWithin(store, run, series, countOf(store, run, series, wanted), wanted, limit)
}

interface NamedSeries {
  readonly id: number
  readonly name: string
}
const seriesOfRun = (store: Store, run: number): NamedSeries[] =>
  store.db
    .prepare<[number], NamedSeries>(
      `SELECT id, name FROM series_names
       WHERE EXISTS (SELECT 1 FROM point_values WHERE run = ? AND series = id) ORDER BY id`,
    )
    .all(run)

interface CurveRequest {
  readonly limit?: number
  readonly names?: readonly string[]
  readonly since?: number
  readonly until?: number
}

/**
 * Each series in at most `limit` points, with the first, the last and the best; `names` absent: all that are recorded once an
 * epoch. `since` and `until`: the first and the last step that is read.
 */
export function readCurves(
  store: Store,
  runId: string,
  { limit = enoughPoints, names, since = 0, until = Number.MAX_SAFE_INTEGER }: CurveRequest = {},
): Curves {
  const run = numberOf(store, runId)
  const asked = { best: bestStep(store, run), since, until }
  const wanted = seriesOfRun(store, run)
    .filter(({ name }) => names?.includes(name) ?? !isStepwise(name))
    .map(({ id, name }) => ({ id, name, count: countOf(store, run, id, asked) }))
  return {
    recorded: Math.max(0, ...wanted.map(({ count }) => count)),
    series: Object.fromEntries(
      wanted.map(({ id, name, count }) => [name, curveWithin(store, run, id, count, asked, limit)] as const),
    ),
  }
}

/** The names of all that a run recorded. */
export const recordedBy = (store: Store, runId: string): string[] =>
  seriesOfRun(store, numberOf(store, runId)).map(({ name }) => name)

/** Of what it recorded within epochs. */
export const stepwiseOf = (store: Store, runId: string): string[] =>
  recordedBy(store, runId).filter(isStepwise)

/** All that was recorded at the end of this epoch. */
export function valuesAt(store: Store, runId: string, epoch: number): Metrics {
  const run = numberOf(store, runId)
  const rows = store.db
    .prepare<[number, number, number], [string, number]>(
      `SELECT name, value FROM points JOIN point_values USING (run, step) JOIN series_names ON series_names.id = series
       WHERE run = ? AND step = ? AND epoch = ?`,
    )
    .raw()
    .all(run, lastStep(store, run, epoch), epoch)
  return Object.fromEntries(rows.filter(([name]) => !isStepwise(name)))
}
