/** The images or texts behind a finding: by their places in the version, searched, sorted, a page at a time. */
import type { RowFilter, RowsBehind } from '../../contract/index.ts'
import type { RowsWanted } from '../explore/rows-behind.ts'
import type { DataFolder } from './kind.ts'
import { labelAt, labelName, pageOf, type Labels } from './labelled.ts'

const byText = new Intl.Collator('en', { numeric: true })

/** In its order where the filter lists rows, else in that of the data. Filters that ask for what they do not have find none. */
function among(
  filter: RowFilter,
  rows: readonly number[],
  labelOf: (row: number) => string | null,
): number[] {
  switch (filter.is) {
    case 'rows': {
      const known = new Set(rows)
      return filter.rows.filter((row) => known.has(row))
    }
    case 'stretch':
      return rows.filter((row) => row >= filter.from && row < filter.to)
    case 'among':
      return filter.column === labelName
        ? rows.filter((row) => filter.values.includes(labelOf(row) ?? ''))
        : []
    default:
      return []
  }
}

/** `firstCell`: of the row at this place, which has this number in the import. */
export function labelledBehind(
  labels: Labels,
  corrections: DataFolder['corrections'],
  firstCell: (row: number, number: number) => string,
  columns: readonly string[],
  { where, search = '', sort, offset, limit }: RowsWanted,
): RowsBehind {
  const total = labels.labels.codes.length
  const { numbers } = pageOf(labels, corrections, 0, total)
  const cellsOf = (row: number): [string, string | null] => [
    firstCell(row, numbers[row]!),
    labelAt(labels, row),
  ]
  let rows = [...numbers.keys()]
  for (const filter of where) rows = among(filter, rows, (row) => labelAt(labels, row))
  const wanted = search.trim().toLowerCase()
  if (wanted !== '')
    rows = rows.filter((row) => cellsOf(row).some((cell) => cell?.toLowerCase().includes(wanted)))
  const at = sort === undefined ? -1 : columns.indexOf(sort.column)
  if (at >= 0) {
    rows.sort((a, b) => byText.compare(cellsOf(a)[at] ?? '', cellsOf(b)[at] ?? ''))
    if (sort!.descending) rows.reverse()
  }
  const page = rows.slice(offset, offset + limit)
  return { columns: [...columns], rows: page.map(cellsOf), numbers: page, offset, total: rows.length }
}
