import { z } from 'zod'
import type { encoders, OptionsOf } from '../../../contract/index.ts'
import type { CategoryColumn } from '../../datasets/frame.ts'
import { countCodes, rankedCodes } from '../steps/categories.ts'
import { rowsOf } from '../words.ts'
import { defineEncoder } from './encoder.ts'

interface State extends Record<string, unknown> {
  categories: string[]
  other: boolean
  missing: boolean
}

/** Where in the column's features a category stands, an unknown one, and a missing one; -1: nowhere. */
const placesOf = ({ categories, other, missing }: State) => ({
  known: new Map(categories.map((category, index) => [category, index])),
  other: other ? categories.length : -1,
  missing: missing ? categories.length + Number(other) : -1,
})
const widthOf = ({ categories, other, missing }: State): number =>
  categories.length + Number(other) + Number(missing)

/** A 0/1 feature for each category, most frequent first. */
export const oneHot = defineEncoder<OptionsOf<typeof encoders, 'oneHot'>, CategoryColumn, State>({
  state: z.strictObject({
    categories: z.array(z.string()),
    /** Rarer and unseen categories share one more feature; without it they are all zeros. */
    other: z.boolean(),
    /** Absence has a feature of its own; without it all features are zero. */
    missing: z.boolean(),
  }),
  fit(column, rows, { maxCategories, missing }) {
    const counted = countCodes(column, rows)
    const ranked = rankedCodes(counted)
    const kept = ranked.slice(0, maxCategories)
    return {
      categories: kept.map((code) => column.categories[code]!),
      other: ranked.length > kept.length,
      missing: missing && counted.missing > 0,
    }
  },
  tensor: (state) => ({ kind: 'numbers', width: widthOf(state) }),
  features: (name, { notes }, { categories, other, missing }) => {
    const noted = (text: string): string => [text, ...notes].join(', ')
    return [
      ...categories.map((category) => ({
        name: `${name} = ${category}`,
        transform: noted(`1 where "${category}", else 0`),
      })),
      ...(other ? [{ name: `${name} = (other)`, transform: noted('1 for any other category, else 0') }] : []),
      ...(missing ? [{ name: `${name} is missing`, transform: '1 where missing, else 0' }] : []),
    ]
  },
  write({ name, codes, categories }, state, { data, stride, offset }) {
    const places = placesOf(state)
    const featureOf = Int32Array.from(categories, (category) => places.known.get(category) ?? places.other)
    let unseen = 0
    for (let row = 0; row < codes.length; row++) {
      const code = codes[row]!
      const feature = code === -1 ? places.missing : featureOf[code]!
      if (feature !== -1) data[row * stride + offset + feature] = 1
      else if (code !== -1) unseen++
    }
    return unseen === 0
      ? []
      : [
          `${name}: ${rowsOf(unseen)} with categories that were not in the training data; their features are all 0.`,
        ]
  },
  evidence: (_, { categories, other, missing }) => ({
    categories: { kept: categories.length, more: Number(other) + Number(missing), shared: other },
  }),
  exportTo(nodes, { value }, state) {
    const places = placesOf(state)
    const width = widthOf(state)
    // What has no feature goes to one behind the last, which is cut off again.
    const at = (place: number): number => (place === -1 ? width : place)
    const index = nodes.add('ai.onnx.ml.LabelEncoder', [value], {
      keys_strings: { strings: ['', ...state.categories] },
      values_int64s: { ints: [at(places.missing), ...places.known.values()] },
      default_int64: { int: at(places.other) },
    })
    const flat = nodes.add('Reshape', [index, nodes.list([-1])])
    const hot = nodes.add('OneHot', [flat, nodes.list([width + 1]), nodes.number([0, 1], [2])])
    return nodes.add('Slice', [hot, nodes.list([0]), nodes.list([width]), nodes.list([1])])
  },
})
