/** Rows of a server, which came as CSV, as a Parquet file with the types that the server gave them. */
import { query, quoted, type DuckDBConnection } from '../../kinds/table/duckdb.ts'
import { columnNames } from '../../kinds/table/reading/header.ts'
import { listed } from '../../kinds/table/formats/format.ts'
import { plural } from '../../../contract/index.ts'
import { doubleQuoted, missing, type ColumnType, type ServerColumn } from './server.ts'

/** Digits of DuckDB's longest decimal number. */
const mostDigits = 38

/** Of decimal numbers: the most digits before the point, and behind it. */
interface Digits {
  readonly whole: number
  readonly fraction: number
}

const simple: Readonly<Record<string, string>> = {
  whole: 'BIGINT',
  unsigned: 'UBIGINT',
  fraction: 'DOUBLE',
  day: 'DATE',
  moment: 'TIMESTAMP',
  zoned: 'TIMESTAMPTZ',
  clock: 'TIME',
}
const endless = new Set(['day', 'moment', 'zoned'])
/** Of people’s words for what a value is, for what cannot be one here. */
const wordFor: Readonly<Record<string, string>> = {
  whole: 'number',
  unsigned: 'number',
  fraction: 'number',
  decimal: 'number',
  flag: 'yes or no',
  day: 'date',
  moment: 'date',
  zoned: 'date',
  clock: 'time',
}

function decimalFor(type: ColumnType & { as: 'decimal' }, { whole, fraction }: Digits): string | null {
  const digits = type.size?.digits ?? Math.max(1, whole + fraction)
  const scale = type.size?.scale ?? fraction
  // More digits than that are no quantity that anybody computes with: their text is kept.
  return digits > mostDigits ? null : `DECIMAL(${digits}, ${scale})`
}

/** The value of a cell; null: its text. */
function valueSql(cell: string, type: ColumnType, digits: Digits): string | null {
  if (type.as === 'flag')
    return `CASE WHEN ${cell} IN ('t', '1') THEN true WHEN ${cell} IN ('f', '0') THEN false END`
  const target = type.as === 'decimal' ? decimalFor(type, digits) : simple[type.as]
  if (target === undefined || target === null) return null
  const value = `TRY_CAST(${cell} AS ${target})`
  // Dates without an end are no dates to compute with; and those before our era would be read as if they were in it.
  return endless.has(type.as)
    ? `CASE WHEN isfinite(${value}) AND NOT ends_with(${cell}, 'BC') THEN ${value} END`
    : value
}

const isUnsized = (type: ColumnType): boolean => type.as === 'decimal' && type.size === null

const digitsSql = (cell: string, type: ColumnType, i: number): string[] =>
  isUnsized(type)
    ? [
        `max(length(split_part(ltrim(${cell}, '-'), '.', 1))) AS w${i}`,
        `max(length(split_part(${cell}, '.', 2))) AS f${i}`,
      ]
    : []

/** How many cells are there, and are no value: with one of them. Not a number is missing, which needs no word. */
function lostSql(cell: string, type: ColumnType, i: number): string[] {
  const value = isUnsized(type) ? null : valueSql(cell, type, { whole: 0, fraction: 0 })
  if (value === null && !isUnsized(type)) return []
  const isNone =
    value === null ? `NOT regexp_full_match(${cell}, '-?[0-9]+([.][0-9]+)?')` : `(${value}) IS NULL`
  const condition = `${cell} IS NOT NULL AND ${cell} <> 'NaN' AND ${isNone}`
  return [`count(*) FILTER (${condition}) AS n${i}`, `min(${cell}) FILTER (${condition}) AS e${i}`]
}

export interface Came {
  readonly file: string
  readonly columns: readonly ServerColumn[]
  readonly rows: number
  /** Bytes of the longest record, without its end. */
  readonly longest: number
}

/** To DuckDB “a” and “A” are one name. Pure. */
export function differentAnyCase(names: readonly string[]): { names: string[]; renamed: string[] } {
  const all = new Set(names.map((name) => name.toLowerCase()))
  const used = new Set<string>()
  const renamed: string[] = []
  const different = names.map((given) => {
    let name = given
    for (let n = 2; used.has(name.toLowerCase()) || (name !== given && all.has(name.toLowerCase())); n++)
      name = `${given}_${n}`
    used.add(name.toLowerCase())
    if (name !== given)
      renamed.push(`“${given}” differs from another column by case alone, and is called “${name}”.`)
    return name
  })
  return { names: different, renamed }
}

export async function writeParquet(
  connection: DuckDBConnection,
  { file, columns, rows, longest }: Came,
  to: string,
): Promise<{ readonly notes: string[] }> {
  const from = `read_csv(${quoted(file)}, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', new_line = '\\n',
    nullstr = ${quoted(missing)}, allow_quoted_nulls = false, max_line_size = ${Math.max(2_000_000, longest + 16)},
    buffer_size = ${Math.max(1 << 25, 2 * longest)},
    columns = {${columns.map((_, i) => `c${i}: 'VARCHAR'`).join(', ')}})`
  const cells = columns
    .map(({ type }, i) => ({ cell: `c${i}`, type, i }))
    .filter(({ type }) => type.as !== 'bytes')
  const [counted = {}] = await query(
    connection,
    `SELECT count(*) AS rows${cells
      .flatMap(({ cell, type, i }) => [...digitsSql(cell, type, i), ...lostSql(cell, type, i)])
      .map((sql) => `, ${sql}`)
      .join('')} FROM ${from}`,
  )
  if (Number(counted.rows) !== rows)
    throw new Error(`${rows} rows came, of which ${counted.rows} were loaded.`)
  const valued = cells.map((each) => {
    const digits = { whole: Number(counted[`w${each.i}`] ?? 0), fraction: Number(counted[`f${each.i}`] ?? 0) }
    return { ...each, value: valueSql(each.cell, each.type, digits) }
  })
  const called = columnNames(
    valued.map(({ i }) => columns[i]!.name),
    valued.length,
  )
  const { names, renamed } = differentAnyCase(called.names)
  const notes = [...called.notes, ...renamed]
  const list = valued.map(({ cell, value }, at) => `${value ?? cell} AS ${doubleQuoted(names[at]!)}`)
  await connection.run(`COPY (SELECT ${list.join(', ')} FROM ${from}) TO ${quoted(to)} (FORMAT parquet)`)

  const doubtful = valued.filter(({ value }) => value !== null)
  const bytes = columns.filter(({ type }) => type.as === 'bytes')
  const nested = columns.filter(({ type }) => type.as === 'nested')
  const told = (some: readonly ServerColumn[], sentence: (names: string) => string): string[] =>
    some.length === 0 ? [] : [sentence(listed(some.map(({ name }) => `“${name}”`)))]
  return {
    notes: [
      ...notes,
      ...doubtful.flatMap(({ type, i }) => {
        const count = Number(counted[`n${i}`] ?? 0)
        return count === 0
          ? []
          : [
              `“${columns[i]!.name}”: ${plural(count, 'value')} ${count === 1 ? 'is' : 'are'} no ${wordFor[type.as]} that can be computed with, e.g. “${counted[`e${i}`]}”, and read as missing.`,
            ]
      }),
      ...told(bytes, (them) => `Left out because they hold bytes and no values: ${them}.`),
      ...told(nested, (them) => `Lists and documents are kept as text: ${them}.`),
    ],
  }
}
