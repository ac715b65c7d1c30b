import { z } from 'zod'
import { plural, type encoders, type OptionsOf } from '../../../contract/index.ts'
import type { CategoryColumn } from '../../datasets/frame.ts'
import { randomSource, shuffle } from '../random.ts'
import { rowsOf } from '../words.ts'
import { defineEncoder } from './encoder.ts'

type Options = OptionsOf<typeof encoders, 'targetMeans'>
interface State extends Record<string, unknown> {
  categories: string[]
  /** Of each target or class: its mean for each category, and last that of all rows. */
  means: number[][]
}

/** Of the categories in these rows, the means of each target; -1, missing, is a category as well. */
function meansOf({ codes }: CategoryColumn, rows: Int32Array, target: Float32Array, smooth: number) {
  const sums = new Map<number, { count: number; sum: number; squares: number }>()
  let [total, squares] = [0, 0]
  for (const row of rows) {
    const value = target[row]!
    total += value
    squares += value * value
    const own = sums.get(codes[row]!) ?? { count: 0, sum: 0, squares: 0 }
    own.count++
    own.sum += value
    own.squares += value * value
    sums.set(codes[row]!, own)
  }
  const mean = total / rows.length
  const variance = Math.max(0, squares / rows.length - mean * mean)
  const of = new Map(
    [...sums].map(([code, { count, sum, squares: ofCode }]) => {
      const own = sum / count
      const spread = Math.max(0, ofCode - sum * own)
      // As scikit-learn's `smooth="auto"`: the less a category's rows agree, the more it is drawn to all.
      const trust =
        variance * count + spread / count === 0 ? 1 : (variance * count) / (variance * count + spread / count)
      const value = smooth === 0 ? trust * own + (1 - trust) * mean : (sum + smooth * mean) / (count + smooth)
      return [code, value] as const
    }),
  )
  return { mean, of }
}

/** A category as the mean of the target where it is: of each class its share. */
export const targetMeans = defineEncoder<Options, CategoryColumn, State>({
  state: z.strictObject({ categories: z.array(z.string()), means: z.array(z.array(z.number())).min(1) }),
  fit(column, rows, { smooth }, { targets }) {
    const learned = targets.map((target) => meansOf(column, rows, target, smooth))
    const known = [...new Set(Array.from(rows, (row) => column.codes[row]!))].sort((a, b) => a - b)
    return {
      // The empty one is what is missing.
      categories: known.map((code) => (code === -1 ? '' : column.categories[code]!)),
      means: learned.map(({ mean, of }) => [...known.map((code) => of.get(code)!), mean].map(Math.fround)),
    }
  },
  tensor: ({ means }) => ({ kind: 'numbers', width: means.length }),
  features: (name, { notes }, { categories, means }) =>
    means.map((_, i) => ({
      name: means.length === 1 ? `${name} (target)` : `${name} (target ${i + 1})`,
      transform: [
        `mean of the target for each of ${plural(categories.length, 'category', 'categories')}`,
        ...notes,
      ].join(', '),
    })),
  write({ name, codes, categories }, state, { data, stride, offset }) {
    const places = new Map(state.categories.map((category, place) => [category, place]))
    const placeOf = (code: number): number | undefined => places.get(code === -1 ? '' : categories[code]!)
    let unseen = 0
    codes.forEach((code, row) => {
      const place = placeOf(code)
      if (place === undefined && code !== -1) unseen++
      state.means.forEach((means, i) => (data[row * stride + offset + i] = means[place ?? means.length - 1]!))
    })
    return unseen === 0
      ? []
      : [
          `${name}: ${rowsOf(unseen)} with categories that were not in the training data have the mean of all.`,
        ]
  },
  /** Each training row by the means of rows in other folds: else its own target would stand in its features. */
  crossFit(column, rows, { folds, smooth }, { targets }, { data, stride, offset }) {
    const dealt = rows.slice()
    shuffle(dealt, randomSource(0))
    const count = Math.min(folds, rows.length)
    for (let fold = 0; fold < count; fold++) {
      const others = dealt.filter((_, i) => i % count !== fold)
      targets.forEach((target, k) => {
        // One row alone has no others: it has the mean that was fitted.
        if (others.length === 0) {
          data[dealt[fold]! * stride + offset + k] = meansOf(column, rows, target, smooth).mean
          return
        }
        const { mean, of } = meansOf(column, others, target, smooth)
        for (let i = fold; i < dealt.length; i += count)
          data[dealt[i]! * stride + offset + k] = of.get(column.codes[dealt[i]!]!) ?? mean
      })
    }
  },
  exportTo(nodes, { value }, { categories, means }) {
    const features = means.map((all) =>
      nodes.add('ai.onnx.ml.LabelEncoder', [value], {
        keys_strings: { strings: categories.length > 0 ? categories : [''] },
        values_floats: { floats: categories.length > 0 ? all.slice(0, -1) : [all.at(-1)!] },
        default_float: { float: all.at(-1)! },
      }),
    )
    return features.length === 1 ? features[0]! : nodes.add('Concat', features, { axis: { int: 1 } })
  },
})
