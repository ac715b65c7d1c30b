/** Predictions as columns beside the inputs, and as CSV (RFC 4180, UTF-8, LF). */
import { protect } from '../kinds/table/protected-text.ts'
import { argmaxRows, softmaxRows } from '../evaluate/metrics.ts'
import type { Cell } from '../kinds/index.ts'
import { inTargetUnits } from '../prepare/encode.ts'
import type { Preparation } from '../prepare/preparation.ts'

export interface PredictionColumns {
  readonly names: string[]
  /** One array per column. */
  readonly values: Cell[][]
}

/** A name that no input column has. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name
  for (let n = 2; taken.has(free); n++) free = `${name}_${n}`
  return free
}

/** `prediction`, and for a classifier one `probability_<class>` each. */
export function predictionColumns(
  outputs: ArrayLike<number>,
  preparation: Preparation,
  inputNames: readonly string[],
): PredictionColumns {
  const taken = new Set(inputNames)
  const { target } = preparation
  if (target.kind === 'number') {
    return { names: [freeName('prediction', taken)], values: [[...inTargetUnits(outputs, preparation)]] }
  }
  const { classes } = target
  const probabilities = softmaxRows(outputs, classes.length)
  const rows = outputs.length / classes.length
  const winners = [...argmaxRows(outputs, classes.length)].map((k) => classes[k] ?? null)
  const columns = classes.map((_, k) =>
    Array.from({ length: rows }, (_unused, row) => probabilities[row * classes.length + k] ?? null),
  )
  const names = ['prediction', ...classes.map((name) => `probability_${name}`)]
  return { names: names.map((name) => freeName(name, taken)), values: [winners, ...columns] }
}

/** A text that a spreadsheet would run is protected; other separators are quoted too, lest it part the field there. */
function field(value: Cell): string {
  if (value === null) return ''
  const text = typeof value === 'string' ? protect(value) : String(value)
  return /[",;\t\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function csvLine(cells: readonly Cell[]): string {
  return cells.map(field).join(',') + '\n'
}
