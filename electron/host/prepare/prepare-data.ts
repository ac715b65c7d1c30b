/** From a frame and a recipe to what a network is given: whatever kind of data the frame was read from. */
import type { PreparedSummary, Recipe } from '../../contract/index.ts'
import type { Frame } from '../datasets/frame.ts'
import { targetColumnsOf, type TargetValues } from '../tasks/index.ts'
import { encode, encodeTarget, encodeWeights, type Encoded } from './encode.ts'
import { fitPreparation } from './fit.ts'
import type { Preparation } from './preparation.ts'
import { hasEnough, splitTargetOf, splittingOf, type RowSplit, type SplitTarget } from './split.ts'
import { splitVersion } from './split-version.ts'
import { summarize } from './summary.ts'

export interface Prepared {
  readonly preparation: Preparation
  /** Row numbers into what follows. Rows in no split have no target. */
  readonly split: RowSplit
  readonly data: Pick<Encoded, 'rows' | 'inputs'> & {
    /** -1 or NaN where there is none. */
    readonly targets: TargetValues
    /** How much the loss of each row counts; null: all the same. */
    readonly weights: Float32Array<ArrayBuffer> | null
  }
  /** Of targets that are numbers: as they stand in the data, in their own unit. */
  readonly originals: readonly Float64Array[]
  /** Under a recipe that prepares alike: checks look at how it trains, too. */
  summary(recipe: Recipe): PreparedSummary
}

/** Whatever was corrected: rows stay in the split that they were in when the data was imported. */
function splitOf(target: SplitTarget, { imported, trainRows }: Frame, recipe: Recipe): RowSplit {
  const { split, added } = splittingOf(recipe.split)
  const limit = recipe.data.rows
  if (imported === undefined) return split(target, trainRows, limit)
  const before = splitTargetOf(targetColumnsOf({ columns: imported.targets }, recipe), recipe.task)
  return splitVersion(
    target,
    {
      numbers: imported.numbers,
      imported: before,
      before: hasEnough(before, imported.trainRows) ? split(before, imported.trainRows, limit) : null,
    },
    added,
    limit,
  )
}

/** The same frame and recipe give the same data, to the bit. */
export function prepareData(frame: Frame, recipe: Recipe): Prepared {
  const targets = targetColumnsOf(frame, recipe)
  const split = splitOf(splitTargetOf(targets, recipe.task), frame, recipe)
  const preparation = fitPreparation(frame, recipe, split.train)
  const { rows, inputs } = encode(frame, preparation)
  const data = {
    rows,
    inputs,
    targets: encodeTarget(frame, preparation),
    weights: encodeWeights(frame, preparation),
  }
  return {
    preparation,
    split,
    data,
    // The float32 targets are not quite these when turned back.
    originals: targets.flatMap((column) => (column.kind === 'number' ? [column.values] : [])),
    summary: (asked) => summarize({ frame, preparation, split, data }, asked),
  }
}
