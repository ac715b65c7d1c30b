/** Steps on columns of numbers. What they learn, they learn of values that were there: those filled in do not count. */
import { z } from 'zod'
import type { OptionsOf, preparationSteps } from '../../../contract/index.ts'
import type { NumberColumn } from '../../datasets/frame.ts'
import { presentNumbers, usableScale, type Numbers } from '../statistics.ts'
import { shifted, short } from '../words.ts'
import { exportCentered } from '../centered.ts'
import { defineStep } from './step.ts'

export function mapped(column: NumberColumn, change: (value: number) => number): NumberColumn {
  const values = new Float64Array(column.values.length)
  for (let row = 0; row < values.length; row++) values[row] = change(column.values[row]!)
  return { ...column, values }
}

const affineState = z.strictObject({ center: z.number(), scale: z.number() })
type Affine = z.infer<typeof affineState>

/** (x − center) / scale. `learn` gets the training values, at least one. */
const affine = (learn: (values: Numbers) => Affine) =>
  defineStep<object, NumberColumn, Affine>({
    state: affineState,
    fit(column, rows) {
      const values = presentNumbers(column, rows)
      if (values.count === 0) return { center: 0, scale: 1 }
      const { center, scale } = learn(values)
      return { center, scale: usableScale(scale) }
    },
    apply(column, { center, scale }) {
      // Not by `mapped`: a function that differs from call to call is not inlined.
      const values = new Float64Array(column.values.length)
      for (let row = 0; row < values.length; row++) values[row] = (column.values[row]! - center) / scale
      return { ...column, values }
    },
    describe: ({ center, scale }) => ({
      formula: (x) => (scale === 1 ? shifted(x, center) : `${shifted(x, center)} / ${short(scale)}`),
    }),
    undo: (values, { center, scale }) => values.map((value) => value * scale + center),
    exportTo: (nodes, column, { center, scale }) => {
      const centered = exportCentered(nodes, column.value, center)
      return { ...column, value: nodes.add('Div', [centered, nodes.number(scale)]) }
    },
    exportUndo: (nodes, value, { center, scale }) =>
      nodes.add('Add', [nodes.add('Mul', [value, nodes.number(scale)]), nodes.number(center)]),
  })

export const standardize = affine(({ moments: { mean, std } }) => ({ center: mean, scale: std }))

export const minMax = affine(({ least, most }) => ({ center: least, scale: most - least }))

export const robust = affine((values) => {
  const spread = values.quantile(0.75) - values.quantile(0.25)
  // A spike (over half the values equal) has no inter-quartile range; its standard deviation still scales it.
  return { center: values.quantile(0.5), scale: spread > 0 ? spread : values.moments.std }
})

const fillers: Record<OptionsOf<typeof preparationSteps, 'impute'>['with'], (values: Numbers) => number> = {
  mean: ({ moments }) => moments.mean,
  median: (values) => values.quantile(0.5),
  zero: () => 0,
}

/** 1 where a value is filled in, by this step or one before it. A loop: `from` takes a hundred times as long. */
function filledIn({ values, filled }: NumberColumn): Uint8Array {
  const marks = new Uint8Array(values.length)
  for (let row = 0; row < values.length; row++)
    if (Number.isNaN(values[row]!) || filled?.[row] === 1) marks[row] = 1
  return marks
}

export const impute = defineStep<
  OptionsOf<typeof preparationSteps, 'impute'>,
  NumberColumn,
  { value: number; indicator: boolean }
>({
  state: z.strictObject({
    /** Stands in for a missing value, in the unit that the column has by then. */
    value: z.number(),
    /** A 0/1 feature beside the column says where it does. */
    indicator: z.boolean(),
  }),
  fit(column, rows, options) {
    const values = presentNumbers(column, rows)
    if (values.count === 0) return { value: 0, indicator: false }
    return {
      value: fillers[options.with](values),
      indicator: options.indicators && values.count < rows.length,
    }
  },
  apply(column, { value, indicator }) {
    const values = Float64Array.from(column.values)
    for (let row = 0; row < values.length; row++) if (Number.isNaN(values[row]!)) values[row] = value
    return { ...column, values, filled: filledIn(column), marked: indicator }
  },
  describe: ({ value }) => ({ note: `missing read as ${short(value)}` }),
  exportTo(nodes, { value }, state) {
    const missing = nodes.add('IsNaN', [value])
    return {
      value: nodes.add('Where', [missing, nodes.number(state.value), value]),
      ...(state.indicator && { filled: nodes.add('Cast', [missing], { to: { int: 1 } }) }),
    }
  },
})

export const clip = defineStep<
  OptionsOf<typeof preparationSteps, 'clip'>,
  NumberColumn,
  { low: number; high: number }
>({
  state: z.strictObject({ low: z.number(), high: z.number() }),
  fit(column, rows, { tail }) {
    const values = presentNumbers(column, rows)
    if (values.count === 0) return { low: 0, high: 0 }
    return { low: values.quantile(tail), high: values.quantile(1 - tail) }
  },
  apply(column, { low, high }) {
    const values = new Float64Array(column.values.length)
    // Missing stays missing: NaN goes through both.
    for (let row = 0; row < values.length; row++)
      values[row] = Math.min(Math.max(column.values[row]!, low), high)
    return { ...column, values }
  },
  describe: ({ low, high }) => ({ note: `held within ${short(low)} and ${short(high)}` }),
  exportTo(nodes, column, { low, high }) {
    // ONNX does not say what Clip makes of NaN.
    const missing = nodes.add('IsNaN', [column.value])
    const clipped = nodes.add('Clip', [column.value, nodes.number(low), nodes.number(high)])
    return { ...column, value: nodes.add('Where', [missing, column.value, clipped]) }
  },
})

export const signedLog = defineStep<object, NumberColumn, Record<string, never>>({
  state: z.strictObject({}),
  fit: () => ({}),
  apply: (column) => mapped(column, (value) => Math.sign(value) * Math.log1p(Math.abs(value))),
  describe: () => ({ formula: (x) => `sign(${x}) · ln(1 + |${x}|)` }),
  undo: (values) => values.map((value) => Math.sign(value) * Math.expm1(Math.abs(value))),
  exportTo(nodes, column) {
    const size = nodes.add('Log', [nodes.add('Add', [nodes.add('Abs', [column.value]), nodes.number(1)])])
    return { ...column, value: nodes.add('Mul', [nodes.add('Sign', [column.value]), size]) }
  },
  exportUndo(nodes, value) {
    const size = nodes.add('Sub', [nodes.add('Exp', [nodes.add('Abs', [value])]), nodes.number(1)])
    return nodes.add('Mul', [nodes.add('Sign', [value]), size])
  },
})
