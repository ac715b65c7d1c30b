/** Inputs that are like nothing a network has seen, made of the rows that it is judged by: how often it is sure of them. */
import type { Robustness } from '../../../contract/index.ts'
import type { FrameColumn } from '../../datasets/frame.ts'
import { takenFrom } from '../../datasets/taken.ts'
import { shuffle } from '../../prepare/random.ts'
import type { FittedTarget } from '../../tasks/target.ts'
import type { Evidence } from '../evidence.ts'
import { sureness } from '../outside.ts'

type Made = NonNullable<Robustness['unseen']>['made']

/** What counts as sure where the run has chosen no bound itself. */
const usualConfidence = 0.9

/** As many words as before, drawn from the words of all rows. */
function ofAnyWords(values: readonly string[], random: () => number): string[] {
  const each = values.map((text) => text.match(/\S+/gu) ?? [])
  const pool = each.flat()
  return each.map((own) => own.map(() => pool[Math.floor(random() * pool.length)]!).join(' '))
}

/**
 * Random pixels, words and columns, whatever there is most of to look at. null: of a single column that is neither, its own values in
 * another order are no news.
 */
export function unseenOf(
  columns: readonly FrameColumn[],
  rows: number,
  random: () => number,
): { readonly made: Made; readonly columns: FrameColumn[] } | null {
  const [only] = columns
  const made: Made =
    columns.length === 1 && only?.kind === 'image'
      ? 'pixels'
      : columns.length === 1 && only?.kind === 'text'
        ? 'words'
        : 'columns'
  if (made === 'columns' && columns.length < 2) return null
  return {
    made,
    columns: columns.map((column): FrameColumn => {
      if (made !== 'columns' && column.kind === 'image')
        return { ...column, pixels: column.pixels.map(() => Math.floor(256 * random())) }
      if (made !== 'columns' && column.kind === 'text')
        return { ...column, values: ofAnyWords(column.values, random) }
      const order = Int32Array.from({ length: rows }, (_, row) => row)
      shuffle(order, random)
      return takenFrom(column, order)
    }),
  }
}

/** The share of rows of which one class is said with so much confidence; of labels, any of them. null: numbers come without. */
export function sureIn(
  target: FittedTarget,
  evidence: Evidence,
): Pick<NonNullable<Robustness['unseen']>, 'confidence' | 'chosen' | 'sure'> | null {
  if ('targets' in evidence) return null
  const { probabilities } = evidence
  const outside = target.kind === 'classes' ? target.outside : undefined
  const confidence = outside?.confidence ?? usualConfidence
  const width = 'labels' in evidence ? evidence.labels : evidence.classes
  const rows = probabilities.length / width
  if (outside !== undefined) {
    const { sure, likeliest } = sureness({ probabilities, classes: width, outside: outside.class })
    const count = sure.filter((one, row) => likeliest[row] !== outside.class && one >= confidence).length
    return { confidence, chosen: true, sure: count / Math.max(1, rows) }
  }
  let count = 0
  for (let row = 0; row < rows; row++)
    if (probabilities.subarray(row * width, (row + 1) * width).some((one) => one >= confidence)) count++
  return { confidence, chosen: false, sure: count / Math.max(1, rows) }
}
