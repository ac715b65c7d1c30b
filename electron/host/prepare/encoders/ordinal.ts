import { z } from 'zod'
import type { encoders, OptionsOf } from '../../../contract/index.ts'
import type { CategoryColumn } from '../../datasets/frame.ts'
import { countCodes, rankedCodes } from '../steps/categories.ts'
import { rowsOf } from '../words.ts'
import { defineEncoder } from './encoder.ts'
import { levelsOf } from './levels.ts'

interface State extends Record<string, unknown> {
  /** In their order. */
  categories: string[]
  missing: boolean
}

/** Of what is missing or unknown: the middle, which says least. */
const middle = 0.5
const placesOf = ({ categories }: State): Map<string, number> =>
  new Map(categories.map((name, i) => [name, categories.length < 2 ? middle : i / (categories.length - 1)]))

/** A category as its place in the order, from 0 to 1. */
export const ordinal = defineEncoder<OptionsOf<typeof encoders, 'ordinal'>, CategoryColumn, State>({
  state: z.strictObject({ categories: z.array(z.string()).min(1), missing: z.boolean() }),
  fit(column, rows, { order, missing }) {
    const counted = countCodes(column, rows)
    const names = rankedCodes(counted).map((code) => column.categories[code]!)
    const ordered = { sorted: () => [...levelsOf(column, names)], frequency: () => names.toReversed() }[
      order
    ]()
    return { categories: ordered.length > 0 ? ordered : [''], missing: missing && counted.missing > 0 }
  },
  tensor: ({ missing }) => ({ kind: 'numbers', width: missing ? 2 : 1 }),
  features: (name, { notes }, { categories, missing }) => [
    {
      name,
      transform: [
        `place among ${categories.length} categories, from ${categories[0]} = 0 to ${categories.at(-1)} = 1`,
        ...notes,
      ].join(', '),
    },
    ...(missing ? [{ name: `${name} is missing`, transform: '1 where missing, else 0' }] : []),
  ],
  write({ name, codes, categories }, state, { data, stride, offset }) {
    const places = placesOf(state)
    const valueOf = categories.map((category) => places.get(category))
    let unseen = 0
    codes.forEach((code, row) => {
      const value = code === -1 ? undefined : valueOf[code]
      if (code !== -1 && value === undefined) unseen++
      data[row * stride + offset] = value ?? middle
      if (state.missing && code === -1) data[row * stride + offset + 1] = 1
    })
    return unseen === 0
      ? []
      : [`${name}: ${rowsOf(unseen)} with categories that were not in the training data stand in the middle.`]
  },
  exportTo(nodes, { value }, state) {
    const label = (keys: string[], values: number[], otherwise: number): string =>
      nodes.add('ai.onnx.ml.LabelEncoder', [value], {
        keys_strings: { strings: keys },
        values_floats: { floats: values },
        default_float: { float: otherwise },
      })
    const places = placesOf(state)
    const place = label([...places.keys()], [...places.values()], middle)
    return state.missing ? nodes.add('Concat', [place, label([''], [1], 0)], { axis: { int: 1 } }) : place
  },
})
