/** SQL over all runs that match: of each series the best one, and groups of runs with mean and spread. */
import {
  seriesOf,
  type BestRuns,
  type Metrics,
  type RunFilter,
  type RunGroup,
  type RunGrouping,
  type RunGroups,
  type Spread,
} from '../../contract/index.ts'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { repeatKeyOfText, repeatKeyPrefix, type Store } from '../store/index.ts'
import { matching } from './list.ts'

/** Among runs of the same value the oldest: what a newer one reached was reached before. */
export function bestRuns(
  store: Store,
  projectId: string,
  filter: RunFilter,
  series: readonly string[],
): BestRuns {
  const { where, parameters } = matching(store, projectId, filter)
  return Object.fromEntries(
    series.map((name) => {
      const { higherIsBetter } = seriesOf(name)
      if (higherIsBetter === null) return [name, null]
      const found = store.db
        .prepare<[object], { runId: string; name: string; value: number }>(
          `SELECT id AS runId, name, sorted.value FROM run_metrics AS sorted JOIN runs ON number = sorted.run
           WHERE sorted.series = (SELECT id FROM series_names WHERE name = @series) AND ${where}
           ORDER BY sorted.value ${higherIsBetter ? 'DESC' : 'ASC'}, number LIMIT 1`,
        )
        .get({ ...parameters, series: name })
      return [name, found ?? null]
    }),
  )
}

/** More groups than anybody reads. */
const mostGroups = 500
/** Of each group: as many as can be told apart in a chart. */
const mostIds = 50

interface Grouped {
  readonly join: string
  readonly key: string
  readonly parameters: Metrics | Record<string, string>
}

function groupedBy(grouping: RunGrouping): Grouped {
  switch (grouping.by) {
    case 'repeats':
      // Runs on other data repeat nothing.
      return { join: '', key: `iif(repeat_key = '', id, repeat_key || data_sha256)`, parameters: {} }
    case 'tag':
      return {
        join: 'LEFT JOIN run_tags AS grouped ON grouped.run = number',
        key: 'grouped.tag',
        parameters: {},
      }
    case 'setting':
      return {
        join: `LEFT JOIN run_settings AS grouped ON grouped.run = number
               AND grouped.setting = (SELECT id FROM setting_paths WHERE path = @grouped)`,
        key: 'grouped.value',
        parameters: { grouped: grouping.setting },
      }
  }
}

/** Sums about a value among the others, so that large ones keep their digits. */
function spreadOf(row: {
  count: number
  about: number
  sum: number
  squares: number
  min: number
  max: number
}): Spread {
  const { count, about, sum, squares, min, max } = row
  const mean = sum / count
  return {
    count,
    mean: about + mean,
    deviation: count < 2 ? null : Math.sqrt(Math.max(0, (squares - count * mean * mean) / (count - 1))),
    min,
    max,
  }
}

export function groupsOfRuns(
  store: Store,
  projectId: string,
  filter: RunFilter,
  grouping: RunGrouping,
  series: readonly string[],
  /** A further condition on them. */
  also = '1',
): RunGroups {
  const { where: matched, parameters: filtered } = matching(store, projectId, filter)
  const where = `${matched} AND ${also}`
  const { join, key, parameters: by } = groupedBy(grouping)
  const parameters = { ...filtered, ...by }
  const members = store.db
    .prepare<[object], { key: string | number | null; runs: number; first: number }>(
      `SELECT ${key} AS key, count(*) AS runs, min(number) AS first FROM runs ${join} WHERE ${where}
       GROUP BY key ORDER BY runs DESC, first DESC`,
    )
    .all(parameters)
  const spreads = new Map(
    series.map((name) => {
      const rows = store.db
        .prepare<[object], Parameters<typeof spreadOf>[0] & { key: string | number | null }>(
          `WITH chosen AS (
             SELECT ${key} AS key, metric.value AS value FROM runs ${join}
             JOIN run_metrics AS metric ON metric.run = number
               AND metric.series = (SELECT id FROM series_names WHERE name = @spread)
             WHERE ${where}
           ), about AS (SELECT coalesce((SELECT value FROM chosen LIMIT 1), 0) AS about)
           SELECT key, count(*) AS count, about, sum(value - about) AS sum, sum((value - about) * (value - about)) AS squares,
             min(value) AS min, max(value) AS max FROM chosen CROSS JOIN about GROUP BY key`,
        )
        .all({ ...parameters, spread: name })
      return [name, new Map(rows.map((row) => [row.key, spreadOf(row)]))] as const
    }),
  )
  const shown = inOrder(members, series, spreads).slice(0, mostGroups)
  const nameOf = store.db.prepare<[number], string>('SELECT name FROM runs WHERE number = ?').pluck()
  const newest = newestOf(store, { where, join, key, parameters }, shown.slice(0, mostIds))
  return {
    total: members.length,
    groups: shown.map(({ key: value, runs, first }): RunGroup => ({
      value: grouping.by === 'repeats' ? null : value,
      name: nameOf.get(first)!,
      runs,
      ids: newest.get(value) ?? [],
      spreads: Object.fromEntries(
        [...spreads].flatMap(([name, found]) => {
          const spread = found.get(value)
          return spread ? [[name, spread] as const] : []
        }),
      ),
    })),
  }
}

type Key = string | number | null

/**
 * Of each of these groups the newest runs; those of groups further down are found by what they have in common. Reads from the
 * newest on, and no further than it must.
 */
function newestOf(
  store: Store,
  asked: { where: string; join: string; key: string; parameters: object },
  groups: readonly { readonly key: Key; readonly runs: number }[],
): ReadonlyMap<Key, string[]> {
  const rows = store.db
    .prepare<[object], [Key, string]>(
      `SELECT ${asked.key}, id FROM runs ${asked.join} WHERE ${asked.where} ORDER BY number DESC`,
    )
    .raw()
    .iterate(asked.parameters)
  const found = new Map<Key, string[]>(groups.map(({ key }) => [key, []]))
  let missing = groups.reduce((sum, { runs }) => sum + Math.min(runs, mostIds), 0)
  if (missing === 0) return found
  for (const [key, id] of rows) {
    const ids = found.get(key)
    if (ids === undefined || ids.length >= mostIds) continue
    ids.push(id)
    if (--missing === 0) break
  }
  return found
}

/** Best first in the first series that has a better and a worse; groups without it last, the largest first. */
function inOrder<T extends { readonly key: string | number | null }>(
  members: readonly T[],
  series: readonly string[],
  spreads: ReadonlyMap<string, ReadonlyMap<string | number | null, Spread>>,
): readonly T[] {
  const name = series.find((one) => seriesOf(one).higherIsBetter !== null)
  if (name === undefined) return members
  const sign = seriesOf(name).higherIsBetter ? -1 : 1
  const worth = ({ key }: T): number => {
    const spread = spreads.get(name)?.get(key)
    return spread ? sign * spread.mean : Number.POSITIVE_INFINITY
  }
  // Infinities that are equal subtract to nothing that can be sorted by.
  return [...members].sort((a, b) => (worth(a) === worth(b) ? 0 : worth(a) < worth(b) ? -1 : 1))
}

/** Made together, so that nobody waits for them. */
const renewedAtOnce = 50

/**
 * Keys that another version of the program made, which had other options, are made anew; other calls are answered meanwhile.
 * Says how many there were.
 */
export async function renewRepeatKeys(store: Store): Promise<number> {
  const next = store.db.prepare<[object], { number: number; recipe: string }>(
    `SELECT number, recipe FROM runs JOIN run_recipes ON run = number
     WHERE number > @after AND substr(repeat_key, 1, length(@prefix)) <> @prefix ORDER BY number LIMIT ${renewedAtOnce}`,
  )
  const put = store.db.prepare('UPDATE runs SET repeat_key = ? WHERE number = ?')
  let renewed = 0
  for (let after = 0; store.db.open; await nextTurn()) {
    const rows = next.all({ after, prefix: repeatKeyPrefix })
    if (rows.length === 0) break
    store.transaction(() => rows.forEach(({ number, recipe }) => put.run(repeatKeyOfText(recipe), number)))
    after = rows.at(-1)!.number
    renewed += rows.length
  }
  return renewed
}
