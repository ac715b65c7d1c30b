/** One series of very many runs: a thin line of each, or the mean of groups of runs with how sure it is. */
import type { Curve, MeanCurves, CurveOverlay, RunFilter, RunGrouping } from '../../contract/index.ts'
import { studentBound } from '../evaluate/student.ts'
import type { Store } from '../store/index.ts'
import { curveOf } from './curves.ts'
import { groupsOfRuns } from './groups.ts'
import { matching } from './list.ts'

/** As many as a chart can draw while somebody waits. */
export const mostLines = 2000
/** Of all lines together. */
const mostPoints = 200_000

const seriesId = (store: Store, name: string): number =>
  store.db.prepare<[string], number>('SELECT id FROM series_names WHERE name = ?').pluck().get(name) ?? -1

/** The newest of those that have the series, in as many points as all of them together leave for each. */
export function overlayOf(store: Store, projectId: string, filter: RunFilter, series: string): CurveOverlay {
  const { where, parameters } = matching(store, projectId, filter)
  const id = seriesId(store, series)
  const asked = { ...parameters, series: id }
  const has = `${where} AND EXISTS (SELECT 1 FROM point_values WHERE run = number AND series = @series)`
  const runs = store.db
    .prepare<[object], { number: number; id: string; name: string }>(
      `SELECT number, id, name FROM runs WHERE ${has} ORDER BY number DESC LIMIT ${mostLines}`,
    )
    .all(asked)
  const total =
    runs.length < mostLines
      ? runs.length
      : store.db.prepare<[object], number>(`SELECT count(*) FROM runs WHERE ${has}`).pluck().get(asked)!
  const limit = Math.min(1000, Math.max(50, Math.floor(mostPoints / Math.max(1, runs.length))))
  const points = store.db
    .prepare<[number, number, number], [number, number]>(
      `SELECT epoch, value FROM point_values JOIN points USING (run, step) WHERE run = ? AND series = ? ORDER BY step LIMIT ?`,
    )
    .raw()
  const lines = runs.map(({ number, id: runId, name }) => {
    const rows = points.all(number, id, limit + 1)
    const curve: Pick<Curve, 'epoch' | 'value'> =
      rows.length <= limit
        ? { epoch: rows.map(([epoch]) => epoch), value: rows.map(([, value]) => value) }
        : curveOf(store, number, id, limit)
    return { runId, name, epoch: curve.epoch, value: curve.value }
  })
  return { total, lines }
}

/** As many as can be told apart. */
const mostGroups = 8
/** Epochs of a mean. */
const mostEpochs = 500
const confidence = 0.95

/** The groups that are best in the series: of each the mean over its newest runs, epoch by epoch, and its 95 % interval. */
export function meanCurves(
  store: Store,
  projectId: string,
  filter: RunFilter,
  grouping: RunGrouping,
  series: string,
): MeanCurves {
  const id = seriesId(store, series)
  const recorded = `EXISTS (SELECT 1 FROM point_values WHERE run = number AND series = ${id})`
  const { total, groups } = groupsOfRuns(store, projectId, filter, grouping, [series], recorded)
  const rowsOf = store.db.prepare<[object], { epoch: number; count: number; mean: number; squares: number }>(
    `WITH members AS (SELECT number FROM runs WHERE id IN (SELECT value FROM json_each(@ids))),
       about AS (
         SELECT coalesce((SELECT value FROM point_values JOIN members ON run = number WHERE series = @series LIMIT 1), 0) AS about
       ),
       longest AS (
         SELECT max(1, max(epoch) / ${mostEpochs}) AS stride FROM members JOIN runs USING (number)
       )
     SELECT epoch, count(*) AS count, about + avg(value - about) AS mean,
       sum((value - about) * (value - about)) - count(*) * avg(value - about) * avg(value - about) AS squares
     FROM members JOIN point_values ON point_values.run = number AND series = @series
       JOIN points ON points.run = number AND points.step = point_values.step CROSS JOIN about CROSS JOIN longest
     WHERE points.epoch % stride = 0 OR points.epoch = 1
     GROUP BY epoch ORDER BY epoch`,
  )
  const means = groups.slice(0, mostGroups).flatMap(({ value, name, runs, ids }) => {
    const rows = rowsOf.all({ ids: JSON.stringify(ids), series: id })
    if (rows.length === 0) return []
    const half = rows.map(({ count, squares }) =>
      count < 2
        ? null
        : (studentBound(confidence, count - 1) * Math.sqrt(Math.max(0, squares) / (count - 1))) /
          Math.sqrt(count),
    )
    return [
      {
        value,
        name,
        runs,
        averaged: ids.length,
        epoch: rows.map(({ epoch }) => epoch),
        count: rows.map(({ count }) => count),
        mean: rows.map(({ mean }) => mean),
        half,
      },
    ]
  })
  return { total, means }
}
