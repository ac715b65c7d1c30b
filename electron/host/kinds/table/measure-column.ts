import type { DataFolder, ReadContext } from '../kind.ts'
import { measureColumns } from './column-facts.ts'
import { withDuckDB } from './duckdb.ts'
import type { ColumnFacts } from './infer.ts'
import { readTableFile, tableFileOf } from './table-file.ts'

/** What a column of an imported table holds, by its position. */
export function measureTableColumn(
  place: DataFolder,
  index: number,
  { scratch, limits }: ReadContext,
): Promise<ColumnFacts> {
  const file = tableFileOf(place)
  return withDuckDB(
    async (connection) => {
      const { delimiter, relation } = await readTableFile(connection, file)
      const [facts] = await measureColumns(connection, relation, [index], delimiter)
      return facts!
    },
    scratch,
    limits,
  )
}
