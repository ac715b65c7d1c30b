import type { DataFolder, ReadContext } from '../kind.ts'
import type { ListedLabels } from '../../tasks/find-lists.ts'
import { countRows } from './aggregate.ts'
import { measureColumns } from './column-facts.ts'
import { openTable, tableVersionOf } from './corrected-table.ts'
import { withDuckDB } from './duckdb.ts'
import { inferColumn, type ColumnFacts } from './infer.ts'
import { listsInColumn, mayList } from './list-columns.ts'

export interface MeasuredColumn {
  readonly facts: ColumnFacts
  /** Where its cells list several labels. */
  readonly lists: ListedLabels | null
}

/** What a column of an imported table holds, by its position. */
export function measureTableColumn(
  place: DataFolder,
  index: number,
  { scratch, limits }: ReadContext,
): Promise<MeasuredColumn> {
  return withDuckDB(
    async (connection) => {
      const { delimiter, relation, columns } = await openTable(connection, tableVersionOf(place))
      const [measured] = await measureColumns(connection, relation, [index], delimiter)
      const facts = measured!
      const rows = await countRows(connection, relation)
      const may = mayList(facts, inferColumn(columns[index]?.name ?? '', facts, rows))
      return { facts, lists: may ? await listsInColumn(connection, relation, index, facts, rows) : null }
    },
    scratch,
    limits,
  )
}
