/** What the Prepare step shows: split sizes, features, distributions before and after, and what to be wary of. */
import {
  formatCount,
  splitColumnsOf,
  type Finding,
  type PreparedSummary,
  type Recipe,
} from '../../contract/index.ts'
import { columnNamed, type Frame, type FrameColumn, type NumberColumn } from '../datasets/frame.ts'
import { findDrifts } from '../explore/checks/drift.ts'
import type { TargetsBeyond } from '../explore/checks/evidence.ts'
import { findChecks } from '../explore/checks/index.ts'
import { unitOf } from '../explore/findings.ts'
import { sizeOfInput } from '../model/input.ts'
import { classesOfTarget, functionsOfTask, type TargetValues } from '../tasks/index.ts'
import { duplicatesAcross } from './alike.ts'
import { histogramCounts, histogramEdges } from './histogram.ts'
import type { EncodedEvidence } from './encoders/encoder.ts'
import { evidenceOf } from './encoders/index.ts'
import { shownTexts } from './shown-texts.ts'
import { featuresOfColumn, inputsOf, type Preparation } from './preparation.ts'
import { shownCounts } from './sampling.ts'
import type { RowSplit } from './split.ts'
import { Numbers } from './statistics.ts'
import { applySteps } from './steps/index.ts'

function histogramOf(column: string, all: Float64Array, rows: Int32Array) {
  const values = new Float64Array(rows.length)
  let count = 0
  for (const row of rows) {
    const value = all[row]!
    if (!Number.isNaN(value)) values[count++] = value
  }
  const present = values.subarray(0, count)
  const numbers = new Numbers(present)
  const spread =
    count === 0
      ? { min: 0, max: 0, q25: 0, q75: 0, count }
      : {
          min: numbers.least,
          max: numbers.most,
          q25: numbers.quantile(0.25),
          q75: numbers.quantile(0.75),
          count,
        }
  const edges = histogramEdges(spread)
  return { column, histogram: { edges, counts: histogramCounts(present, edges) } }
}

/** Per split, rows of each class or label. */
function classCountsOf(
  { task, target }: Preparation,
  split: RowSplit,
  targets: TargetValues,
): PreparedSummary['classCounts'] {
  const [train, validation, test] = [split.train, split.validation, split.test].map((rows) =>
    functionsOfTask(task).count(targets, target, rows),
  )
  return train && validation && test ? { train, validation, test } : null
}

interface Summarized {
  readonly frame: Frame
  readonly preparation: Preparation
  readonly split: RowSplit
  readonly data: { readonly targets: TargetValues }
}

/** Features with the columns they come from. */
const featuresOf = ({ columns }: Preparation): PreparedSummary['features'] =>
  columns.flatMap((column) =>
    featuresOfColumn(column).map((feature) => ({ ...feature, source: column.name })),
  )

/** A column as it was read, and what its steps made of it. */
interface Passage {
  readonly name: string
  readonly source: FrameColumn
  /** Made when it is asked for the first time: most checks do not. */
  readonly prepared: () => FrameColumn
  /** What its encoder says of it; likewise. */
  readonly evidence: () => EncodedEvidence
}

/** Of targets that predictions are held within a range of. */
function beyondRange({ preparation: { target }, frame, split }: Summarized): TargetsBeyond[] {
  if (target.kind !== 'numbers') return []
  return target.columns.flatMap(({ name, range }) => {
    const column = columnNamed(frame, name)
    if (range === undefined || column.kind !== 'number') return []
    const { least, most } = range
    return (['validation', 'test'] as const).map((part) => {
      const rows = split[part].filter(
        (row) => column.values[row]! < least || column.values[row]! > most,
      ).length
      return { name, split: part, rows, least, most }
    })
  })
}

/** What checks decide over, beside counts and recipe. */
function checkEvidence(summarized: Summarized, passages: readonly Passage[], recipe: Recipe) {
  const { preparation, frame, split } = summarized
  // What a selection leaves out is told by it.
  const left = preparation.selection?.features.flatMap(({ name, kept }) => (kept ? [] : [name])) ?? []
  const kept = new Set([...preparation.columns.map(({ name }) => name), ...left])
  const encoded = passages.map(({ name, evidence }) => ({ name, ...evidence() }))
  const numbers = inputsOf(preparation).find((input) => input.name === 'numbers')
  const roles = new Map(recipe.data.columns.map(({ name, role }) => [name, role]))
  const ofRoles = (...wanted: string[]) =>
    frame.columns.filter(({ name }) => wanted.includes(roles.get(name) ?? ''))
  const by = new Set(splitColumnsOf(recipe.split).map(({ name }) => name))
  return {
    splitNotes: split.notes ?? [],
    duplicates: duplicatesAcross(ofRoles('feature'), frame.rows, split),
    // That a split by time differs in time is what was asked for.
    drifts: findDrifts(
      ofRoles('feature', 'target').filter(({ name }) => !by.has(name)),
      split,
    ),
    unit: unitOf[recipe.kind],
    features: numbers === undefined ? null : sizeOfInput(numbers),
    categories: encoded.flatMap(({ name, categories }) => (categories ? [{ name, ...categories }] : [])),
    beyond: beyondRange(summarized),
    outside: encoded.flatMap(({ name, outside }) => (outside ? [{ name, ...outside }] : [])),
    texts: encoded.flatMap(({ name, texts }) => (texts ? [{ name, ...texts }] : [])),
    empty: recipe.data.columns.flatMap(({ name, role }) =>
      role === 'feature' && !kept.has(name) ? [name] : [],
    ),
  }
}

/** What steps make of the numbers of a column, on the training split. */
function histogramsOf(
  passages: readonly Passage[],
  { train }: RowSplit,
): Pick<PreparedSummary, 'before' | 'after'> {
  const trained = (name: string, { values }: NumberColumn) => histogramOf(name, values, train)
  const columns = passages.flatMap(({ name, source, prepared }) =>
    source.kind === 'number'
      ? [{ before: trained(name, source), after: trained(name, prepared() as NumberColumn) }]
      : [],
  )
  return { before: columns.map(({ before }) => before), after: columns.map(({ after }) => after) }
}

function passagesOf({ frame, preparation }: Summarized): Passage[] {
  return preparation.columns.map(({ name, steps, encoder }): Passage => {
    const source = columnNamed(frame, name)
    let made: FrameColumn | null = null
    let said: EncodedEvidence | null = null
    const prepared = (): FrameColumn => (made ??= applySteps(source, steps))
    return { name, source, prepared, evidence: () => (said ??= evidenceOf(prepared, encoder)) }
  })
}

const countsOf = ({ preparation, split, data }: Summarized) => ({
  splits: { train: split.train.length, validation: split.validation.length, test: split.test.length },
  dropped: split.dropped,
  classes: classesOfTarget(preparation.target),
  classCounts: classCountsOf(preparation, split, data.targets),
})

/** What to be wary of. `recipe`: one that prepares alike; checks look at how it trains, too. */
export function checksOf(
  summarized: Summarized,
  recipe: Recipe,
  passages = passagesOf(summarized),
  counted = countsOf(summarized),
): Finding[] {
  const { split } = summarized
  const { classes } = counted
  const shown = counted.classCounts && shownCounts(counted.classCounts.train, recipe.imbalance)
  const sampled = shown
    ? [
        `An epoch shows ${formatCount(shown.reduce((sum, count) => sum + count, 0))} training rows: ${(
          classes ?? []
        )
          .slice(0, 10)
          .map((name, k) => `${formatCount(shown[k] ?? 0)} of ${name}`)
          .join(', ')}${(classes ?? []).length > 10 ? ', …' : ''}.`,
      ]
    : []
  const noted = { ...summarized, split: { ...split, notes: [...(split.notes ?? []), ...sampled] } }
  return findChecks({ ...counted, ...checkEvidence(noted, passages, recipe), recipe })
}

function channelsOf(preparation: Preparation): Pick<PreparedSummary, 'channels'> {
  const pixels = inputsOf(preparation).find((input) => input.kind === 'pixels')
  return pixels === undefined ? {} : { channels: pixels.channels }
}

function textsOf(
  { preparation, split }: Summarized,
  passages: readonly Passage[],
): Pick<PreparedSummary, 'texts'> {
  const texts = preparation.columns.flatMap((column, i) => {
    const { prepared, evidence } = passages[i]!
    return shownTexts(column, prepared, evidence().texts, split) ?? []
  })
  return texts.length === 0 ? {} : { texts }
}

/** `recipe`: as for `checksOf`. */
export function summarize(summarized: Summarized, recipe: Recipe): PreparedSummary {
  const { preparation, split } = summarized
  const [passages, counted] = [passagesOf(summarized), countsOf(summarized)]
  return {
    ...counted,
    classWeights: preparation.classWeights,
    features: featuresOf(preparation),
    ...channelsOf(preparation),
    ...(preparation.selection && { selection: preparation.selection }),
    ...histogramsOf(passages, split),
    ...textsOf(summarized, passages),
    warnings: checksOf(summarized, recipe, passages, counted),
  }
}
