/**
 * Augmented texts: they are drawn anew for every epoch, on the host, for what they become has other tokens and not other
 * values. A text’s chances follow from the seed, the epoch, its row and which copy of it alone, so a run that goes on sees what
 * it would have seen.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { data } from '../../../engine/index.ts'
import type { Augmentation } from '../../contract/index.ts'
import { rewriterFor } from '../prepare/encoders/index.ts'
import type { TextRewriter, Units } from '../prepare/encoders/rewriting.ts'
import { inputNameOf } from '../prepare/preparation.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { applySteps } from '../prepare/steps/index.ts'
import { augmentingTexts, type ReadList } from './augment.ts'

/** A column of texts as augmentations change it. */
export interface ChangingTexts {
  /** The tensor that its tokens are in. */
  readonly input: string
  readonly rewriter: TextRewriter
  /** What was read for it: with others it would become something else. */
  readonly lists: readonly ReadList[]
  /** What is made of a row in this epoch; null: it stays as it is. `seed`: of the run; `copy`: of rows that are there several times, from 0. */
  drawn(row: number, epoch: number, seed: number, copy?: number): Units | null
  /** As it is. */
  plain(row: number): Units
  /** How long they are together. */
  charactersOf(rows: Int32Array): number
}

/** The golden ratio in 32 bits: far apart for neighboring epochs; and another such number for copies. */
const [spread, spreadOfCopies] = [0x9e3779b9, 0x85ebca6b]
const generatorOf = (
  seed: number,
  epoch: number,
  column: number,
  row: number,
  copy: number,
): data.Generator =>
  new data.Generator(
    (seed + Math.imul(epoch * 64 + column + 1, spread) + Math.imul(copy, spreadOfCopies)) >>> 0,
    row,
  )

/** Of all rows; empty: nothing changes texts. Errors: a DescentError for a list of synonyms that is none. */
export function changingTexts(
  { preparation, features }: Pick<Prepared, 'preparation' | 'features'>,
  augment: readonly Augmentation[],
): ChangingTexts[] {
  const change = augmentingTexts(augment)
  if (change === null) return []
  return preparation.columns.flatMap((column, i): ChangingTexts[] => {
    const rewriter = rewriterFor(column.encoder)
    if (rewriter === null) return []
    const prepared = applySteps(features[i]!, column.steps)
    if (prepared.kind !== 'text') return []
    const changed = change.changing(rewriter.isSign)
    const plain = (row: number): Units => rewriter.units(prepared.values[row] ?? '')
    return [
      {
        input: inputNameOf(column),
        rewriter,
        lists: change.lists,
        plain,
        charactersOf: (rows) => rows.reduce((sum, row) => sum + (prepared.values[row]?.length ?? 0), 0),
        drawn: (row, epoch, seed, copy = 0) =>
          changed(() => plain(row), generatorOf(seed, epoch, i, row, copy)),
      },
    ]
  })
}

/** The tokens of training rows, anew for each epoch. */
export interface DrawnTokens {
  readonly input: string
  readonly lists: readonly ReadList[]
  tokens(epoch: number): Promise<Int32Array<ArrayBuffer>>
}

/** Which of its row's copies each place has, from 0. */
function copiesOf(rows: Int32Array): Int32Array {
  const seen = new Map<number, number>()
  return rows.map((row) => {
    const copy = seen.get(row) ?? 0
    seen.set(row, copy + 1)
    return copy
  })
}

/** Rows between which whoever waits gets a turn. */
const chunk = 64

/** `rows`: of the data, by the places of the training rows; −1 for one that was made up, which stays as it is in `inputs`. */
export function drawnTokens(
  texts: readonly ChangingTexts[],
  rows: Int32Array,
  inputs: Readonly<Record<string, Float32Array | Int32Array | Uint8Array>>,
  seed: number,
): DrawnTokens[] {
  const copies = copiesOf(rows)
  return texts.map(({ input, lists, rewriter, drawn, charactersOf }) => ({
    input,
    lists,
    tokens: async (epoch) => {
      const numbers = Int32Array.from(inputs[input]!)
      const length = numbers.length / rows.length
      for (let from = 0; from < rows.length; from += chunk) {
        if (from > 0) await nextTurn()
        const places = rows.subarray(from, from + chunk)
        rewriter.together(charactersOf(places), () =>
          places.forEach((row, i) => {
            const units = row < 0 ? null : drawn(row, epoch, seed, copies[from + i])
            if (units !== null) rewriter.write(units, numbers, (from + i) * length)
          }),
        )
      }
      return numbers
    },
  }))
}
