/** Which formats the dates of a column are written in. */
import { begin, dates, isoFormat, parsers, type Dates } from '../../../../contract/index.ts'
import { query, type DuckDBConnection } from '../duckdb.ts'
import { cellsOf, type Relation } from '../relation.ts'
import { fitsSql } from './dates.ts'
import { lookSql, type Look } from './looks.ts'

export interface WrittenDates {
  readonly dates: Dates
  /** Formats by which day and month may as well be the other way round. */
  readonly ambiguous: readonly string[]
}

/** Day before month where nothing tells them apart. */
const days = [
  isoFormat,
  '%Y.%m.%d',
  ...['/', '.', '-'].flatMap((sign) => [`%d${sign}%m${sign}%Y`, `%d${sign}%m${sign}%y`]),
  ...['/', '-'].flatMap((sign) => [`%m${sign}%d${sign}%Y`, `%m${sign}%d${sign}%y`]),
  ...['%b', '%B'].flatMap((month) => [
    `%d ${month} %Y`,
    `%d-${month}-%Y`,
    `%d-${month}-%y`,
    `${month} %d, %Y`,
    `${month} %d %Y`,
  ]),
]

const months = 'January February March April May June July August September October November December'.split(
  ' ',
)
const written: Record<string, string> = {
  '%Y': '9999',
  '%y': '99',
  '%m': '99?',
  '%d': '99?',
  '%b': `(?:${months.map((name) => name.slice(0, 3)).join('|')})`,
  '%B': `(?:${months.join('|')})`,
}
const patternOf = (format: string): RegExp =>
  format === isoFormat
    ? /^9999[-/]99?[-/]99?$/
    : new RegExp(
        `^${format.replaceAll('.', String.raw`\.`).replaceAll(/%[A-Za-z]/g, (part) => written[part]!)}$`,
        'i',
      )
const patterns = days.map((format) => ({ format, pattern: patternOf(format) }))

/** Without a time, 1.2.10 is a version; written in full, 01.02.10 is a day. */
const inFull: Readonly<Record<string, RegExp>> = { '%d.%m.%y': /^99\.99\.99$/ }

const parts = /^(.+?)(?:(,? |T)(99?:99(?::99(\.9+)?)?)( ?[AP]M)?( ?Z| ?[+-]99:?99)?)?$/i

/** The formats that a cell of this look may be written in. */
export function formatsOf(seen: string): string[] {
  const look = seen.replaceAll('0', '9')
  const [, day = '', between = '', time, fraction, half = '', zone] = parts.exec(look) ?? []
  const fitting = patterns.flatMap(({ format, pattern }) => (pattern.test(day) ? [format] : []))
  if (time === undefined) return fitting.filter((format) => inFull[format]?.test(day) ?? true)
  const seconds = time.split(':').length > 2 ? `:%S${fraction === undefined ? '' : '.%f'}` : ''
  const clock = half === '' ? '%H:%M' : '%I:%M'
  const meridiem = half === '' ? '' : half.startsWith(' ') ? ' %p' : '%p'
  return fitting.flatMap((format) => {
    if (format === isoFormat && half === '' && between !== ', ') return [isoFormat]
    return zone === undefined ? [`${format}${between}${clock}${seconds}${meridiem}`] : []
  })
}

/** Whether so many of the cells look like dates that it is worth to read them. */
export const lookLikeDates = (looks: readonly Look[], fewest: number): boolean =>
  looks.reduce((sum, { look, count }) => sum + (formatsOf(look).length > 0 ? count : 0), 0) >= fewest

/** Of a look, how many cells each format reads. */
export type Readings = readonly { readonly read: ReadonlyMap<string, number> }[]

const turned = (format: string): string =>
  format.replaceAll(/%[dm]/g, (part) => (part === '%d' ? '%m' : '%d'))

/** ISO first, then the formats that read most. */
export function chooseDates(looks: Readings, candidates: readonly string[]): WrittenDates {
  const totalOf = (format: string): number =>
    looks.reduce((sum, { read }) => sum + (read.get(format) ?? 0), 0)
  const totals = new Map(candidates.map((format) => [format, totalOf(format)]))
  const ranked = candidates
    .filter((format) => totals.get(format)! > 0)
    .toSorted((one, other) => totals.get(other)! - totals.get(one)!)
  const chosen = new Set<string>()
  for (const { read } of looks) {
    const most = Math.max(0, ...read.values())
    const best = ranked.find((format) => read.get(format) === most)
    if (most > 0 && best !== undefined) chosen.add(best)
  }
  // A column has one order of day and month, which most of its cells tell.
  const formats = ranked
    .filter((format) => chosen.has(format))
    .filter((format, i, all) => {
      const other = all.indexOf(turned(format))
      return other === -1 || other >= i
    })
  const ambiguous = formats.filter(
    (format) => format !== turned(format) && totals.get(turned(format)) === totals.get(format),
  )
  const ordered = [
    ...formats.filter((one) => one === isoFormat),
    ...formats.filter((one) => one !== isoFormat),
  ]
  return {
    dates: begin(parsers, dates.name, ordered.length > 0 ? { formats: ordered.slice(0, 12) } : {}),
    ambiguous,
  }
}

/** Reads the column by every format that its looks allow. */
export async function findDates(
  connection: DuckDBConnection,
  relation: Relation,
  index: number,
  rows: number,
  looks: readonly Look[],
): Promise<WrittenDates> {
  const wanted = new Set(looks.flatMap(({ look }) => formatsOf(look)))
  // In the order of preference, whatever looks came first.
  const rank = (format: string): number => days.findIndex((day) => format.startsWith(day))
  const candidates = [...wanted].toSorted((one, other) => rank(one) - rank(other)).slice(0, 40)
  const counted = candidates.map((format, i) => `sum(n) FILTER (${fitsSql('t', format)})::BIGINT AS f${i}`)
  const read: { read: Map<string, number> }[] = []
  for (const { sql } of cellsOf(relation, [{ index, as: 'text' }], rows))
    for (const row of await query(
      connection,
      `SELECT ${counted.join(', ')} FROM ${sql} WHERE length(t) <= 40 GROUP BY ${lookSql('t')}`,
    ))
      read.push({ read: new Map(candidates.map((format, i) => [format, Number(row[`f${i}`] ?? 0)])) })
  return chooseDates(read, candidates)
}
