/** Measures columns of raw text in DuckDB, for inference. */
import { aggregate, countRows, type Measures } from './aggregate.ts'
import { quoted, type DuckDBConnection, type Row } from './duckdb.ts'
import type { ColumnFacts } from './infer.ts'
import {
  isDateSql,
  isInfiniteSql,
  isNanSql,
  isNumberSql,
  isPaddedSql,
  type NumberStyle,
} from './number-format.ts'
import type { Relation } from './relation.ts'

const numberMeasures: Measures = {
  present: (text) => `count(${text})`,
  numbers: (_, value) => `count(${value})`,
  integers: (_, value) => `count(*) FILTER (trunc(${value}) = ${value})`,
  min: (_, value) => `min(${value})`,
  max: (_, value) => `max(${value})`,
  padded: (text) => `count(*) FILTER (${isPaddedSql(text)})`,
}

const distinctMeasure: Measures = { distinct: (text) => `count(DISTINCT ${text})` }

/** Only for columns that are not plainly numbers: these patterns cost more. */
const textMeasures: Measures = {
  infinite: (text) => `count(*) FILTER (${isInfiniteSql(text)})`,
  nan: (text) => `count(*) FILTER (${isNanSql(text)})`,
  decimalComma: (text) => `count(*) FILTER (${isNumberSql(text, 'decimalComma')})`,
  thousands: (text) => `count(*) FILTER (${isNumberSql(text, 'thousands')})`,
  dates: (text) => `count(*) FILTER (${isDateSql(text)})`,
  length: (text) => `avg(length(${text}))`,
}

/** The first spellings that are no numbers in this style. */
const oddities = (style: NumberStyle): Measures => ({
  odd: (text) => `to_json(list_sort(list(DISTINCT ${text}) FILTER (NOT ${isNumberSql(text, style)}))[1:3])`,
})

const count = (row: Row, name: string): number => Number(row[name] ?? 0)
const bound = (row: Row, name: string): number | null => (typeof row[name] === 'number' ? row[name] : null)

/** Which way of writing numbers fits most cells. Ambiguous commas are read by the file's own delimiter. */
function styleOf(row: Row, delimiter: string): NumberStyle {
  const other = delimiter === ',' ? 'thousands' : 'decimalComma'
  return count(row, other) > count(row, 'numbers') ? other : 'plain'
}

const factsOf = (row: Row, style: NumberStyle): ColumnFacts => ({
  present: count(row, 'present'),
  distinct: count(row, 'distinct'),
  style,
  numbers: count(row, 'numbers'),
  infinite: count(row, 'infinite'),
  nan: count(row, 'nan'),
  integers: count(row, 'integers'),
  padded: count(row, 'padded'),
  min: bound(row, 'min'),
  max: bound(row, 'max'),
  dates: count(row, 'dates'),
  length: count(row, 'length'),
  oddities: typeof row.odd === 'string' ? (JSON.parse(row.odd) as string[]) : [],
})

/** Facts of the columns with these indices, in their order. */
export async function measureColumns(
  connection: DuckDBConnection,
  relation: Relation,
  indices: readonly number[],
  delimiter: string,
): Promise<ColumnFacts[]> {
  const rows = await countRows(connection, relation)
  const known = new Map<number, Row>()
  const measure = async (which: readonly number[], groups: readonly Measures[], style: NumberStyle) => {
    const columns = which.map((index) => ({ index, as: style }))
    for (const [index, row] of await aggregate(connection, relation, columns, groups, rows))
      known.set(index, { ...known.get(index), ...row })
  }
  const rowOf = (index: number): Row => known.get(index) ?? {}
  await measure(indices, [numberMeasures, distinctMeasure], 'plain')
  const unclear = indices.filter((index) => count(rowOf(index), 'numbers') < count(rowOf(index), 'present'))
  await measure(unclear, [{ ...textMeasures, ...oddities('plain') }], 'plain')
  const styles = new Map(unclear.map((index) => [index, styleOf(rowOf(index), delimiter)]))
  for (const style of ['decimalComma', 'thousands'] as const) {
    const restyled = unclear.filter((index) => styles.get(index) === style)
    await measure(restyled, [{ ...numberMeasures, ...oddities(style) }], style)
  }
  return indices.map((index) => factsOf(rowOf(index), styles.get(index) ?? 'plain'))
}

/** The cell's text, already trimmed; NULL for the empty field and every spelling of "missing". */
export function presentTextSql(text: string, missingValues: readonly string[]): string {
  const spellings = ['', ...missingValues].map((value) => quoted(value.trim()))
  return `CASE WHEN ${text} NOT IN (${spellings.join(', ')}) THEN ${text} END`
}
