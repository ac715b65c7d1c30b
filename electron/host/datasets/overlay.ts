/** Corrections, one after the other, as the overlay that they come to; and what an overlay does to lists of rows. */
import { createHash } from 'node:crypto'
import {
  DescentError,
  formatCount,
  isCorrected,
  mostCorrections,
  type Correction,
  type CorrectionCounts,
  type Overlay,
} from '../../contract/index.ts'

/** What an overlay is held against. */
export interface ImportFacts {
  readonly rows: number
  readonly columns: readonly string[]
}

type CellText = string | null

export const countsOf = ({ cells, dropped, appended }: Overlay): CorrectionCounts => ({
  cells: cells.length,
  dropped: dropped.length,
  appended: appended.length,
})

/** Without corrections a version is the import, and has its hash: what was trained on that before stays what it was. */
export const hashOfVersion = (importSha256: string, overlay: Overlay): string =>
  isCorrected(overlay)
    ? createHash('sha256')
        .update(JSON.stringify([importSha256, overlay]))
        .digest('hex')
    : importSha256

/** As people count rows. */
export const rowInWords = (row: number): string => `row ${formatCount(row + 1)}`

/** By code unit: the same order, and so the same hash, on every machine. */
const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const withoutMissing = (values: Readonly<Record<string, CellText>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values)
      .filter((entry): entry is [string, string] => entry[1] !== null)
      .sort(([a], [b]) => inOrder(a, b)),
  )

/** The overlay while it is worked on. */
class Draft {
  readonly #facts: ImportFacts
  /** Row → column → value. */
  readonly #cells = new Map<number, Map<string, CellText>>()
  readonly #dropped: Set<number>
  readonly #appended: Map<number, Record<string, CellText>>

  constructor(overlay: Overlay, facts: ImportFacts) {
    this.#facts = facts
    for (const { row, column, value } of overlay.cells) this.#put(row, column, value)
    this.#dropped = new Set(overlay.dropped)
    this.#appended = new Map(overlay.appended.map(({ row, values }) => [row, { ...values }]))
  }

  #put(row: number, column: string, value: CellText): void {
    const known = this.#cells.get(row)
    if (known === undefined) this.#cells.set(row, new Map([[column, value]]))
    else known.set(column, value)
  }

  #requireRow(row: number): void {
    const { rows } = this.#facts
    if (row < rows ? !this.#dropped.has(row) : this.#appended.has(row)) return
    throw new DescentError(
      'badData',
      row < rows
        ? `Row ${formatCount(row + 1)} was dropped from this version. Undo that first.`
        : `This version has no ${rowInWords(row)}: the import has ${formatCount(rows)}, and appended rows are counted on from there.`,
      'corrections',
    )
  }

  #requireColumn(column: string): void {
    if (this.#facts.columns.includes(column)) return
    throw new DescentError('badData', `The data has no column "${column}".`, 'corrections')
  }

  apply(correction: Correction): void {
    switch (correction.type) {
      case 'edit': {
        const { row, column, value } = correction
        this.#requireRow(row)
        this.#requireColumn(column)
        const appended = this.#appended.get(row)
        if (appended === undefined) this.#put(row, column, value)
        else appended[column] = value
        return
      }
      case 'drop':
        for (const row of new Set(correction.rows)) {
          this.#requireRow(row)
          if (!this.#appended.delete(row)) this.#dropped.add(row)
          this.#cells.delete(row)
        }
        return
      case 'append':
        for (const values of correction.rows) {
          for (const column of Object.keys(values)) this.#requireColumn(column)
          const last = Math.max(this.#facts.rows - 1, ...this.#appended.keys())
          this.#appended.set(last + 1, { ...values })
        }
        return
    }
  }

  done(): Overlay {
    return {
      cells: [...this.#cells]
        .flatMap(([row, cells]) => [...cells].map(([column, value]) => ({ row, column, value })))
        .sort((a, b) => a.row - b.row || inOrder(a.column, b.column)),
      dropped: [...this.#dropped].sort((a, b) => a - b),
      appended: [...this.#appended]
        .map(([row, values]) => ({ row, values: withoutMissing(values) }))
        .sort((a, b) => a.row - b.row),
    }
  }
}

/** Throws what does not fit the data, before anything is changed. */
export function withCorrections(
  overlay: Overlay,
  corrections: readonly Correction[],
  facts: ImportFacts,
): Overlay {
  const draft = new Draft(overlay, facts)
  for (const correction of corrections) draft.apply(correction)
  const corrected = draft.done()
  const { cells, dropped, appended } = countsOf(corrected)
  const many = cells + dropped + appended
  if (many > mostCorrections)
    throw new DescentError(
      'tooLarge',
      `A version holds at most ${formatCount(mostCorrections)} corrections, and this would be ${formatCount(many)}. Change the file and import it again.`,
      'corrections',
    )
  if (facts.rows - dropped + appended === 0)
    throw new DescentError('badData', 'No row would be left. Keep at least one.', 'corrections')
  return corrected
}

/** Rows of a version. */
export const rowsOf = (overlay: Overlay, importedRows: number): number =>
  importedRows - overlay.dropped.length + overlay.appended.length

/** The numbers of the version's rows from the one at `offset` on, at most `limit`. */
export function numbersFrom(
  { dropped, appended }: Overlay,
  importedRows: number,
  offset: number,
  limit: number,
): number[] {
  const numbers: number[] = []
  const kept = importedRows - dropped.length
  let passed = 0
  for (let at = offset; at < Math.min(offset + limit, kept); at++) {
    while (passed < dropped.length && dropped[passed]! <= at + passed) passed++
    numbers.push(at + passed)
  }
  const from = Math.max(0, offset - kept)
  for (const { row } of appended.slice(from, from + limit - numbers.length))
    if (offset + numbers.length >= kept) numbers.push(row)
  return numbers
}

/** Of all rows of the version, in their order. */
export const allNumbers = (overlay: Overlay, importedRows: number): Int32Array =>
  Int32Array.from(numbersFrom(overlay, importedRows, 0, Infinity))

/** A cell by the number of its row in the import. */
export interface CellPlace {
  readonly row: number
  readonly column: string
}

/** What these rows have that was imported otherwise. */
export function correctedOn(numbers: readonly number[], { cells }: Overlay): CellPlace[] {
  const shown = new Set(numbers)
  return cells.filter(({ row }) => shown.has(row)).map(({ row, column }) => ({ row, column }))
}

/** Without cells that say what the import says: editing one back makes the version that was before. */
export const withoutUnchanged = (
  overlay: Overlay,
  asImported: (row: number, column: string) => CellText | undefined,
): Overlay => ({
  ...overlay,
  cells: overlay.cells.filter(({ row, column, value }) => asImported(row, column) !== value),
})
