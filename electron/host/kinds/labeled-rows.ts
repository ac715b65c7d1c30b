/** The images or texts behind a finding: by their places in the version, searched, sorted, a page at a time. */
import { labelsListed, type RowFilter, type RowsBehind } from '../../contract/index.ts'
import type { RowsWanted } from '../explore/rows-behind.ts'
import type { DataFolder } from './kind.ts'
import { labelAt, labelName, pageOf, type Labels } from './labeled.ts'

const byText = new Intl.Collator('en', { numeric: true })

/** In its order where the filter lists rows, else in that of the data. Filters that ask for what they do not have find none. */
function among(
  filter: RowFilter,
  rows: readonly number[],
  labelsOf: (row: number) => readonly string[],
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
        ? rows.filter((row) => labelsOf(row).some((label) => filter.values.includes(label)))
        : []
    default:
      return []
  }
}

/** `firstCell`: of the row at this place, which has this number in the import. `separator`: of the labels that a row lists; null: it has one. */
export function labeledBehind(
  labels: Labels,
  corrections: DataFolder['corrections'],
  firstCell: (row: number, number: number) => string,
  columns: readonly string[],
  { where, search = '', sort, offset, limit }: RowsWanted,
  separator: string | null = null,
): RowsBehind {
  const total = labels.labels.codes.length
  const { numbers } = pageOf(labels, corrections, 0, total)
  const cellsOf = (row: number): [string, string | null] => [
    firstCell(row, numbers[row]!),
    labelAt(labels, row),
  ]
  let rows = [...numbers.keys()]
  const labelsOf = (row: number): string[] => {
    const label = labelAt(labels, row) ?? ''
    return separator === null ? [label] : labelsListed(label, separator)
  }
  for (const filter of where) rows = among(filter, rows, labelsOf)
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
