/** What the Prepare step shows: split sizes, features, distributions before and after, and what to be wary of. */
import type { PreparedSummary, Recipe } from '../../contract/index.ts'
import type { Frame } from '../datasets/frame.ts'
import { findChecks, type EncodedCategories } from '../explore/checks/index.ts'
import { columnNamed, quantile } from './fit.ts'
import { histogramCounts, histogramEdges } from './histogram.ts'
import { featureNamesOf, type PreparedCategory, type PreparedColumn } from './preparation.ts'
import type { PreparedData } from './prepare-data.ts'
import type { RowSplit } from './split.ts'

const short = (value: number) => String(Number(value.toPrecision(4)))

/** What becomes of one source column's features, in words. */
function transformsOf(column: PreparedColumn): string[] {
  if (column.kind === 'category') {
    const absent =
      typeof column.missing === 'number' ? `, missing read as "${column.categories[column.missing]}"` : ''
    return featureNamesOf(column).map((_, i) => {
      if (i < column.categories.length)
        return `1 where "${column.categories[i]}"${i === column.missing ? absent : ''}, else 0`
      return column.other && i === column.categories.length
        ? '1 for any other category, else 0'
        : '1 where missing, else 0'
    })
  }
  const shifted =
    column.center === 0 ? 'x' : `(x ${column.center < 0 ? '+' : '−'} ${short(Math.abs(column.center))})`
  const scaled = column.scale === 1 ? shifted : `${shifted} / ${short(column.scale)}`
  return [
    `${scaled}, missing read as ${short(column.impute)}`,
    ...(column.indicator ? ['1 where missing, else 0'] : []),
  ]
}

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
export function classCountsOf(
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

const encodedCategories = (column: PreparedCategory): EncodedCategories => ({
  name: column.name,
  kept: column.categories.length,
  more: featureNamesOf(column).length - column.categories.length,
  shared: column.other,
})

export function summarise(frame: Frame, prepared: PreparedData, recipe: Recipe): PreparedSummary {
  const { preparation, split, data } = prepared
  const classes = preparation.target.kind === 'classes' ? preparation.target.classes : null
  const classCounts = classes === null ? null : classCountsOf(split, data.target, classes)
  const kept = new Set(preparation.columns.map(({ name }) => name))
  const before: PreparedSummary['before'] = []
  const after: PreparedSummary['after'] = []
  const features: PreparedSummary['features'] = []
  for (const column of preparation.columns) {
    const offset = features.length
    const transforms = transformsOf(column)
    featureNamesOf(column).forEach((name, i) =>
      features.push({ name, source: column.name, transform: transforms[i]! }),
    )
    const source = columnNamed(frame, column.name)
    if (source.kind !== 'number') continue
    before.push(
      histogramOf(
        column.name,
        Float64Array.from(split.train, (row) => source.values[row]!),
      ),
    )
    after.push(
      histogramOf(
        column.name,
        Float64Array.from(split.train, (row) => data.features[row * data.featureCount + offset]!),
      ),
    )
  }
  const counted = {
    splits: { train: split.train.length, validation: split.validation.length, test: split.test.length },
    dropped: split.dropped,
    classes,
    classCounts,
  }
  return {
    ...counted,
    classWeights: preparation.classWeights,
    features,
    before,
    after,
    warnings: findChecks({
      ...counted,
      recipe,
      unit: 'row',
      features: features.length,
      categories: preparation.columns.flatMap((column) =>
        column.kind === 'category' ? [encodedCategories(column)] : [],
      ),
      empty: recipe.data.columns
        .filter(({ name, role }) => role === 'feature' && !kept.has(name))
        .map(({ name }) => name),
      words: null,
    }),
  }
}
