/** Measures columns of raw text (`t0`, `t1`, … of a relation) in DuckDB, for inference. */
import { query, quoted, slices, type DuckDBConnection, type Row } from './duckdb.ts'
import type { ColumnFacts } from './infer.ts'
import {
  isDateSql,
  isInfiniteSql,
  isNanSql,
  isNumberSql,
  isPaddedSql,
  numberSql,
  type NumberStyle,
} from './number-format.ts'

const number = (row: Row, name: string): number => Number(row[name] ?? 0)

/** `n<i>` comes from the inner query of `withNumbers`, so that each cell is read as a number once. */
function measures(i: number): string[] {
  const text = `t${i}`
  const value = `n${i}`
  return [
    `count(${text}) AS present${i}`,
    `count(${value}) AS numbers${i}`,
    `count(*) FILTER (trunc(${value}) = ${value}) AS integers${i}`,
    `min(${value}) AS min${i}`,
    `max(${value}) AS max${i}`,
  ]
}

const oddSpellings = (i: number, style: NumberStyle) =>
  `list(DISTINCT ${`t${i}`}) FILTER (NOT ${isNumberSql(`t${i}`, style)})`

/** Only for columns that are not plainly numbers: these patterns cost more. */
function textMeasures(i: number): string[] {
  const text = `t${i}`
  return [
    `count(*) FILTER (${isInfiniteSql(text)}) AS infinite${i}`,
    `count(*) FILTER (${isNanSql(text)}) AS nan${i}`,
    `count(*) FILTER (${isNumberSql(text, 'decimalComma')}) AS decimalComma${i}`,
    `count(*) FILTER (${isNumberSql(text, 'thousands')}) AS thousands${i}`,
    `count(*) FILTER (${isDateSql(text)}) AS dates${i}`,
    `avg(length(${text})) AS length${i}`,
    `to_json(list_sort(${oddSpellings(i, 'plain')})[1:3]) AS odd${i}`,
  ]
}

const withNumbers = (styles: readonly (readonly [number, NumberStyle])[], relation: string) =>
  `(SELECT ${styles.flatMap(([i, style]) => [`t${i}`, `${numberSql(`t${i}`, style)} AS n${i}`]).join(', ')} FROM ${relation})`

const select = (expressions: readonly string[], relation: string) =>
  `SELECT ${expressions.join(', ')} FROM ${relation}`

/** Which way of writing numbers fits most cells. Ambiguous commas are read by the file's own delimiter. */
function styleOf(row: Row, i: number, plain: number, delimiter: string): NumberStyle {
  const other = delimiter === ',' ? 'thousands' : 'decimalComma'
  return number(row, `${other}${i}`) > plain ? other : 'plain'
}

/** Facts of the columns with these indices, in their order. */
export async function measureColumns(
  connection: DuckDBConnection,
  relation: string,
  indices: readonly number[],
  delimiter: string,
): Promise<ColumnFacts[]> {
  const facts: ColumnFacts[] = []
  for (const slice of slices(indices)) {
    const padded = slice.map((i) => `count(*) FILTER (${isPaddedSql(`t${i}`)}) AS padded${i}`)
    const [first = {}] = await query(
      connection,
      select(
        [...slice.flatMap(measures), ...padded],
        withNumbers(
          slice.map((i) => [i, 'plain']),
          relation,
        ),
      ),
    )
    // By itself: beside other aggregates a DISTINCT takes DuckDB several times as long.
    const [distinct = {}] = await query(
      connection,
      select(
        slice.map((i) => `count(DISTINCT t${i}) AS distinct${i}`),
        relation,
      ),
    )
    const odd = slice.filter((i) => number(first, `numbers${i}`) < number(first, `present${i}`))
    const [second = {}] =
      odd.length === 0 ? [{}] : await query(connection, select(odd.flatMap(textMeasures), relation))
    const styles = new Map(odd.map((i) => [i, styleOf(second, i, number(first, `numbers${i}`), delimiter)]))
    const restyled = odd.filter((i) => styles.get(i) !== 'plain')
    const [third = {}] =
      restyled.length === 0
        ? [{}]
        : await query(
            connection,
            select(
              restyled.flatMap((i) => [
                ...measures(i),
                `to_json(list_sort(${oddSpellings(i, styles.get(i)!)})[1:3]) AS odd${i}`,
              ]),
              withNumbers(
                restyled.map((i) => [i, styles.get(i)!]),
                relation,
              ),
            ),
          )
    for (const i of slice) {
      const row: Row = { ...first, ...distinct, ...second, ...(styles.get(i) === 'plain' ? {} : third) }
      const bound = (name: string) => (typeof row[name] === 'number' ? row[name] : null)
      facts.push({
        present: number(row, `present${i}`),
        distinct: number(row, `distinct${i}`),
        style: styles.get(i) ?? 'plain',
        numbers: number(row, `numbers${i}`),
        infinite: number(row, `infinite${i}`),
        nan: number(row, `nan${i}`),
        integers: number(row, `integers${i}`),
        padded: number(row, `padded${i}`),
        min: bound(`min${i}`),
        max: bound(`max${i}`),
        dates: number(row, `dates${i}`),
        length: number(row, `length${i}`),
        oddities: typeof row[`odd${i}`] === 'string' ? (JSON.parse(String(row[`odd${i}`])) as string[]) : [],
      })
    }
  }
  return facts
}

/** The cell's text, already trimmed; NULL for the empty field and every spelling of "missing". */
export function presentTextSql(text: string, missingValues: readonly string[]): string {
  const spellings = ['', ...missingValues].map((value) => quoted(value.trim()))
  return `CASE WHEN ${text} NOT IN (${spellings.join(', ')}) THEN ${text} END`
}
