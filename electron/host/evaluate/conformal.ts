/**
 * How sure a single prediction is, by split conformal prediction (Vovk et al. 2005; Angelopoulos & Bates 2021,
 * https://arxiv.org/abs/2107.07511): how far off the network was on validation rows is how far off it will be on new rows of the same
 * kind, whatever it learned. Numbers get intervals, of one width in what the network learned; classes get sets by their least
 * probability (LAC, Sadinle et al. 2019), in which the prediction itself always is. What it covers on the test rows is measured.
 */
import type { Prepared } from '../prepare/prepare-data.ts'
import { functionsOfTask } from '../tasks/index.ts'
import { targetsOf } from '../prepare/pick-rows.ts'
import { countUpTo } from '../prepare/statistics.ts'
import type { Uncertainty } from './uncertainty.ts'

/** In steps of a hundredth: whoever predicts says which. */
const coverages = Array.from({ length: 50 }, (_, i) => (50 + i) / 100)

/** The ⌈(n + 1) · coverage⌉-th smallest; null: there are not as many. */
export function conformalBound(sorted: Float64Array, coverage: number): number | null {
  const place = Math.ceil((sorted.length + 1) * coverage - 1e-9)
  return place > sorted.length ? null : (sorted[place - 1] ?? null)
}

/** The scores ascend. */
const shareWithin = (scores: readonly Float64Array[], bounds: readonly (number | null)[]): number => {
  let within = 0
  scores.forEach((of, k) => (within += countUpTo(of, bounds[k] ?? Infinity)))
  return within / scores.reduce((sum, { length }) => sum + length, 0)
}

/** null: the task has nothing that could be within. `test`: only of a run whose test was opened. */
export function uncertaintyOf(
  { preparation, data, split }: Pick<Prepared, 'preparation' | 'data' | 'split'>,
  outputs: { readonly validation: ArrayLike<number>; readonly test: ArrayLike<number> | null },
): Uncertainty | null {
  const task = functionsOfTask(preparation.task)
  const scoresOn = (rows: Int32Array, said: ArrayLike<number>): Float64Array[] | null =>
    task.offBy(preparation.target, targetsOf(data, rows), said)
  const validation = scoresOn(split.validation, outputs.validation)
  if (validation === null || split.validation.length === 0) return null
  const ascending = (of: readonly Float64Array[]): Float64Array[] => of.map((scores) => scores.toSorted())
  const test = outputs.test && scoresOn(split.test, outputs.test)
  const tested = test && ascending(test)
  const sorted = ascending(validation)
  return {
    rows: split.validation.length,
    testRows: test === null ? null : split.test.length,
    levels: coverages.map((coverage) => {
      const bounds = sorted.map((scores) => conformalBound(scores, coverage))
      return { coverage, bounds, measured: tested === null ? null : shareWithin(tested, bounds) }
    }),
  }
}
