/** Rows and target over the time of each column of dates, and when there are none. */
import type { OverTime } from '../../contract/index.ts'
import { query, type DuckDBConnection } from '../kinds/table/duckdb.ts'
import { valueSql, type Relation } from '../kinds/table/relation.ts'
import { rowsByGroup, type TargetOfGroups } from './by-group.ts'
import type { Source } from './measure.ts'

export type Unit = OverTime['unit']

const mostColumns = 12
const mostGaps = 20
/** Of a longer time only those periods are told that have rows. */
const mostPeriods = 400
const dayMs = 86_400_000

/** So many periods at most can be told apart. */
const unitFor = (days: number): Unit => (days <= 100 ? 'day' : days <= 366 * 12 ? 'month' : 'year')

const isoLength: Readonly<Record<Unit, number>> = { year: 4, month: 7, day: 10 }

/** The period that a day is in, counted from that of 1970-01-01. */
export const periodOf = (day: number, unit: Unit): number => {
  const date = new Date(Math.floor(day) * dayMs)
  if (unit === 'day') return Math.floor(day)
  const year = date.getUTCFullYear() - 1970
  return unit === 'year' ? year : year * 12 + date.getUTCMonth()
}
export const dayOf = (period: number, unit: Unit): number => {
  if (unit === 'day') return period
  const start = new Date(0)
  if (unit === 'year') start.setUTCFullYear(1970 + period)
  else start.setUTCFullYear(1970 + Math.floor(period / 12), ((period % 12) + 12) % 12)
  return Math.round(start.getTime() / dayMs)
}
/** `2024`, `2024-03`, `2024-03-01`. */
export const labelOf = (period: number, unit: Unit): string => {
  const [text] = new Date(dayOf(period, unit) * dayMs).toISOString().split('T')
  return text!.slice(0, text!.length - 10 + isoLength[unit])
}

/** Stretches between these periods in which there is none. */
export function gapsBetween(periods: readonly number[], unit: Unit): OverTime['gaps'] {
  return periods
    .flatMap((period, i) => {
      const before = periods[i - 1]
      return before === undefined || period - before < 2
        ? []
        : [{ from: labelOf(before + 1, unit), to: labelOf(period - 1, unit), periods: period - before - 1 }]
    })
    .toSorted((a, b) => b.periods - a.periods)
    .slice(0, mostGaps)
}

/** Days of the proleptic calendar that JavaScript and DuckDB both have: years 1 to 9999. */
const [firstDay, lastDay] = [-719_162, 2_932_896]
export const isDay = (value: unknown): value is number =>
  typeof value === 'number' && value >= firstDay && value <= lastDay

export async function measureOverTime(
  connection: DuckDBConnection,
  sources: readonly Source[],
  relation: Relation,
  target: TargetOfGroups | null,
): Promise<OverTime[]> {
  const found: OverTime[] = []
  for (const source of sources) {
    if (source.column.kind !== 'date' || found.length >= mostColumns) continue
    const value = valueSql(relation, source)
    const [range = {}] = await query(
      connection,
      `SELECT min(${value}) AS low, max(${value}) AS high FROM ${relation.sql}`,
    )
    const [low, high] = [range['low'], range['high']]
    if (!isDay(low) || !isDay(high) || low === high) continue
    const unit = unitFor(high - low)
    const day = `floor(${value})`
    const groups = await rowsByGroup(connection, relation, periodSql(day, unit), target)
    const known = [...groups].flatMap(([key, group]) => (key === null ? [] : [{ at: Number(key), ...group }]))
    known.sort((a, b) => a.at - b.at)
    const periods = known.map(({ at }) => at)
    const all = known.at(-1)!.at - known[0]!.at + 1
    const shown = all <= mostPeriods ? Array.from({ length: all }, (_, i) => known[0]!.at + i) : periods
    const byPeriod = new Map(known.map(({ at, ...group }) => [at, group]))
    const nothing = {
      rows: 0,
      known: 0,
      classes: (target?.classes ?? []).map(() => 0),
      mean: null,
      deviation: null,
    }
    found.push({
      column: source.column.name,
      unit,
      periods: shown.map((at) => ({
        label: labelOf(at, unit),
        start: dayOf(at, unit),
        end: dayOf(at + 1, unit),
        ...(byPeriod.get(at) ?? nothing),
      })),
      gaps: gapsBetween(periods, unit),
    })
  }
  return found
}

/** The same as `periodOf`, of a whole number of days. */
function periodSql(day: string, unit: Unit): string {
  if (unit === 'day') return `CAST(${day} AS BIGINT)`
  const date = `(DATE '1970-01-01' + CAST(${day} AS INTEGER))`
  const year = `(year(${date}) - 1970)`
  return unit === 'year' ? year : `${year} * 12 + month(${date}) - 1`
}
