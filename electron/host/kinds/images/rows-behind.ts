/** The images behind a finding, by the names of their files. */
import type { RowsBehind } from '../../../contract/index.ts'
import type { RowsWanted } from '../../explore/rows-behind.ts'
import type { DataFolder, ReadContext, StoredData } from '../kind.ts'
import { labeledBehind } from '../labeled-rows.ts'
import { nameOfRow, readLabels } from './labels.ts'
import { readNames } from './kept.ts'

export async function imagesBehind(
  place: DataFolder,
  { receipt }: Pick<StoredData, 'receipt'>,
  columns: readonly string[],
  wanted: RowsWanted,
  context: ReadContext,
  separator: string | null = null,
): Promise<RowsBehind> {
  const labels = await readLabels(place, receipt.files, context)
  const names = await readNames(place.folder, receipt.files)
  const nameOf = (_: number, number: number): string => nameOfRow(names, number)
  return labeledBehind(labels, place.corrections, nameOf, columns, wanted, separator)
}
