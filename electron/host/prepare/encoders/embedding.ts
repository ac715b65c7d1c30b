import { z } from 'zod'
import type { encoders, OptionsOf } from '../../../contract/index.ts'
import type { CategoryColumn } from '../../datasets/frame.ts'
import { countCodes, rankedCodes } from '../steps/categories.ts'
import { rowsOf } from '../words.ts'
import { defineEncoder } from './encoder.ts'

/** Codes of what is no category of the list; categories follow. */
const unknown = 0
const absent = 1
const special = 2

/** A category as its number, of which the network learns a vector. */
export const embedding = defineEncoder<
  OptionsOf<typeof encoders, 'embedding'>,
  CategoryColumn,
  { categories: string[] }
>({
  state: z.strictObject({ categories: z.array(z.string()) }),
  fit(column, rows, { minCount }) {
    const counted = countCodes(column, rows)
    const kept = rankedCodes(counted).filter((code) => counted.counts[code]! >= minCount)
    return { categories: kept.map((code) => column.categories[code]!) }
  },
  tensor: ({ categories }) => ({ kind: 'codes', sizes: [categories.length + special] }),
  features: (name, _, { categories }) => [
    {
      name,
      transform: `a vector for each of ${categories.length} categories, one for all others, one for missing`,
    },
  ],
  write({ name, codes, categories }, state, { data, stride, offset }) {
    const known = new Map(state.categories.map((category, index) => [category, index + special]))
    const codeOf = Int32Array.from(categories, (category) => known.get(category) ?? unknown)
    let unseen = 0
    for (let row = 0; row < codes.length; row++) {
      const code = codes[row]!
      const own = code === -1 ? absent : codeOf[code]!
      if (own === unknown) unseen++
      data[row * stride + offset] = own
    }
    return unseen === 0
      ? []
      : [`${name}: ${rowsOf(unseen)} with rare or unknown categories share one vector.`]
  },
  exportTo: (nodes, { value }, { categories }) =>
    nodes.add('ai.onnx.ml.LabelEncoder', [value], {
      keys_strings: { strings: ['', ...categories] },
      values_int64s: { ints: [absent, ...categories.map((_, index) => index + special)] },
      default_int64: { int: unknown },
    }),
})
