/** What a server says of the rows that come in: columns that become another thing than they were in training. */
import { plural } from '../../contract/index.ts'
import type { ModelDocument } from '../deploy/document.ts'
import { driftText, leastDrift, unwatchedNote } from '../deploy/drift.ts'
import type { Frame } from '../datasets/frame.ts'
import { DriftWatch, leastWatched } from '../evaluate/drift-watch.ts'
import type { DriftOfColumn } from './metrics.ts'

/** So many rows, and as many before them, are what is held against the training. */
const mostRemembered = 5000
/** The first look, and how many more rows each later one waits for, at most. */
const [firstLook, mostBetween] = [2 * leastWatched, 1000]
/** In a year's service there are many: chance is to be rare in all of them together. */
const looks = 1000

export class InputWatch {
  readonly #watch: DriftWatch | null
  readonly #log: (message: string) => void
  /** What is to be said before the first row; null: nothing. */
  readonly notice: string | null
  #told = new Set<string>()
  #seen = 0
  #next = firstLook

  constructor(document: Pick<ModelDocument, 'reference' | 'preparation'>, log: (message: string) => void) {
    const { reference } = document
    this.#log = log
    this.notice = unwatchedNote(document)
    this.#watch = reference === undefined ? null : new DriftWatch(reference, { most: mostRemembered, looks })
  }

  /** Rows that were asked about. Says, once each, which columns drift and which do no more. */
  add(frame: Frame): void {
    if (this.#watch === null) return
    this.#watch.add(frame)
    this.#seen += frame.rows
    if (this.#seen < this.#next) return
    this.#next = this.#seen + Math.min(mostBetween, this.#seen)
    const drifts = this.#watch.drifts(leastDrift)
    const fresh = drifts.filter(({ column }) => !this.#told.has(column))
    const now = new Set(drifts.map(({ column }) => column))
    const over = [...this.#told].filter((column) => !now.has(column))
    this.#told = now
    const rows = `the last ${plural(this.#watch.rows, 'row')}`
    if (fresh.length > 0)
      this.#log(
        `Drift: ${fresh.map(driftText).join(', ')} in ${rows}: distributed otherwise than in training, so that predictions may be worse than they were in the test.`,
      )
    if (over.length > 0)
      this.#log(`No drift any more: ${over.map((column) => `“${column}”`).join(', ')} in ${rows}.`)
  }

  /** For the metrics. */
  told(): { readonly rows: number; readonly columns: readonly DriftOfColumn[] } | null {
    const watch = this.#watch
    if (watch === null) return null
    const columns = watch
      .columns()
      .map((one) => ({ column: one.column, distance: one.distance, isDrift: watch.isDrift(one, leastDrift) }))
    return { rows: watch.rows, columns }
  }
}
