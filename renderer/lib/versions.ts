/** What is said of versions of the data. */
import { correctionsInWords, versionName } from '../../electron/contract/index.ts'
import type {
  DataComparison,
  DataVersion,
  Dataset,
  ImportPreview,
  RunSummary,
} from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'

const words = strings.data.versions

/** “the data is v3 (2 cells changed, 1 row dropped)” */
export const dataInWords = ({ number, counts }: DataVersion): string =>
  words.inWords(versionName(number), correctionsInWords(counts))

/** Where a run was trained on other data than the project has now; null: on the same. */
export function otherData(run: RunSummary, dataset: Dataset | null): string | null {
  if (dataset === null || run.dataVersion === dataset.version.number) return null
  const now = versionName(dataset.version.number)
  return run.dataVersion === null ? words.unknown(now) : words.other(versionName(run.dataVersion), now)
}

/** “2 cells changed, 1 row removed” */
export function comparisonInWords({ added, removed, changed, moved, columns }: DataComparison): string {
  const parts = [
    ...(changed > 0 ? [words.changed(changed)] : []),
    ...(added > 0 ? [words.added(added)] : []),
    ...(removed > 0 ? [words.removed(removed)] : []),
    ...(moved > 0 ? [words.moved(moved)] : []),
    ...(columns.added.length > 0 ? [words.columnsAdded(columns.added.length)] : []),
    ...(columns.removed.length > 0 ? [words.columnsRemoved(columns.removed.length)] : []),
    ...(columns.retyped.length > 0 ? [words.retyped(columns.retyped.length)] : []),
  ]
  return parts.length === 0 ? words.nothing : parts.join(', ')
}

/** Whether the file has something otherwise, or corrections would be lost with it. */
export const needsDecision = ({ comparison, lost }: ImportPreview): boolean =>
  comparison !== null && (lost.length > 0 || comparisonInWords(comparison) !== words.nothing)

/** As a cell is shown while it is edited, and sent. */
export const cellText = (value: string | number | null): string => (value === null ? '' : String(value))
