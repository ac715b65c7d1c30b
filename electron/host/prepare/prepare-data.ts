/** From a frame and a recipe to what a network is given: whatever kind of data the frame was read from. */
import type { PreparedSummary, Recipe } from '../../contract/index.ts'
import type { Frame } from '../datasets/frame.ts'
import { encode, encodeTarget, type Encoded } from './encode.ts'
import { fitPreparation, targetOf, type TargetColumn } from './fit.ts'
import type { Preparation } from './preparation.ts'
import { hasEnough, rowsOf, sharesOf, splitRows, type RowSplit } from './split.ts'
import { splitVersion } from './split-version.ts'
import { summarize } from './summary.ts'

export interface Prepared {
  readonly preparation: Preparation
  /** Row numbers into what follows. Rows in no split have no target. */
  readonly split: RowSplit
  readonly data: Pick<Encoded, 'rows' | 'inputs'> & {
    /** Class indices, -1 where there is none; or values as the network learns them, NaN where there is none. */
    readonly targets: Int32Array | Float32Array
  }
  /** Regression: the targets as they stand in the data, in their own unit. */
  readonly originals: Float64Array | null
  /** Under a recipe that prepares alike: checks look at how it trains, too. */
  summary(recipe: Recipe): PreparedSummary
}

/** Shares of rows; test files that came with the data are the test split as they are. */
function splitOf(target: TargetColumn, trainRows: number | undefined, { split, data }: Recipe): RowSplit {
  if (split.test !== null) return splitRows(target, sharesOf(split), { limit: data.rows })
  const total = rowsOf(target)
  const from = trainRows ?? total
  const parts = splitRows(target, sharesOf(split), { limit: data.rows, of: from })
  return { ...parts, test: Int32Array.from({ length: total - from }, (_, i) => from + i) }
}

/** Whatever was corrected: rows stay in the split that they were in when the data was imported. */
function versionSplitOf(target: TargetColumn, { imported, trainRows }: Frame, recipe: Recipe): RowSplit {
  if (imported === undefined) return splitOf(target, trainRows, recipe)
  const before = hasEnough(imported.target, imported.trainRows)
    ? splitOf(imported.target, imported.trainRows, recipe)
    : null
  return splitVersion(
    target,
    { numbers: imported.numbers, imported: imported.target, before },
    sharesOf(recipe.split),
    recipe.data.rows,
  )
}

/** The same frame and recipe give the same data, to the bit. */
export function prepareData(frame: Frame, recipe: Recipe): Prepared {
  const target = targetOf(frame, recipe)
  const split = versionSplitOf(target, frame, recipe)
  const preparation = fitPreparation(frame, recipe, split.train)
  const { rows, inputs } = encode(frame, preparation)
  const data = { rows, inputs, targets: encodeTarget(frame, preparation) }
  return {
    preparation,
    split,
    data,
    // The float32 targets are not quite these when turned back.
    originals: target.kind === 'number' ? target.values : null,
    summary: (asked) => summarize({ frame, preparation, split, data }, asked),
  }
}
