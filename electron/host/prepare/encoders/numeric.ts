import { z } from 'zod'
import { DescentError } from '../../../contract/index.ts'
import type { NumberColumn } from '../../datasets/frame.ts'
import { rowsOf } from '../words.ts'
import { defineEncoder } from './encoder.ts'

const largestFloat32 = 3.4028234663852886e38
/** What float32 holds. */
export const clamp = (value: number): number => Math.min(Math.max(value, -largestFloat32), largestFloat32)

/** The column's number, and beside it 1 where it was filled in. */
export const numeric = defineEncoder<object, NumberColumn, { indicator: boolean }>({
  state: z.strictObject({ indicator: z.boolean() }),
  fit(column, rows) {
    const gaps = rows.reduce((count, row) => count + Number(Number.isNaN(column.values[row]!)), 0)
    if (gaps > 0)
      throw new DescentError(
        'badRecipe',
        `“${column.name}” has no value in ${rowsOf(gaps)} of the training split, and no step fills them in. Add the step “impute” to its group.`,
        'prepare',
      )
    return { indicator: column.marked === true }
  },
  tensor: ({ indicator }) => ({ kind: 'numbers', width: indicator ? 2 : 1 }),
  features: (name, { formula, notes }, { indicator }) => [
    { name, transform: [formula, ...notes].join(', ') },
    ...(indicator ? [{ name: `${name} is missing`, transform: '1 where missing, else 0' }] : []),
  ],
  write({ name, values, filled }, { indicator }, { data, stride, offset }) {
    let gaps = 0
    for (let row = 0; row < values.length; row++) {
      const value = values[row]!
      const at = row * stride + offset
      if (Number.isNaN(value)) gaps++
      data[at] = clamp(value)
      if (indicator && filled?.[row] === 1) data[at + 1] = 1
    }
    const imputed = filled?.reduce((sum, one) => sum + one, 0) ?? 0
    return [
      ...(imputed > 0 ? [`${name}: ${rowsOf(imputed)} without a value had one filled in.`] : []),
      ...(gaps > 0
        ? [
            `${name}: ${rowsOf(gaps)} have no value, and no step fills them in: their predictions are not numbers.`,
          ]
        : []),
    ]
  },
  exportTo(nodes, { value, filled }, { indicator }) {
    const held = nodes.add('Where', [
      nodes.add('IsNaN', [value]),
      value,
      nodes.add('Clip', [value, nodes.number(-largestFloat32), nodes.number(largestFloat32)]),
    ])
    return indicator && filled !== undefined
      ? nodes.add('Concat', [held, filled], { axis: { int: 1 } })
      : held
  },
})
