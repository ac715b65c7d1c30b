/**
 * Augmented texts: they are drawn anew for every epoch, on the host, for what they become has other tokens and not other
 * values. A text’s chances follow from the seed, the epoch and its row alone, so a run that goes on sees what it would have seen.
 */
import { data } from '../../../engine/index.ts'
import type { Augmentation } from '../../contract/index.ts'
import { rewriterFor } from '../prepare/encoders/index.ts'
import type { TextRewriter } from '../prepare/encoders/rewriting.ts'
import { inputNameOf } from '../prepare/preparation.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { applySteps } from '../prepare/steps/index.ts'
import { augmentingTexts } from './augment.ts'

/** A column of texts as augmentations change it. */
export interface ChangingTexts {
  /** The tensor that its tokens are in. */
  readonly input: string
  readonly rewriter: TextRewriter
  /** What is made of a row in this epoch; `seed`: of the run. */
  drawn(row: number, epoch: number, seed: number): string[]
  /** As it is. */
  plain(row: number): string[]
}

/** The golden ratio in 32 bits: far apart for neighboring epochs. */
const spread = 0x9e3779b9
const generatorOf = (seed: number, epoch: number, column: number, row: number): data.Generator =>
  new data.Generator((seed + Math.imul(epoch * 64 + column + 1, spread)) >>> 0, row)

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
    const changed = change(rewriter.isSign)
    const plain = (row: number): string[] => rewriter.units(prepared.values[row] ?? '')
    return [
      {
        input: inputNameOf(column),
        rewriter,
        plain,
        drawn: (row, epoch, seed) => changed(plain(row), generatorOf(seed, epoch, i, row)),
      },
    ]
  })
}

/** The tokens of training rows, anew for each epoch. */
export interface DrawnTokens {
  readonly input: string
  tokens(epoch: number): Int32Array<ArrayBuffer>
}

/** `rows`: of the data, by the places of the training rows; −1 for one that was made up, which stays as it is in `inputs`. */
export const drawnTokens = (
  texts: readonly ChangingTexts[],
  rows: Int32Array,
  inputs: Readonly<Record<string, Float32Array | Int32Array | Uint8Array>>,
  seed: number,
): DrawnTokens[] =>
  texts.map(({ input, rewriter, drawn }) => ({
    input,
    tokens: (epoch) => {
      const numbers = Int32Array.from(inputs[input]!)
      const length = numbers.length / rows.length
      rows.forEach((row, place) => {
        if (row >= 0) rewriter.write(drawn(row, epoch, seed), numbers, place * length)
      })
      return numbers
    },
  }))
