/** What is said where rows that come in are not like those of the training. */
import { formatPercent, keptAs, plural, testDrift } from '../../contract/index.ts'
import type { Frame } from '../datasets/frame.ts'
import { DriftWatch, leastWatched, type ColumnDrift } from '../evaluate/drift-watch.ts'
import type { ModelDocument } from './document.ts'

/** The same as Evaluate's check of the test rows goes by. */
export const leastDrift: number = testDrift.options.distance.start

const notWatched =
  'Whether rows are like those of the training is not known: the model was saved by an earlier version. Save it again.'

/** What has to be said of a model that cannot tell; null: it can, or it has only columns that nobody compares. */
export const unwatchedNote = ({
  reference,
  preparation,
}: Pick<ModelDocument, 'reference' | 'preparation'>) => {
  const compared = ({ kind }: (typeof preparation.columns)[number]) =>
    ['number', 'category'].includes(keptAs(kind))
  return reference === undefined && preparation.columns.some(compared) ? notWatched : null
}

const measured = ({ statistic, distance, missing: [now, training] }: ColumnDrift): string =>
  statistic === 'missing'
    ? `missing in ${formatPercent(now)} instead of ${formatPercent(training)}`
    : `${statistic} ${distance.toFixed(2)}`
export const driftText = (one: ColumnDrift): string => `“${one.column}” (${measured(one)})`

const mostNamed = 5
const listed = (drifts: readonly ColumnDrift[]): string =>
  drifts.slice(0, mostNamed).map(driftText).join(', ') + (drifts.length > mostNamed ? ', …' : '')

/** Of rows that were predicted together. */
export function driftNotes(
  { reference, preparation }: Pick<ModelDocument, 'reference' | 'preparation'>,
  frame: Frame,
): string[] {
  if (frame.rows < leastWatched) return []
  if (reference === undefined) return [unwatchedNote({ reference, preparation }) ?? []].flat()
  const watch = new DriftWatch(reference)
  watch.add(frame)
  const drifts = watch.drifts(leastDrift)
  if (drifts.length === 0) return []
  return [
    `${plural(drifts.length, 'column')} ${drifts.length === 1 ? 'is' : 'are'} distributed otherwise in these ${plural(frame.rows, 'row')} than in training: ${listed(drifts)}. The network is asked another question than it was trained on: look at where these rows come from, and train on such rows if they are here to stay.`,
  ]
}
