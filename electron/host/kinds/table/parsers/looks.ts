/** How the cells of a column look: what a parser is chosen by, without reading every cell. */
import { query, type DuckDBConnection } from '../duckdb.ts'
import { cellsOf, type Relation } from '../relation.ts'
import { plainCharacters } from './numerals.ts'

export interface Look {
  /** As the text stands, but with every digit as 9; the first one as 0 where it is that. */
  readonly look: string
  readonly count: number
}

/** Of a cell. */
export const lookSql = (text: string): string => `translate(${text}, '012345678', '999999999')`

/** Longer texts are neither numbers nor dates. */
const longest = 40
/** Numbers and dates have few looks; of others no more are of interest. */
const mostLooks = 300

/** Of the columns with these indices, and their cells with digits: the most frequent looks first. */
export async function looksOf(
  connection: DuckDBConnection,
  relation: Relation,
  indices: readonly number[],
  rows: number,
): Promise<Map<number, Look[]>> {
  const found = new Map<number, Look[]>(indices.map((index) => [index, []]))
  const readings = indices.map((index) => ({ index, as: 'text' as const }))
  for (const { sql } of cellsOf(relation, readings, rows))
    for (const row of await query(
      connection,
      `SELECT key, look, zero, sum(n)::BIGINT AS count
       FROM (SELECT key, n, ${lookSql('t')} AS look, regexp_extract(t, '[0-9]') = '0' AS zero
             FROM ${sql} WHERE length(t) <= ${longest} AND regexp_matches(t, '[0-9]'))
       GROUP BY key, look, zero QUALIFY row_number() OVER (PARTITION BY key ORDER BY count DESC, look, zero) <= ${mostLooks}
       ORDER BY key, count DESC, look, zero`,
    )) {
      const look = plainCharacters(String(row.look)).trim()
      found.get(Number(row.key))!.push({
        look: row.zero === true ? look.replace('9', '0') : look,
        count: Number(row.count),
      })
    }
  return found
}
