import { z } from 'zod'
import { DescentError, type encoders, type OptionsOf } from '../../../contract/index.ts'
import type { NumberColumn } from '../../datasets/frame.ts'
import { normalQuantile } from '../normal.ts'
import { randomSource } from '../random.ts'
import { rowsOf, short } from '../words.ts'
import { defineEncoder } from './encoder.ts'
import { clamp } from './numeric.ts'

interface State extends Record<string, unknown> {
  /** Radians per unit, as float32. */
  frequencies: number[]
  indicator: boolean
}

/** A number as itself and as its place on waves of several lengths. */
export const periodic = defineEncoder<OptionsOf<typeof encoders, 'periodic'>, NumberColumn, State>({
  state: z.strictObject({ frequencies: z.array(z.number()).min(1), indicator: z.boolean() }),
  fit(column, rows, { frequencies, sigma, seed }) {
    const gaps = rows.reduce((count, row) => count + Number(Number.isNaN(column.values[row]!)), 0)
    if (gaps > 0)
      throw new DescentError(
        'badRecipe',
        `“${column.name}” has no value in ${rowsOf(gaps)} of the training split, and no step fills them in. Add the step “impute” to its group.`,
        'prepare',
      )
    const random = randomSource(seed)
    return {
      frequencies: Array.from({ length: frequencies }, () =>
        // Never 0, where the quantile is infinite. A sign would change nothing.
        Math.fround(2 * Math.PI * sigma * Math.abs(normalQuantile(random() + 2 ** -33))),
      ).sort((a, b) => a - b),
      indicator: column.marked === true,
    }
  },
  tensor: ({ frequencies, indicator }) => ({
    kind: 'numbers',
    width: 1 + 2 * frequencies.length + Number(indicator),
  }),
  features: (name, { formula, notes }, { frequencies, indicator }) => {
    const wave = (of: 'cos' | 'sin') =>
      frequencies.map((frequency) => ({
        name: `${name}, ${of} at ${short(frequency / (2 * Math.PI))}`,
        transform: [`${of} of ${short(frequency)} × ${formula}`, ...notes].join(', '),
      }))
    return [
      { name, transform: [formula, ...notes].join(', ') },
      ...wave('cos'),
      ...wave('sin'),
      ...(indicator ? [{ name: `${name} is missing`, transform: '1 where missing, else 0' }] : []),
    ]
  },
  write({ name, values, filled }, { frequencies, indicator }, { data, stride, offset }) {
    const count = frequencies.length
    let gaps = 0
    values.forEach((value, row) => {
      const at = row * stride + offset
      const x = Math.fround(clamp(value))
      if (Number.isNaN(x)) gaps++
      data[at] = x
      frequencies.forEach((frequency, i) => {
        // In float32, as an exported model computes it.
        const angle = Math.fround(clamp(x * frequency))
        data[at + 1 + i] = Math.cos(angle)
        data[at + 1 + count + i] = Math.sin(angle)
      })
      if (indicator && filled?.[row] === 1) data[at + 1 + 2 * count] = 1
    })
    return gaps === 0
      ? []
      : [
          `${name}: ${rowsOf(gaps)} have no value, and no step fills them in: their predictions are not numbers.`,
        ]
  },
  exportTo(nodes, { value, filled }, { frequencies, indicator }) {
    const angles = nodes.add('Mul', [value, nodes.number(frequencies, [1, frequencies.length])])
    const parts = [value, nodes.add('Cos', [angles]), nodes.add('Sin', [angles])]
    return nodes.add('Concat', [...parts, ...(indicator && filled !== undefined ? [filled] : [])], {
      axis: { int: 1 },
    })
  },
})
