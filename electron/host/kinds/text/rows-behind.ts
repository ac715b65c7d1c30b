/** The texts behind a finding. */
import type { RowsBehind } from '../../../contract/index.ts'
import type { RowsWanted } from '../../explore/rows-behind.ts'
import type { DataFolder, ReadContext, StoredData } from '../kind.ts'
import { labeledBehind } from '../labeled-rows.ts'
import { readTexts } from './index.ts'

export async function textsBehind(
  place: DataFolder,
  { receipt }: Pick<StoredData, 'receipt'>,
  columns: readonly string[],
  wanted: RowsWanted,
  context: ReadContext,
  separator: string | null = null,
): Promise<RowsBehind> {
  const data = await readTexts(place, receipt, context)
  return labeledBehind(data, place.corrections, (row) => data.texts[row] ?? '', columns, wanted, separator)
}
