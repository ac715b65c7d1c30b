/** Predictions as columns beside the inputs, and as CSV (RFC 4180, UTF-8, LF). */
import { protect } from '../kinds/table/protected-text.ts'
import type { Cell } from '../kinds/index.ts'
import type { Preparation } from '../prepare/preparation.ts'
import { functionsOfTask } from '../tasks/index.ts'

export interface PredictionColumns {
  readonly names: string[]
  /** One array per column. */
  readonly values: Cell[][]
}

/** A name that no input column has. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name
  for (let n = 2; taken.has(free); n++) free = `${name}_${n}`
  return free
}

/** What the task says of each row, under names that no input has. */
export function predictionColumns(
  outputs: ArrayLike<number>,
  { task, target }: Preparation,
  inputNames: readonly string[],
  beside: readonly { readonly name: string; readonly cells: readonly Cell[] }[] = [],
): PredictionColumns {
  const taken = new Set(inputNames)
  const columns = [...functionsOfTask(task).predictions(target, outputs), ...beside]
  return {
    names: columns.map(({ name }) => freeName(name, taken)),
    values: columns.map(({ cells }) => [...cells]),
  }
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
