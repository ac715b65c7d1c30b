import { z } from 'zod'
import type { encoders, OptionsOf } from '../../../contract/index.ts'
import type { CategoryColumn } from '../../datasets/frame.ts'
import { countCodes, rankedCodes } from '../steps/categories.ts'
import { rowsOf } from '../words.ts'
import { defineEncoder } from './encoder.ts'
import { levelsOf } from './levels.ts'

interface State extends Record<string, unknown> {
  /** From the lowest on. */
  levels: string[]
  /** Of each level but the lowest, the share of training rows that reach it: what is unknown or missing is as these. */
  shares: number[]
  missing: boolean
}

const widthOf = ({ shares, missing }: State): number => shares.length + Number(missing)

/** A level as so many ones, and zeros behind them. */
export const thermometer = defineEncoder<OptionsOf<typeof encoders, 'thermometer'>, CategoryColumn, State>({
  state: z.strictObject({
    levels: z.array(z.string()).min(1),
    shares: z.array(z.number().min(0).max(1)),
    missing: z.boolean(),
  }),
  fit(column, rows, { missing }) {
    const counted = countCodes(column, rows)
    const names = rankedCodes(counted).map((code) => column.categories[code]!)
    const levels = [...levelsOf(column, names)]
    const counts = levels.map((level) => counted.counts[column.categories.indexOf(level)] ?? 0)
    const known = counts.reduce((sum, count) => sum + count, 0)
    let reached = known
    const shares = counts.slice(1).map((_, k) => (reached -= counts[k]!) / Math.max(1, known))
    // A column of nothing but gaps adds no feature.
    return {
      levels: levels.length > 0 ? levels : [''],
      shares: known > 0 ? shares : [],
      missing: missing && counted.missing > 0 && known > 0,
    }
  },
  tensor: (state) => ({ kind: 'numbers', width: widthOf(state) }),
  features: (name, { notes }, { levels, shares, missing }) => [
    ...shares.map((_, k) => {
      const level = levels[k + 1]!
      const reaches = shares.length === 1 ? `"${level}"` : `"${level}" or above`
      return {
        name: `${name} ${shares.length === 1 ? '=' : '≥'} ${level}`,
        transform: [`1 where ${reaches}, else 0`, ...notes].join(', '),
      }
    }),
    ...(missing ? [{ name: `${name} is missing`, transform: '1 where missing, else 0' }] : []),
  ],
  write({ name, codes, categories }, { levels, shares, missing }, { data, stride, offset }) {
    const place = new Map(levels.map((level, k) => [level, k]))
    const placeOf = categories.map((category) => place.get(category))
    let unseen = 0
    codes.forEach((code, row) => {
      const at = row * stride + offset
      const reached = code === -1 ? undefined : placeOf[code]
      if (code !== -1 && reached === undefined) unseen++
      shares.forEach((share, k) => {
        data[at + k] = reached === undefined ? share : Number(reached > k)
      })
      if (missing && code === -1) data[at + shares.length] = 1
    })
    return unseen === 0
      ? []
      : [
          `${name}: ${rowsOf(unseen)} with values that are none of its levels (${levels.slice(0, 8).join(', ')}${levels.length > 8 ? ', …' : ''}); they are encoded as the training rows are on average.`,
        ]
  },
  evidence({ codes, categories }, { levels }) {
    const known = new Set(levels)
    const outside = categories.map((category) => !known.has(category))
    const counts = new Map<string, number>()
    for (const code of codes)
      if (code !== -1 && outside[code])
        counts.set(categories[code]!, (counts.get(categories[code]!) ?? 0) + 1)
    const rows = [...counts.values()].reduce((sum, count) => sum + count, 0)
    return rows === 0 ? {} : { outside: { values: [...counts.keys()], rows } }
  },
  exportTo(nodes, { value }, { levels, shares, missing }) {
    const label = (keys: readonly string[], values: number[], otherwise: number): string =>
      nodes.add('ai.onnx.ml.LabelEncoder', [value], {
        keys_strings: { strings: keys },
        values_floats: { floats: values },
        default_float: { float: otherwise },
      })
    const features = shares.map((share, k) =>
      label(
        levels,
        levels.map((_, at) => Number(at > k)),
        share,
      ),
    )
    const all = missing ? [...features, label([''], [1], 0)] : features
    return all.length === 1 ? all[0]! : nodes.add('Concat', all, { axis: { int: 1 } })
  },
})
