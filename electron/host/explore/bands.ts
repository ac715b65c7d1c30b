/** Into which groups the values of a column that has an order are put: numbers by quarters, dates by periods, times by hours. */
import { extentIn, formatNumber, numberTextOf } from '../../contract/index.ts'
import { query, type DuckDBConnection } from '../kinds/table/duckdb.ts'
import { valueSql, type Relation } from '../kinds/table/relation.ts'
import type { Measured, Source } from './measure.ts'
import { dayOf, isDay, labelOf, periodOf, type Unit } from './over-time.ts'

/** From `low` on, and below `high`, or up to it. */
export interface Band {
  readonly label: string
  readonly low: number
  readonly high: number
  readonly closed: boolean
}

/** More groups than these are not told. */
export const mostGroups = 40
/** Numbers of so few values are their own groups. */
const fewValues = 10

/** SQL: the place of the band that a value is in. */
export const bandSql = (value: string, bands: readonly Band[]): string =>
  `CASE ${bands
    .map(
      ({ low, high, closed }, i) =>
        `WHEN ${value} >= ${low}::DOUBLE AND ${value} ${closed ? '<=' : '<'} ${high}::DOUBLE THEN ${i}`,
    )
    .join(' ')} END`

type Text = (value: number) => string

const numberBand = (low: number, high: number, closed: boolean, text: Text): Band => ({
  low,
  high,
  closed,
  label: low === high ? text(low) : `${text(low)} to ${closed ? '' : 'below '}${text(high)}`,
})

/** Between each two of these bounds, and up to the last one. */
function between(bounds: readonly number[], closed: boolean, text: Text): Band[] {
  const different = [...new Set(bounds)].sort((a, b) => a - b)
  if (different.length === 1) return closed ? [numberBand(different[0]!, different[0]!, true, text)] : []
  return different
    .slice(1)
    .map((high, i) => numberBand(different[i]!, high, closed && i === different.length - 2, text))
}

/** The value that fills a quarter or more. `quarters`: the lowest, three quartiles, the highest. */
export const frequentIn = (quarters: readonly number[]): number | undefined =>
  quarters.find((bound, i) => bound === quarters[i + 1])

/** The quarters; where a value fills one of them or more, it is a group of its own, and the rest is split by its own quarters. */
export function bandsOfQuarters(
  quarters: readonly number[],
  /** Quarters of what is not that value, and what comes next after it. */
  around: { readonly rest: readonly number[]; readonly next: number } | null,
  text: Text = formatNumber,
): Band[] {
  const frequent = frequentIn(quarters)
  if (frequent === undefined || around === null) return between(quarters, true, text)
  const below = around.rest.filter((bound) => bound < frequent)
  const above = around.rest.filter((bound) => bound > frequent)
  return [
    ...(below.length === 0 ? [] : between([...below, frequent], false, text)),
    numberBand(frequent, frequent, true, text),
    ...(above.length === 0 ? [] : between([around.next, ...above], true, text)),
  ]
}

async function ofNumbers(
  connection: DuckDBConnection,
  relation: Relation,
  source: Source,
  { profile }: Measured,
): Promise<Band[] | null> {
  const { numeric, distinct } = profile
  if (numeric === null || distinct <= fewValues) return null
  const text = numberTextOf(profile.name, extentIn(profile))
  const quarters = [numeric.min, numeric.q25, numeric.median, numeric.q75, numeric.max]
  const frequent = frequentIn(quarters)
  if (frequent === undefined) return bandsOfQuarters(quarters, null, text)
  const value = valueSql(relation, source)
  const [row = {}] = await query(
    connection,
    `SELECT min(x) FILTER (x > ${frequent}::DOUBLE) AS next,
       to_json(quantile_cont(x, [0, 0.25, 0.5, 0.75, 1]) FILTER (x <> ${frequent}::DOUBLE)) AS rest
     FROM (SELECT ${value} AS x FROM ${relation.sql})`,
  )
  const rest = typeof row['rest'] === 'string' ? (JSON.parse(row['rest']) as number[]) : []
  return bandsOfQuarters(quarters, { rest, next: Number(row['next']) }, text)
}

/** Of long times several years are one period. */
const years = [1, 5, 10, 50, 100, 500]
const lengths: readonly { readonly unit: Unit; readonly step: number }[] = [
  { unit: 'day', step: 1 },
  { unit: 'month', step: 1 },
  ...years.map((step) => ({ unit: 'year' as const, step })),
]

/** Periods as short as leaves no more of them than are told. */
export function bandsOfDays(low: number, high: number): Band[] | null {
  for (const { unit, step } of lengths) {
    // Decades begin with a year that ends in 0.
    const offset = unit === 'year' ? 1970 % step : 0
    const first = Math.floor((periodOf(low, unit) + offset) / step) * step - offset
    const count = Math.floor((periodOf(high, unit) - first) / step) + 1
    if (count > mostGroups) continue
    return Array.from({ length: count }, (_, i) => {
      const [from, to] = [first + i * step, first + (i + 1) * step]
      const label = step === 1 ? labelOf(from, unit) : `${labelOf(from, unit)} to ${labelOf(to - 1, unit)}`
      return { label, low: dayOf(from, unit), high: dayOf(to, unit), closed: false }
    })
  }
  return null
}

const hours: readonly Band[] = Array.from({ length: 24 }, (_, hour) => ({
  label: `${String(hour).padStart(2, '0')}:00 to ${String(hour).padStart(2, '0')}:59`,
  low: hour / 24,
  high: (hour + 1) / 24,
  closed: false,
}))

/** null: every value is a group. */
export async function bandsOf(
  connection: DuckDBConnection,
  relation: Relation,
  source: Source,
  measured: Measured,
): Promise<readonly Band[] | null> {
  const { kind } = source.column
  if (source.as === 'text') return null
  if (kind === 'number') return await ofNumbers(connection, relation, source, measured)
  if (kind === 'time') return hours
  if (kind !== 'date') return null
  const value = valueSql(relation, source)
  const [{ low, high } = {}] = await query(
    connection,
    `SELECT min(${value}) AS low, max(${value}) AS high FROM ${relation.sql}`,
  )
  return isDay(low) && isDay(high) ? bandsOfDays(low, high) : null
}
