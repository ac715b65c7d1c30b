/** Any two columns against each other, and a third as color. */
import { DescentError, type Column, type Scatter } from '../../contract/index.ts'
import type { ReadContext } from '../kinds/kind.ts'
import { countRows } from '../kinds/table/aggregate.ts'
import { openTable, type TableVersion } from '../kinds/table/corrected-table.ts'
import { withDuckDB } from '../kinds/table/duckdb.ts'
import { loadWide } from '../kinds/table/table-file.ts'
import { sourcesOf } from './measure.ts'
import { someOf } from './stretches.ts'
import { isNumbers, takeSample, type SampledColumn } from './sample.ts'

const mostPoints = 2000

function axisOf(column: SampledColumn, rows: readonly number[]): Scatter['x'] {
  const { name, kind } = column.column
  const cells = isNumbers(column) ? column.values : column.codes
  const isThere = (value: number) => !Number.isNaN(value) && (isNumbers(column) || value >= 0)
  return {
    name,
    kind,
    values: rows.map((row) => (isThere(cells[row]!) ? cells[row]! : null)),
    labels: isNumbers(column) ? [] : [...column.labels],
  }
}

export function scatter(
  version: TableVersion,
  columns: readonly Column[],
  wanted: { readonly x: string; readonly y: string; readonly color: string | null },
  { scratch, limits }: Partial<ReadContext> = {},
): Promise<Scatter> {
  return withDuckDB(
    async (connection) => {
      const table = await openTable(connection, version)
      const names = [wanted.x, wanted.y, ...(wanted.color === null ? [] : [wanted.color])]
      const sources = sourcesOf(columns, table).filter(({ column }) => names.includes(column.name))
      const relation = await loadWide(connection, table, 'once')
      const count = await countRows(connection, relation)
      const sample = await takeSample(connection, sources, relation, count)
      const find = (name: string): SampledColumn => {
        const found = sample.columns.find(({ column }) => column.name === name)
        if (found === undefined)
          throw new DescentError('badData', `“${name}” cannot be drawn: it is no number, date or category.`)
        return found
      }
      const step = Math.max(1, Math.ceil(sample.rows.length / mostPoints))
      const rows = someOf(sample.rows.length, step)
      return {
        x: axisOf(find(wanted.x), rows),
        y: axisOf(find(wanted.y), rows),
        color: wanted.color === null ? null : axisOf(find(wanted.color), rows),
        rows: rows.map((row) => sample.rows[row]!),
        of: count,
      }
    },
    scratch,
    limits,
  )
}
