/** Whether two programs say the same of the same rows: what is a difference, and what is none. */
import type { Cell } from '../../kinds/index.ts'
import type { Preparation } from '../../prepare/preparation.ts'
import { predictionColumns, type PredictionColumns } from '../table.ts'

/** Two probabilities that differ by more, or two numbers by more of their size, are not the same. */
export const mostDifference = 1e-5

export interface Held {
  readonly rows: number
  /** By what is predicted: how far apart at most. */
  readonly largest: Readonly<Record<string, number>>
  /** Rows in which two answers are so close to each other that either may be said. */
  readonly closeCalls: number
}

const infinite = (value: number): number =>
  Math.abs(value) > 3.4028234663852886e38 ? Math.sign(value) * Infinity : value

/** How far two numbers are apart, as a share of `scale`. */
export function apart(wanted: number, got: number, scale: number | null): number {
  const [one, other] = [infinite(wanted), infinite(got)]
  if (Object.is(one, other) || one === other || (Number.isNaN(one) && Number.isNaN(other))) return 0
  const difference = Math.abs(one - other)
  if (!Number.isFinite(difference)) return Infinity
  if (scale === null) return difference
  const size = Math.max(Math.abs(one), scale)
  // What is undone of a logarithm grows in relative error with what it was the logarithm of.
  return difference / (size * (1 + Math.log1p(size / scale)))
}

export const median = (values: readonly number[]): number => {
  const sorted = values
    .filter(Number.isFinite)
    .map(Math.abs)
    .toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** Whether a column of predictions holds probabilities. */
export const isShareColumn = (name: string): boolean => name.startsWith('probability_')

/** What is said where each of the network's outputs is a hair more or less: where two answers are alike, either is right. */
function alsoSaid(preparation: Preparation, outputs: readonly number[], names: readonly string[]) {
  const said = new Map<string, Set<Cell>>()
  const hair = 4 * mostDifference
  for (const [k, output] of outputs.entries())
    for (const sign of [-1, 1]) {
      const shifted = outputs.with(k, output + sign * hair * Math.max(1, Math.abs(output)))
      const { names: columns, values } = predictionColumns(shifted, preparation, names)
      columns.forEach((name, i) => said.set(name, (said.get(name) ?? new Set()).add(values[i]![0] ?? null)))
    }
  return said
}

export interface Disagreement {
  readonly row: number
  readonly column: string
  readonly wanted: Cell
  readonly got: unknown
}

/** Holds what a file answers against what Descent says of the same rows. `outputs`: of the network, rows × units. */
export function compareAnswers(
  {
    preparation,
    wanted,
    rounded,
    outputs,
    inputNames,
  }: {
    readonly preparation: Preparation
    readonly wanted: PredictionColumns
    /** The same of numbers rounded to float32, as the file takes them: either is right. */
    readonly rounded: PredictionColumns
    readonly outputs: ArrayLike<number>
    readonly inputNames: readonly string[]
  },
  answers: readonly Readonly<Record<string, unknown>>[],
): { readonly held: Held; readonly disagreement: Disagreement | null } {
  const largest: Record<string, number> = {}
  const close = new Set<number>()
  let disagreement: Disagreement | null = null
  const units = outputs.length / Math.max(1, answers.length)
  wanted.names.forEach((column, i) => {
    const cells = wanted.values[i]!
    const isNumber = cells.every((cell) => typeof cell === 'number')
    const isShare = isNumber && isShareColumn(column)
    const scale = isNumber && !isShare ? median(cells as number[]) || 1 : null
    answers.forEach((answer, row) => {
      const [cell, other, got] = [cells[row]!, rounded.values[i]![row]!, answer[column]]
      if (isNumber) {
        const from = (one: Cell): number =>
          typeof got === 'number' ? apart(one as number, got, scale) : Infinity
        const difference = Math.min(from(cell), from(other))
        largest[column] = Math.max(largest[column] ?? 0, difference)
        if (difference > mostDifference) disagreement ??= { row, column, wanted: cell, got }
      } else if (cell !== got && other !== got) {
        const own = Array.from({ length: units }, (_, k) => outputs[row * units + k]!)
        if (
          alsoSaid(preparation, own, inputNames)
            .get(column)
            ?.has(got as Cell)
        )
          close.add(row)
        else disagreement ??= { row, column, wanted: cell, got }
      }
    })
  })
  return { held: { rows: answers.length, largest, closeCalls: close.size }, disagreement }
}
