import type { DataFolder, ReadContext } from '../kind.ts'
import { measureColumns } from './column-facts.ts'
import { openTable, tableVersionOf } from './corrected-table.ts'
import { withDuckDB } from './duckdb.ts'
import type { ColumnFacts } from './infer.ts'

/** What a column of an imported table holds, by its position. */
export function measureTableColumn(
  place: DataFolder,
  index: number,
  { scratch, limits }: ReadContext,
): Promise<ColumnFacts> {
  return withDuckDB(
    async (connection) => {
      const { delimiter, relation } = await openTable(connection, tableVersionOf(place))
      const [facts] = await measureColumns(connection, relation, [index], delimiter)
      return facts!
    },
    scratch,
    limits,
  )
}
