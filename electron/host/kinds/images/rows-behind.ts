/** The images behind a finding: by their places in the version, searched by name and label, sorted, a page at a time. */
import type { RowFilter, RowsBehind } from '../../../contract/index.ts'
import type { RowsWanted } from '../../explore/rows-behind.ts'
import type { DataFolder, ReadContext, StoredData } from '../kind.ts'
import { labelAt, labelName, pageOf } from '../labelled.ts'
import { nameOfRow, readLabels } from './labels.ts'
import { readNames } from './kept.ts'

const byText = new Intl.Collator('en', { numeric: true })

/** In its order where the filter lists rows, else in that of the data. Filters that ask for what images do not have find none. */
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

export async function imagesBehind(
  place: DataFolder,
  { receipt }: Pick<StoredData, 'receipt'>,
  columns: readonly string[],
  { where, search = '', sort, offset, limit }: RowsWanted,
  context: ReadContext,
): Promise<RowsBehind> {
  const labels = await readLabels(place, receipt.files, context)
  const names = await readNames(place.folder, receipt.files)
  const total = labels.labels.codes.length
  const { numbers } = pageOf(labels, place.corrections, 0, total)
  const cellsOf = (row: number): [string, string | null] => [
    nameOfRow(names, numbers[row]!),
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
