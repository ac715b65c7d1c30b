/** What the Prepare step shows: split sizes, features, distributions before and after, and what to be wary of. */
import type { PreparedSummary, Recipe } from '../../contract/index.ts'
import type { Frame, NumberColumn } from '../datasets/frame.ts'
import { columnNamed } from './fit.ts'
import { histogramCounts, histogramEdges } from './histogram.ts'
import { featuresOfColumn, type Preparation } from './preparation.ts'
import type { RowSplit } from './split.ts'
import { quantile } from './statistics.ts'
import { applySteps } from './steps/index.ts'

function histogramOf(column: string, values: Float64Array | Float32Array) {
  const sorted = Float64Array.from(values)
    .filter((value) => !Number.isNaN(value))
    .sort()
  const spread =
    sorted.length === 0
      ? { min: 0, max: 0, q25: 0, q75: 0, count: 0 }
      : {
          min: sorted[0]!,
          max: sorted[sorted.length - 1]!,
          q25: quantile(sorted, 0.25),
          q75: quantile(sorted, 0.75),
          count: sorted.length,
        }
  const edges = histogramEdges(spread)
  return { column, histogram: { edges, counts: histogramCounts(sorted, edges) } }
}

/** Per split, rows of each class. */
function classCountsOf(
  split: RowSplit,
  targets: ArrayLike<number> | null,
  classes: readonly string[],
): NonNullable<PreparedSummary['classCounts']> {
  const countIn = (rows: Int32Array) => {
    const counts = new Array<number>(classes.length).fill(0)
    for (const row of rows) {
      const code = targets?.[row] ?? -1
      if (code >= 0) counts[code]!++
    }
    return counts
  }
  return { train: countIn(split.train), validation: countIn(split.validation), test: countIn(split.test) }
}

const fewTrainRows = 100

const fewRowsWarning = (trainRows: number): string[] =>
  trainRows < fewTrainRows
    ? [`Only ${trainRows} rows are left for training: expect the results to depend much on the split.`]
    : []

function absentClasses(
  classes: readonly string[],
  counts: NonNullable<PreparedSummary['classCounts']>,
): string[] {
  return (['train', 'validation', 'test'] as const).flatMap((part) => {
    const absent = classes.filter((_, i) => counts[part][i] === 0)
    if (absent.length === 0) return []
    const which = absent.length === 1 ? 'class' : 'the classes'
    return [
      `The ${part} split has no row of ${which} ${absent.slice(0, 5).join(', ')}: too few rows of it, or no stratification.`,
    ]
  })
}

interface Summarized {
  readonly frame: Frame
  readonly recipe: Recipe
  readonly preparation: Preparation
  readonly split: RowSplit
  readonly data: { readonly targets: ArrayLike<number> }
  readonly notes: readonly string[]
}

/** Features with the columns they come from. */
const featuresOf = ({ columns }: Preparation): PreparedSummary['features'] =>
  columns.flatMap((column) =>
    featuresOfColumn(column).map((feature) => ({ ...feature, source: column.name })),
  )

/** Decisions over what was prepared; the sentences the user reads. */
function warningsOf(
  { recipe, preparation, split, notes }: Summarized,
  counts: PreparedSummary['classCounts'],
): string[] {
  const { target, trainRows, columns } = preparation
  const features = featuresOf(preparation).length
  const kept = new Set(columns.map(({ name }) => name))
  const absent = recipe.data.columns.filter(({ role, name }) => role === 'feature' && !kept.has(name))
  return [
    ...(split.dropped > 0
      ? [
          `${split.dropped} ${split.dropped === 1 ? 'row has' : 'rows have'} no target and ${split.dropped === 1 ? 'is' : 'are'} left out.`,
        ]
      : []),
    ...fewRowsWarning(trainRows),
    ...(features > trainRows
      ? [
          `There are more features (${features}) than training rows (${trainRows}): the network can learn them by heart. Use fewer columns or categories.`,
        ]
      : []),
    ...(absent.length > 0
      ? [`Without a value in the training rows, and left out: ${absent.map(({ name }) => name).join(', ')}.`]
      : []),
    ...(counts !== null && target.kind === 'classes' ? absentClasses(target.classes, counts) : []),
    ...columns.flatMap(({ name, encoder }) =>
      encoder.other === true && Array.isArray(encoder.categories)
        ? [
            `"${name}" has more than ${encoder.categories.length} categories: the rarer ones share one feature.`,
          ]
        : [],
    ),
    ...notes.filter((note) => / texts (is|are) longer /.test(note)),
  ]
}

/** What steps make of the numbers of a column, on the training split. */
function histogramsOf({ frame, preparation, split }: Summarized): Pick<PreparedSummary, 'before' | 'after'> {
  const trained = (name: string, { values }: NumberColumn) =>
    histogramOf(
      name,
      Float64Array.from(split.train, (row) => values[row]!),
    )
  const columns = preparation.columns.flatMap(({ name, steps }) => {
    const source = columnNamed(frame, name)
    const prepared = applySteps(source, steps)
    return source.kind === 'number' && prepared.kind === 'number'
      ? [{ before: trained(name, source), after: trained(name, prepared) }]
      : []
  })
  return { before: columns.map(({ before }) => before), after: columns.map(({ after }) => after) }
}

export function summarize(summarized: Summarized): PreparedSummary {
  const { preparation, split, data } = summarized
  const classes = preparation.target.kind === 'classes' ? preparation.target.classes : null
  const classCounts = classes === null ? null : classCountsOf(split, data.targets, classes)
  return {
    splits: { train: split.train.length, validation: split.validation.length, test: split.test.length },
    dropped: split.dropped,
    classes,
    classCounts,
    classWeights: preparation.classWeights,
    features: featuresOf(preparation),
    ...histogramsOf(summarized),
    warnings: warningsOf(summarized, classCounts),
  }
}
