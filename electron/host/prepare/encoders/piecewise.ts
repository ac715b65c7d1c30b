import { z } from 'zod'
import { DescentError, type encoders, type OptionsOf } from '../../../contract/index.ts'
import type { NumberColumn } from '../../datasets/frame.ts'
import { presentNumbers, quantile } from '../statistics.ts'
import { rowsOf, short } from '../words.ts'
import { exportCentered } from '../centered.ts'
import { defineEncoder } from './encoder.ts'

interface State extends Record<string, unknown> {
  /** Ascending, each once: of n bins n + 1. */
  edges: number[]
  indicator: boolean
}

/** How far a value has come through each bin; the outer bins go on beyond their ends. */
function passed(edges: readonly number[], bin: number, value: number): number {
  const [low, high] = [edges[bin]!, edges[bin + 1]!]
  if (high === low) return 0
  const part = (value - low) / (high - low)
  if (part < 0 && bin > 0) return 0
  return part > 1 && bin < edges.length - 2 ? 1 : part
}

/** A number as how far it has come through bins of equally many training values. */
export const piecewise = defineEncoder<OptionsOf<typeof encoders, 'piecewise'>, NumberColumn, State>({
  state: z.strictObject({ edges: z.array(z.number()).min(2), indicator: z.boolean() }),
  fit(column, rows, { bins }) {
    const gaps = rows.reduce((count, row) => count + Number(Number.isNaN(column.values[row]!)), 0)
    if (gaps > 0)
      throw new DescentError(
        'badRecipe',
        `“${column.name}” has no value in ${rowsOf(gaps)} of the training split, and no step fills them in. Add the step “impute” to its group.`,
        'prepare',
      )
    const sorted = presentNumbers(column, rows).sorted
    const found =
      sorted.length === 0 ? [0] : Array.from({ length: bins + 1 }, (_, i) => quantile(sorted, i / bins))
    const edges = [...new Set(found)].sort((a, b) => a - b)
    return { edges: edges.length < 2 ? [edges[0]!, edges[0]!] : edges, indicator: column.marked === true }
  },
  tensor: ({ edges, indicator }) => ({ kind: 'numbers', width: edges.length - 1 + Number(indicator) }),
  features: (name, { formula, notes }, { edges, indicator }) => [
    ...edges.slice(0, -1).map((low, bin) => ({
      name: `${name} from ${short(low)} to ${short(edges[bin + 1]!)}`,
      transform: [`how far ${formula} has come through the bin, 0 to 1`, ...notes].join(', '),
    })),
    ...(indicator ? [{ name: `${name} is missing`, transform: '1 where missing, else 0' }] : []),
  ],
  write({ name, values, filled }, { edges, indicator }, { data, stride, offset }) {
    let gaps = 0
    const bins = edges.length - 1
    values.forEach((value, row) => {
      const at = row * stride + offset
      if (Number.isNaN(value)) gaps++
      for (let bin = 0; bin < bins; bin++) data[at + bin] = Math.fround(passed(edges, bin, value))
      if (indicator && filled?.[row] === 1) data[at + bins] = 1
    })
    return gaps === 0
      ? []
      : [
          `${name}: ${rowsOf(gaps)} have no value, and no step fills them in: their predictions are not numbers.`,
        ]
  },
  exportTo(nodes, { value, filled }, { edges, indicator }) {
    const bins = edges.length - 1
    const each = (of: (bin: number) => number): string =>
      nodes.number(
        Array.from({ length: bins }, (_, bin) => of(bin)),
        [1, bins],
      )
    const width = (bin: number): number => edges[bin + 1]! - edges[bin]!
    const part = nodes.add('Div', [
      exportCentered(nodes, value, edges.slice(0, bins), [1, bins]),
      each((bin) => width(bin) || 1),
    ])
    const flat = each((bin) => (width(bin) === 0 ? 0 : 1))
    const least = each((bin) => (bin === 0 ? -3e38 : 0))
    const most = each((bin) => (bin === bins - 1 ? 3e38 : 1))
    const held = nodes.add('Mul', [nodes.add('Min', [nodes.add('Max', [part, least]), most]), flat])
    return indicator && filled !== undefined
      ? nodes.add('Concat', [held, filled], { axis: { int: 1 } })
      : held
  },
})
