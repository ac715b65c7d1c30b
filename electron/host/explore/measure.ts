/** Statistics of columns, computed by DuckDB. Each function asks about a slice of columns at a time. */
import { isCategorical, outliers, startsOf, type Column, type ColumnProfile } from '../../contract/index.ts'
import { aggregate, type Measures } from '../kinds/table/aggregate.ts'
import { columnsAtOnce, query, type DuckDBConnection, type Row } from '../kinds/table/duckdb.ts'
import { isInfiniteSql } from '../kinds/table/parsers/numerals.ts'
import { cellsOf, textSql, type Reading, type Relation } from '../kinds/table/relation.ts'
import { readingOf, type TableFile } from '../kinds/table/table-file.ts'
import { histogramEdges } from '../prepare/histogram.ts'

type CategoryCount = ColumnProfile['top'][number]

/** A column of the recipe and where it is in the table. */
export interface Source extends Reading {
  readonly column: Column
}

/** Beside the profile, what only the alerts need. */
export interface Measured {
  readonly profile: ColumnProfile
  readonly wholeNumbers: boolean
  readonly smallestPositive: number | null
  /** Categories that differ from another in upper and lower case, or in spaces around them, only. */
  readonly caseVariants: number
  /** Rows with the most frequent value; of numbers with the median, which it is wherever half of them are the same. */
  readonly mostFrequent: number
  /** Of numbers: how many lie far outside of the middle half. */
  readonly fences: { readonly low: number; readonly high: number; readonly outside: number } | null
}

export function sourcesOf(columns: readonly Column[], table: TableFile): Source[] {
  const indexOf = new Map(table.columns.map(({ name }, i) => [name, i]))
  return columns.flatMap((column) => {
    const index = indexOf.get(column.name)
    if (index === undefined) return []
    return [
      {
        column,
        ...readingOf(table, index, column),
      },
    ]
  })
}

/** What the profile says of the column itself. */
const named = ({ name, kind, role }: Column) => ({ name, kind, role })

const finite = (value: Row[string] | undefined): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null

/** Beyond this the third powers of a skewness overflow, so the column is measured in units of its largest value. */
const largestPlain = 1e60

function unitOf(range: Row): number {
  const largest = Math.max(Math.abs(finite(range.min) ?? 0), Math.abs(finite(range.max) ?? 0))
  return largest > largestPlain ? largest : 1
}

/** Asked for alone: of a file DuckDB knows it without reading the texts. */
const textsMeasure: Measures = { texts: (text) => `count(${text})` }
const rangeMeasures: Measures = {
  count: (_, x) => `count(${x})`,
  min: (_, x) => `min(${x})`,
  max: (_, x) => `max(${x})`,
  zeros: (_, x) => `count(*) FILTER (${x} = 0)`,
  whole: (_, x) => `count(*) FILTER (trunc(${x}) = ${x})`,
  positive: (_, x) => `min(${x}) FILTER (${x} > 0)`,
}
const momentMeasures: Measures = {
  mean: (_, x) => `avg(${x})`,
  std: (_, x) => `stddev_samp(${x})`,
  skewness: (_, x) => `skewness(${x})`,
}
/** One list: DuckDB sorts the values once for all three. */
const quartileMeasure: Measures = { quartiles: (_, x) => `to_json(quantile_cont(${x}, [0.25, 0.5, 0.75]))` }
const distinctMeasure: Measures = { distinct: (_, x) => `count(DISTINCT ${x})` }
const infiniteMeasure: Measures = { infinite: (text) => `count(*) FILTER (${isInfiniteSql(text)})` }

function measuredNumber({ column }: Source, row: Row, rows: number): Measured {
  const count = Number(row.count ?? 0)
  const unit = unitOf(row)
  const wholeNumbers = count > 0 && Number(row.whole) === count
  const value = (name: string) => finite(row[name]) ?? 0
  const [q25 = 0, median = 0, q75 = 0] =
    typeof row.quartiles === 'string' ? (JSON.parse(row.quartiles) as number[]) : []
  const spread = { min: value('min'), max: value('max'), q25, q75, count }
  const edges = histogramEdges(spread, wholeNumbers)
  const { reach } = startsOf(outliers.options)
  return {
    wholeNumbers,
    smallestPositive: finite(row.positive),
    caseVariants: 0,
    mostFrequent: 0,
    fences: { low: q25 - reach * (q75 - q25), high: q75 + reach * (q75 - q25), outside: 0 },
    profile: {
      ...named(column),
      count,
      missing: rows - count,
      distinct: Number(row.distinct ?? 0),
      numeric: {
        min: spread.min,
        max: spread.max,
        mean: value('mean') * unit,
        std: value('std') * unit,
        q25: spread.q25,
        median,
        q75: spread.q75,
        skewness: finite(row.skewness),
        zeros: Number(row.zeros ?? 0),
        infinite: Number(row.infinite ?? 0),
        histogram: { edges, counts: new Array<number>(edges.length - 1).fill(0) },
      },
      top: [],
    },
  }
}

async function measureNumbers(
  connection: DuckDBConnection,
  sources: readonly Source[],
  relation: Relation,
  rows: number,
): Promise<Measured[]> {
  const known = new Map<number, Row>()
  const rowOf = ({ index }: Source): Row => known.get(index) ?? {}
  const measure = async (
    which: readonly Source[],
    groups: readonly Measures[],
    unit: (source: Source) => number = () => 1,
  ) => {
    const columns = which.map((source) => ({ ...source, unit: unit(source) }))
    for (const [index, row] of await aggregate(connection, relation, columns, groups, rows))
      known.set(index, { ...known.get(index), ...row })
  }
  await measure(sources, [textsMeasure, rangeMeasures, quartileMeasure, distinctMeasure])
  await measure(sources, [momentMeasures], (source) => unitOf(rowOf(source)))
  const incomplete = sources.filter((source) => Number(rowOf(source).texts) > Number(rowOf(source).count))
  await measure(incomplete, [infiniteMeasure])
  const measured = sources.map((source) => measuredNumber(source, rowOf(source), rows))
  return await withCounts(connection, sources, measured, relation, rows)
}

/** Counts the cells of each bin, and in the same pass those at the median and beyond the fences. */
async function withCounts(
  connection: DuckDBConnection,
  sources: readonly Source[],
  measured: readonly Measured[],
  relation: Relation,
  rows: number,
): Promise<Measured[]> {
  const binned = sources.map((source, i) => {
    const { profile, fences } = measured[i]!
    const { histogram, median } = profile.numeric!
    const { edges, counts } = histogram
    const last = edges.length - 2
    const low = edges[0]!
    const width = edges[last + 1]! / (last + 1) - low / (last + 1)
    return { ...source, counts, last, low, width, median, below: fences!.low, above: fences!.high }
  })
  const found = new Map(binned.map(({ index, counts }) => [index, { counts, same: 0, outside: 0 }]))
  type Binned = (typeof binned)[number]
  const column = {
    last: ({ last }: Binned) => last,
    low: ({ low }: Binned) => low,
    width: ({ width }: Binned) => width,
    median: ({ median }: Binned) => median,
    below: ({ below }: Binned) => within(below),
    above: ({ above }: Binned) => within(above),
  }
  for (const { sql } of cellsOf(relation, binned, rows, { column }))
    for (const row of await query(
      connection,
      `SELECT key, least(last, greatest(0, floor((x - low) / width))) AS bin, count(*) AS count,
         count(*) FILTER (x = median) AS same, count(*) FILTER (x < below OR x > above) AS outside
       FROM ${sql} WHERE x IS NOT NULL GROUP BY 1, 2`,
    )) {
      const one = found.get(Number(row.key))!
      one.counts[Number(row.bin)] = Number(row.count)
      one.same += Number(row.same)
      one.outside += Number(row.outside)
    }
  return measured.map((one, i) => {
    const { same, outside } = found.get(sources[i]!.index)!
    return { ...one, mostFrequent: same, fences: { ...one.fences!, outside } }
  })
}

/** Fences of huge numbers may be too far away for a number: nothing is beyond them. */
const within = (fence: number): number => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, fence))

const topShown = 20
/** A target's classes are shown all, up to a number nobody can look at. */
const mostClasses = 1000

async function topValues(
  connection: DuckDBConnection,
  sources: readonly Source[],
  relation: Relation,
  rows: number,
) {
  const found = new Map<number, CategoryCount[]>(sources.map(({ index }) => [index, []]))
  const listed = sources.filter(({ column }) => isCategorical(column.kind))
  const column = { most: ({ column: { role } }: Source) => (role === 'target' ? mostClasses : topShown) }
  for (const { sql } of cellsOf(relation, listed, rows, { column }, columnsAtOnce))
    for (const row of await query(
      connection,
      `SELECT key, t, count(*) AS count FROM ${sql} WHERE t IS NOT NULL GROUP BY key, t, most
       QUALIFY row_number() OVER (PARTITION BY key ORDER BY count DESC, t) <= most`,
    ))
      found.get(Number(row.key))!.push({ value: String(row.t), count: Number(row.count) })
  for (const values of found.values())
    values.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
  return found
}

const textMeasures: Measures = { count: (text) => `count(${text})` }
const categoryMeasures: Measures = {
  distinct: (text) => `count(DISTINCT ${text})`,
  folded: (text) => `count(DISTINCT lower(trim(${text})))`,
}

async function measureTexts(
  connection: DuckDBConnection,
  sources: readonly Source[],
  relation: Relation,
  rows: number,
): Promise<Measured[]> {
  const counts = await aggregate(connection, relation, sources, [textMeasures], rows)
  const distinct = await aggregate(connection, relation, sources, [categoryMeasures], rows)
  const top = await topValues(connection, sources, relation, rows)
  return sources.map(({ column, index }) => {
    const count = Number(counts.get(index)?.count ?? 0)
    const { distinct: different, folded } = distinct.get(index) ?? {}
    return {
      wholeNumbers: false,
      smallestPositive: null,
      mostFrequent: top.get(index)?.[0]?.count ?? 0,
      fences: null,
      caseVariants: isCategorical(column.kind) ? Number(different) - Number(folded) : 0,
      profile: {
        ...named(column),
        count,
        missing: rows - count,
        distinct: Number(different),
        numeric: null,
        top: top.get(index) ?? [],
      },
    }
  })
}

/** In the order of `sources`. */
export async function measureAll(
  connection: DuckDBConnection,
  sources: readonly Source[],
  relation: Relation,
  rows: number,
): Promise<Measured[]> {
  const numbers = sources.filter(({ column }) => column.kind === 'number')
  const texts = sources.filter(({ column }) => column.kind !== 'number')
  const measured = [
    ...(await measureNumbers(connection, numbers, relation, rows)),
    ...(await measureTexts(connection, texts, relation, rows)),
  ]
  const byName = new Map(measured.map((one) => [one.profile.name, one]))
  return sources.map(({ column }) => byName.get(column.name)!)
}

/** What stands in a statement for the cells of these columns, to be hashed together. */
const cellsSql = (relation: Relation, indexes: readonly number[]): string =>
  relation.layout === 'lists'
    ? `list_select(cells, '[${indexes.map((index) => index + 1).join(', ')}]'::BIGINT[])`
    : indexes.map((index) => textSql(relation, index)).join(', ')

/** By these rows are equal: all columns that do not name them. By 64-bit hash: a false match needs billions of rows. */
export function equalitySql(sources: readonly Source[], relation: Relation): string | null {
  const compared = sources.filter(({ column }) => column.role !== 'id').map(({ index }) => index)
  return compared.length === 0 ? null : `hash(${cellsSql(relation, compared)})`
}

/** Rows equal to an earlier row in every column that does not name the row. */
export async function countDuplicates(
  connection: DuckDBConnection,
  sources: readonly Source[],
  relation: Relation,
): Promise<number> {
  const equal = equalitySql(sources, relation)
  if (equal === null) return 0
  const [row = {}] = await query(
    connection,
    `SELECT count(*) - count(DISTINCT ${equal}) AS duplicates FROM ${relation.sql}`,
  )
  return Number(row.duplicates)
}

/** Rows that are equal in every feature and have different classes. */
export interface Conflicts {
  readonly groups: number
  readonly rows: number
}

/** What is equal, and what then differs; null: there are no classes, or nothing to be equal in. */
export function conflictSql(
  sources: readonly Source[],
  relation: Relation,
): { equal: string; label: string } | null {
  const target = sources.find(({ column }) => column.role === 'target')
  const features = sources.filter(({ column }) => column.role === 'feature').map(({ index }) => index)
  if (!target || !isCategorical(target.column.kind) || features.length === 0) return null
  return { equal: `hash(${cellsSql(relation, features)})`, label: textSql(relation, target.index) }
}

export async function countConflicts(
  connection: DuckDBConnection,
  sources: readonly Source[],
  relation: Relation,
): Promise<Conflicts | null> {
  const sql = conflictSql(sources, relation)
  if (sql === null) return null
  const [row = {}] = await query(
    connection,
    `SELECT count(*) AS groups, sum(rows) AS rows FROM (
       SELECT count(*) AS rows FROM (SELECT ${sql.equal} AS equal, ${sql.label} AS label FROM ${relation.sql})
       WHERE label IS NOT NULL GROUP BY equal HAVING min(label) <> max(label))`,
  )
  return { groups: Number(row.groups), rows: Number(row.rows ?? 0) }
}
