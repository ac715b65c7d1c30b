import type { ReadContext } from '../kind.ts'
import { countRows } from './aggregate.ts'
import { openTable } from './corrected-table.ts'
import { withDuckDB } from './duckdb.ts'
import { textSql } from './relation.ts'

/** 64 bits of what each row of a file holds in these columns, in the order of the rows. */
export function rowHashes(
  file: string,
  names: readonly string[],
  { scratch, limits }: Partial<ReadContext> = {},
): Promise<BigUint64Array> {
  return withDuckDB(
    async (connection) => {
      const { relation, columns } = await openTable(connection, { file })
      const indexOf = new Map(columns.map(({ name }, i) => [name, i]))
      const texts = names.map((name) => textSql(relation, indexOf.get(name)!))
      const hashes = new BigUint64Array(await countRows(connection, relation))
      const result = await connection.stream(
        `SELECT hash([${texts.join(', ')}]::VARCHAR[]) FROM ${relation.sql}`,
      )
      let row = 0
      for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0;) {
        const vector = chunk.getColumnVector(0)
        for (let at = 0; at < chunk.rowCount; at++, row++) hashes[row] = vector.getItem(at) as bigint
        chunk = await result.fetchChunk()
      }
      return hashes
    },
    scratch,
    limits,
  )
}
