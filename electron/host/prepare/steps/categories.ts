/** Steps on columns of categories. */
import { z } from 'zod'
import type { OnnxNodes } from '../../../../engine/index.ts'
import type { OptionsOf, preparationSteps } from '../../../contract/index.ts'
import type { CategoryColumn } from '../../datasets/frame.ts'
import { defineStep } from './step.ts'

/** How often each category is there in these rows, and how often none is. */
export function countCodes(
  { codes, categories }: CategoryColumn,
  rows: Int32Array,
): { readonly counts: Int32Array; readonly missing: number } {
  const counts = new Int32Array(categories.length)
  let missing = 0
  for (const row of rows) {
    const code = codes[row]!
    if (code === -1) missing++
    else counts[code]!++
  }
  return { counts, missing }
}

/** Those that are there in these rows, most frequent first; of equals the one that came first. */
export function rankedCodes({ counts }: Pick<ReturnType<typeof countCodes>, 'counts'>): number[] {
  const seen = [...counts.keys()].filter((code) => counts[code]! > 0)
  return seen.sort((a, b) => counts[b]! - counts[a]! || a - b)
}

/** The column with each category as another one; null: missing. `absent`: what a missing one becomes. */
function renamed(
  column: CategoryColumn,
  rename: (category: string) => string,
  absent: string | null,
): CategoryColumn {
  const categories: string[] = []
  const known = new Map<string, number>()
  const codeOf = (category: string): number => {
    const code = known.get(category) ?? categories.push(category) - 1
    known.set(category, code)
    return code
  }
  const codes = column.categories.map((category) => codeOf(rename(category)))
  const missing = absent === null ? -1 : codeOf(absent)
  return { ...column, categories, codes: column.codes.map((code) => (code === -1 ? missing : codes[code]!)) }
}

/** 1 for the words in the list, 0 for others. */
export const isOneOf = (nodes: OnnxNodes, value: string, words: readonly string[]): string =>
  nodes.add(
    'Cast',
    [
      nodes.add('ai.onnx.ml.LabelEncoder', [value], {
        keys_strings: { strings: words },
        values_int64s: { ints: words.map(() => 1) },
        default_int64: { int: 0 },
      }),
    ],
    { to: { int: 9 } },
  )

export const fillMode = defineStep<object, CategoryColumn, { category: string | null }>({
  state: z.strictObject({
    /** Stands in for a missing one; null: the training split had none. */
    category: z.string().nullable(),
  }),
  fit: (column, rows) => {
    const [mode] = rankedCodes(countCodes(column, rows))
    return { category: mode === undefined ? null : column.categories[mode]! }
  },
  apply: (column, { category }) => (category === null ? column : renamed(column, (name) => name, category)),
  describe: ({ category }) => (category === null ? {} : { note: `missing read as "${category}"` }),
  exportTo: (nodes, column, { category }) =>
    category === null
      ? column
      : {
          ...column,
          value: nodes.add('Where', [isOneOf(nodes, column.value, ['']), nodes.word(category), column.value]),
        },
})

/** What rare categories are read as. */
const rare = '(rare)'

export const mergeRare = defineStep<
  OptionsOf<typeof preparationSteps, 'mergeRare'>,
  CategoryColumn,
  { kept: string[] }
>({
  state: z.strictObject({ kept: z.array(z.string()) }),
  fit(column, rows, { least }) {
    const counted = countCodes(column, rows)
    const present = rows.length - counted.missing
    const kept = rankedCodes(counted).filter((code) => counted.counts[code]! >= least * present)
    return { kept: kept.map((code) => column.categories[code]!) }
  },
  apply(column, { kept }) {
    const known = new Set(kept)
    return renamed(column, (name) => (known.has(name) ? name : rare), null)
  },
  describe: ({ kept }) => ({ note: `all but ${kept.length === 1 ? 'one' : kept.length} read as ${rare}` }),
  exportTo: (nodes, column, { kept }) => ({
    ...column,
    value: nodes.add('Where', [isOneOf(nodes, column.value, ['', ...kept]), column.value, nodes.word(rare)]),
  }),
})
