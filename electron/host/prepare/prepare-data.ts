/** From a frame and a recipe to what a network is given: whatever kind of data the frame was read from. */
import type { Finding, PreparedSummary, Recipe } from '../../contract/index.ts'
import { columnNamed, type Frame, type FrameColumn } from '../datasets/frame.ts'
import { classesOfTarget, targetColumnsOf, type TargetColumns, type TargetValues } from '../tasks/index.ts'
import { encode, encodeTarget, encodeWeights, type Encoded } from './encode.ts'
import { fitPreparation, learningFrom } from './fit.ts'
import type { Preparation } from './preparation.ts'
import { findAlike } from './alike.ts'
import { splitTargetOf, withTrainShare, type RowSplit } from './split.ts'
import { splittingOf, type SplitData } from './splitting.ts'
import { checksOf, summarize } from './summary.ts'

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
  /** Of corrected data: of each row, its number in the import. */
  readonly numbers?: Int32Array | undefined
  /** Of targets that are numbers: as they stand in the data, in their own unit. */
  readonly originals: readonly Float64Array[]
  /** The columns that are features, as they stand in the data: what models look at that need no preparation. */
  readonly features: readonly FrameColumn[]
  /** Those that are marked sensitive, features or not. */
  readonly sensitive: readonly FrameColumn[]
  /** Under a recipe that prepares alike: checks look at how it trains, too. */
  summary(recipe: Recipe): PreparedSummary
  /** Of the summary, what to be wary of. */
  checks(recipe: Recipe): Finding[]
}

/** The features, by which rows are alike or not; only for a split that asks. */
function alikeIn(
  columns: readonly FrameColumn[],
  rows: number,
  { split, data }: Recipe,
): Pick<SplitData, 'alike' | 'alikeBounded'> {
  if (!('together' in split && split.together)) return {}
  const features = new Set(data.columns.flatMap(({ name, role }) => (role === 'feature' ? [name] : [])))
  const { group, bounded } = findAlike(
    columns.filter(({ name }) => features.has(name)),
    rows,
  )
  return { alike: group, alikeBounded: bounded }
}

/** Whatever was corrected: rows stay in the split that they were in when the data was imported. */
function splitOf(frame: Frame, recipe: Recipe): RowSplit {
  const { split, version } = splittingOf(recipe.split)
  const { imported, trainRows, validationRows, splitBy } = frame
  const limit = recipe.data.rows
  const data: SplitData = {
    target: splitTargetOf(targetColumnsOf(frame, recipe), recipe.task),
    trainRows,
    validationRows,
    by: splitBy,
    ...alikeIn(frame.columns, frame.rows, recipe),
    numbers: imported?.numbers,
  }
  if (imported === undefined) return split(data, limit)
  const target = splitTargetOf(targetColumnsOf({ columns: imported.targets }, recipe), recipe.task)
  const before: SplitData = {
    target,
    trainRows: imported.trainRows,
    validationRows: imported.validationRows,
    by: imported.splitBy,
    ...(imported.features && alikeIn(imported.features, target.rows, recipe)),
  }
  return version(data, before, imported.numbers, limit)
}

/** What a recipe learns from, of the rows that train. */
function learnedFrom(split: RowSplit, targets: TargetColumns, { data, task, seed }: Recipe): RowSplit {
  const { trainShare: share = 1 } = data
  if (share === 1) return split
  const target = splitTargetOf(targets, task)
  const stratify = target.strataOf(split.train) !== null
  return withTrainShare(split, target, { share, stratify, seed })
}

/** The same frame and recipe give the same data, to the bit. */
export function prepareData(frame: Frame, recipe: Recipe): Prepared {
  const targets = targetColumnsOf(frame, recipe)
  const split = learnedFrom(splitOf(frame, recipe), targets, recipe)
  const preparation = fitPreparation(frame, recipe, split.train)
  const encodedTarget = encodeTarget(frame, preparation)
  const classes = classesOfTarget(preparation.target)?.length ?? 0
  const { rows, inputs } = encode(frame, preparation, {
    rows: split.train,
    recipe,
    learning: learningFrom(encodedTarget, frame.rows, classes),
  })
  const data = {
    rows,
    inputs,
    targets: encodedTarget,
    weights: encodeWeights(frame, preparation),
  }
  return {
    preparation,
    split,
    data,
    numbers: frame.imported?.numbers,
    // The float32 targets are not quite these when turned back.
    originals: targets.flatMap((column) => (column.kind === 'number' ? [column.values] : [])),
    features: preparation.columns.map(({ name }) => columnNamed(frame, name)),
    sensitive: (frame.sensitive ?? []).filter(({ name }) => !targets.some((target) => target.name === name)),
    summary: (asked) => summarize({ frame, preparation, split, data }, asked),
    checks: (asked) => checksOf({ frame, preparation, split, data }, asked),
  }
}
