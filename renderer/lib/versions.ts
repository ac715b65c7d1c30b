/** What is said of versions of the data. */
import { correctionsInWords, versionName } from '../../electron/contract/index.ts'
import type {
  DataComparison,
  DataVersion,
  Dataset,
  ImportPreview,
  RunSummary,
} from '../../electron/contract/index.ts'
import { plural } from './format.ts'

/** “the data is v3 (2 cells changed, 1 row dropped)” */
export const dataInWords = ({ number, counts }: DataVersion): string =>
  `the data is ${versionName(number)} (${correctionsInWords(counts)})`

/** Where a run was trained on other data than the project has now; null: on the same. */
export function otherData(run: RunSummary, dataset: Dataset | null): string | null {
  if (dataset === null || run.dataVersion === dataset.version.number) return null
  const now = versionName(dataset.version.number)
  return run.dataVersion === null
    ? `Which data it was trained on is not known any more; the project’s data is ${now}.`
    : `Trained on ${versionName(run.dataVersion)} of the data, and tested on it. The project’s data is ${now} now: train again to learn from that.`
}

const nothing = 'Nothing is different'

/** “2 cells changed, 1 row removed” */
export function comparisonInWords({ added, removed, changed, moved, columns }: DataComparison): string {
  const parts = [
    ...(changed > 0 ? [`${plural(changed, 'cell')} changed`] : []),
    ...(added > 0 ? [`${plural(added, 'row')} added`] : []),
    ...(removed > 0 ? [`${plural(removed, 'row')} removed`] : []),
    ...(moved > 0 ? [`${plural(moved, 'row')} moved`] : []),
    ...(columns.added.length > 0 ? [`${plural(columns.added.length, 'column')} added`] : []),
    ...(columns.removed.length > 0 ? [`${plural(columns.removed.length, 'column')} removed`] : []),
    ...(columns.retyped.length > 0 ? [`${plural(columns.retyped.length, 'column')} read otherwise`] : []),
  ]
  return parts.length === 0 ? nothing : parts.join(', ')
}

/** Whether the file has something otherwise, or corrections would be lost with it. */
export const needsDecision = ({ comparison, lost }: ImportPreview): boolean =>
  comparison !== null && (lost.length > 0 || comparisonInWords(comparison) !== nothing)

/** As a cell is shown while it is edited, and sent. */
export const cellText = (value: string | number | null): string => (value === null ? '' : String(value))
