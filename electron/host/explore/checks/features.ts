/** Checks of what columns have become. */
import { fixes, formatCount, oneHot, plural, type checks, type Fix } from '../../../contract/index.ts'
import { listed, type Rules } from '../findings.ts'
import type { CheckEvidence, EncodedCategories } from './evidence.ts'

/** Features of a column whose categories beyond `most` share one. */
const widthWith = ({ kept, more, shared }: EncodedCategories, most: number): number =>
  kept <= most ? kept + more : most + more + (shared ? 0 : 1)

/** The most categories with which there are no more features than `wanted`; null: none would do. */
export function categoriesFor(
  features: number,
  categories: readonly EncodedCategories[],
  wanted: number,
): number | null {
  const now = categories.reduce((sum, { kept, more }) => sum + kept + more, 0)
  const featuresWith = (most: number) =>
    features - now + categories.reduce((sum, column) => sum + widthWith(column, most), 0)
  const widest = Math.max(0, ...categories.map(({ kept }) => kept))
  const { least = 1 } = oneHot.options.maxCategories
  for (let most = widest - 1; most >= least; most--) if (featuresWith(most) <= wanted) return most
  return null
}

/** The column that most of the features come from, where it is one of categories. */
function widest(features: number, categories: readonly EncodedCategories[]): Fix[] {
  const [first] = categories.toSorted((a, b) => b.kept - a.kept)
  return first !== undefined && first.kept > features / 2 ? [fixes.ignoreOne(first.name)] : []
}

export const featureChecks = {
  moreFeaturesThanRows: ({ features, categories, splits: { train } }, { ratio }) => {
    if (features === null || features <= ratio * train) return []
    const most = categoriesFor(features, categories, ratio * train)
    return [
      {
        columns: [],
        message: `There are more features (${formatCount(features)}) than training rows (${formatCount(train)}): the network can learn them by heart. Use fewer columns or categories.`,
        evidence: { features, rows: train },
        fixes: [...(most === null ? [] : [fixes.limitCategories(most)]), ...widest(features, categories)],
      },
    ]
  },

  emptyInTraining: ({ empty }) =>
    empty.map((column) => ({
      columns: [column],
      message: `“${column}” has no value in the training rows, and is left out.`,
      evidence: {},
      fixes: [fixes.ignore(column)],
    })),

  outsideLevels: ({ outside, unit }) =>
    outside.map(({ name, values, rows }) => ({
      columns: [name],
      message: `“${name}”: ${plural(rows, unit)} ${rows === 1 ? 'has a value that is' : 'have values that are'} none of its levels (${listed(values)}), and ${rows === 1 ? 'is' : 'are'} encoded as the training rows are on average. Add ${values.length === 1 ? 'it' : 'them'} to its order, or correct ${values.length === 1 ? 'it' : 'them'}.`,
      evidence: { rows, values: values.length },
    })),

  sharedCategories: ({ categories }) =>
    categories
      .filter(({ shared }) => shared)
      .map(({ name, kept }) => ({
        columns: [name],
        message: `“${name}” has more than ${formatCount(kept)} categories: the rarer ones share one feature.`,
        evidence: { kept },
      })),
} satisfies Partial<Rules<typeof checks, CheckEvidence>>
