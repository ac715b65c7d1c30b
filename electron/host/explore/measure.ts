/** Statistics of columns, computed by DuckDB. Each function asks about a slice of columns at a time. */
import type { Column, ColumnProfile } from '../../contract/index.ts'
import { query, slices, type DuckDBConnection, type Row } from '../datasets/duckdb.ts'
import { isInfiniteSql } from '../datasets/number-format.ts'
import { numberColumnSql, type TableFile } from '../datasets/table-file.ts'
import { histogramEdges } from '../prepare/histogram.ts'

type CategoryCount = ColumnProfile['top'][number]

/** A column of the recipe and where it is in the table. */
export interface Source {
  readonly column: Column
  readonly index: number
  readonly sql: string
}

/** Beside the profile, what only the alerts need. */
export interface Measured {
  readonly profile: ColumnProfile
  readonly wholeNumbers: boolean
  readonly smallestPositive: number | null
  /** Categories that differ from another in upper and lower case only. */
  readonly caseVariants: number
}

export function sourcesOf(columns: readonly Column[], table: TableFile): Source[] {
  const indexOf = new Map(table.columns.map(({ name }, i) => [name, i]))
  return columns.flatMap((column) => {
    const index = indexOf.get(column.name)
    if (index === undefined) return []
    const stored = table.columns[index]!.number
    return [{ column, index, sql: column.kind === 'number' ? numberColumnSql(index, stored) : `t${index}` }]
  })
}

const finite = (value: Row[string] | undefined): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null

/** `x<i>` is the column in its kind, `t<i>` its text. */
const inner = (sources: readonly Source[], relation: string) =>
  `(SELECT ${sources.map(({ sql, index }) => `${sql} AS x${index}, t${index}`).join(', ')} FROM ${relation})`

const ask = async (
  connection: DuckDBConnection,
  sources: readonly Source[],
  relation: string,
  expressions: (source: Source) => string[],
): Promise<Row> => {
  if (sources.length === 0) return {}
  const [row = {}] = await query(
    connection,
    `SELECT ${sources.flatMap(expressions).join(', ')} FROM ${inner(sources, relation)}`,
  )
  return row
}

/** Beyond this the third powers of a skewness overflow, so the column is measured in units of its largest value. */
const largestPlain = 1e60

function unitOf(row: Row, index: number): number {
  const largest = Math.max(
    Math.abs(finite(row[`min${index}`]) ?? 0),
    Math.abs(finite(row[`max${index}`]) ?? 0),
  )
  return largest > largestPlain ? largest : 1
}

async function measureNumbers(
  connection: DuckDBConnection,
  sources: readonly Source[],
  relation: string,
): Promise<Measured[]> {
  const range = await ask(connection, sources, relation, ({ index: i }) => [
    `count(x${i}) AS count${i}`,
    `count(t${i}) AS texts${i}`,
    `min(x${i}) AS min${i}`,
    `max(x${i}) AS max${i}`,
    `count(*) FILTER (x${i} = 0) AS zeros${i}`,
    `count(*) FILTER (trunc(x${i}) = x${i}) AS whole${i}`,
    `min(x${i}) FILTER (x${i} > 0) AS positive${i}`,
  ])
  const moments = await ask(connection, sources, relation, ({ index: i }) => {
    const value = `x${i} / ${unitOf(range, i)}`
    return [`avg(${value}) AS mean${i}`, `stddev_samp(${value}) AS std${i}`, `skewness(${value}) AS skew${i}`]
  })
  const quartiles = await ask(connection, sources, relation, ({ index: i }) =>
    [0.25, 0.5, 0.75].map((q) => `quantile_cont(x${i}, ${q}) AS q${q * 100}_${i}`),
  )
  const distinct = await ask(connection, sources, relation, ({ index: i }) => [
    `count(DISTINCT x${i}) AS distinct${i}`,
  ])
  const incomplete = sources.filter(({ index: i }) => Number(range[`texts${i}`]) > Number(range[`count${i}`]))
  const infinite = await ask(connection, incomplete, relation, ({ index: i }) => [
    `count(*) FILTER (${isInfiniteSql(`t${i}`)}) AS infinite${i}`,
  ])
  const [total = {}] = await query(connection, `SELECT count(*) AS rows FROM ${relation}`)
  const measured = sources.map(({ column, index: i }): Measured => {
    const count = Number(range[`count${i}`])
    const unit = unitOf(range, i)
    const wholeNumbers = count > 0 && Number(range[`whole${i}`]) === count
    const of = (name: string, from: Row) => finite(from[`${name}${i}`]) ?? 0
    const spread = {
      min: of('min', range),
      max: of('max', range),
      q25: finite(quartiles[`q25_${i}`]) ?? 0,
      q75: finite(quartiles[`q75_${i}`]) ?? 0,
      count,
    }
    const edges = histogramEdges(spread, wholeNumbers)
    return {
      wholeNumbers,
      smallestPositive: finite(range[`positive${i}`]),
      caseVariants: 0,
      profile: {
        ...column,
        count,
        missing: Number(total.rows) - count,
        distinct: Number(distinct[`distinct${i}`]),
        numeric: {
          min: spread.min,
          max: spread.max,
          mean: of('mean', moments) * unit,
          std: of('std', moments) * unit,
          q25: spread.q25,
          median: finite(quartiles[`q50_${i}`]) ?? 0,
          q75: spread.q75,
          skewness: finite(moments[`skew${i}`]),
          zeros: Number(range[`zeros${i}`]),
          infinite: Number(infinite[`infinite${i}`] ?? 0),
          histogram: { edges, counts: new Array<number>(edges.length - 1).fill(0) },
        },
        top: [],
      },
    }
  })
  await fillHistograms(connection, sources, measured, relation)
  return measured
}

/** One grouped query a column, many columns a statement. */
async function fillHistograms(
  connection: DuckDBConnection,
  sources: readonly Source[],
  measured: readonly Measured[],
  relation: string,
): Promise<void> {
  const parts = sources.map(({ sql }, at) => {
    const { edges } = measured[at]!.profile.numeric!.histogram
    const bins = edges.length - 1
    const low = edges[0]!
    const width = edges.at(-1)! / bins - low / bins
    const bin = `least(${bins - 1}, greatest(0, floor((x - (${low})) / ${width})))`
    return `SELECT ${at} AS at, ${bin} AS bin, count(*) AS count FROM (SELECT ${sql} AS x FROM ${relation}) WHERE x IS NOT NULL GROUP BY 2`
  })
  for (const row of await query(connection, parts.join(' UNION ALL ')))
    measured[Number(row.at)]!.profile.numeric!.histogram.counts[Number(row.bin)] = Number(row.count)
}

const topShown = 20
/** A target's classes are shown all, up to a number nobody can look at. */
const mostClasses = 1000

async function topValues(connection: DuckDBConnection, sources: readonly Source[], relation: string) {
  const found = new Map<number, CategoryCount[]>(sources.map(({ index }) => [index, []]))
  const listed = sources.filter(({ column }) => column.kind === 'category')
  if (listed.length === 0) return found
  const parts = listed.map(({ index: i, column }) => {
    const most = column.role === 'target' ? mostClasses : topShown
    return `(SELECT ${i} AS at, t${i} AS value, count(*) AS count FROM ${relation}
             WHERE t${i} IS NOT NULL GROUP BY 2 ORDER BY 3 DESC, 2 LIMIT ${most})`
  })
  for (const row of await query(connection, parts.join(' UNION ALL ')))
    found.get(Number(row.at))!.push({ value: String(row.value), count: Number(row.count) })
  for (const values of found.values())
    values.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
  return found
}

async function measureTexts(
  connection: DuckDBConnection,
  sources: readonly Source[],
  relation: string,
): Promise<Measured[]> {
  const [total = {}] = await query(connection, `SELECT count(*) AS rows FROM ${relation}`)
  const counts = await ask(connection, sources, relation, ({ index: i }) => [`count(t${i}) AS count${i}`])
  const distinct = await ask(connection, sources, relation, ({ index: i, column }) => [
    `count(DISTINCT t${i}) AS distinct${i}`,
    ...(column.kind === 'category' ? [`count(DISTINCT lower(t${i})) AS folded${i}`] : []),
  ])
  const top = await topValues(connection, sources, relation)
  return sources.map(({ column, index: i }) => {
    const count = Number(counts[`count${i}`])
    const different = Number(distinct[`distinct${i}`])
    return {
      wholeNumbers: false,
      smallestPositive: null,
      caseVariants: column.kind === 'category' ? different - Number(distinct[`folded${i}`]) : 0,
      profile: {
        ...column,
        count,
        missing: Number(total.rows) - count,
        distinct: different,
        numeric: null,
        top: top.get(i) ?? [],
      },
    }
  })
}

/** In the order of `sources`. */
export async function measureAll(
  connection: DuckDBConnection,
  sources: readonly Source[],
  relation: string,
): Promise<Measured[]> {
  const numbers = sources.filter(({ column }) => column.kind === 'number')
  const texts = sources.filter(({ column }) => column.kind !== 'number')
  const byName = new Map<string, Measured>()
  for (const slice of slices(numbers))
    for (const measured of await measureNumbers(connection, slice, relation))
      byName.set(measured.profile.name, measured)
  for (const slice of slices(texts))
    for (const measured of await measureTexts(connection, slice, relation))
      byName.set(measured.profile.name, measured)
  return sources.map(({ column }) => byName.get(column.name)!)
}

/** Rows equal to an earlier row in every column that does not name the row. By 64-bit hash: a false match needs billions of rows. */
export async function countDuplicates(
  connection: DuckDBConnection,
  sources: readonly Source[],
  relation: string,
): Promise<number> {
  const compared = sources.filter(({ column }) => column.role !== 'id').map(({ index }) => `t${index}`)
  if (compared.length === 0) return 0
  const [row = {}] = await query(
    connection,
    `SELECT count(*) - count(DISTINCT hash(${compared.join(', ')})) AS duplicates FROM ${relation}`,
  )
  return Number(row.duplicates)
}
