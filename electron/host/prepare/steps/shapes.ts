/** Steps that change the shape of a column's distribution: quantiles, Yeo and Johnson's power, the smooth clip. */
import { z } from 'zod'
import type { OnnxNodes } from '../../../../engine/index.ts'
import type { OptionsOf, preparationSteps } from '../../../contract/index.ts'
import type { NumberColumn } from '../../datasets/frame.ts'
import { normalCdf, normalQuantile, quantileNodes } from '../normal.ts'
import { momentsOf, presentNumbers } from '../statistics.ts'
import { short } from '../words.ts'
import { mapped } from './numbers.ts'
import { exportCentered } from '../centered.ts'
import { defineStep } from './step.ts'

// ---- quantiles ----

const quantilesState = z.strictObject({
  output: z.enum(['normal', 'uniform']),
  /** Ascending; of what shares of the training values is as many even steps from 0 to 1. */
  quantiles: z.array(z.number()),
})
type Quantiles = z.infer<typeof quantilesState>

/** scikit-learn's `BOUNDS_THRESHOLD`: shares nearer to 0 or 1 are held here, where the normal distribution has no end. */
const outermost = 1e-7
const mostNormal = normalQuantile(1 - (outermost - 2 ** -52))

/** Index of the last that is at most `value`; -1: none is. */
function lastAtMost(sorted: readonly number[], value: number): number {
  let [low, high] = [-1, sorted.length - 1]
  while (low < high) {
    const at = (low + high + 1) >> 1
    if (sorted[at]! <= value) low = at
    else high = at - 1
  }
  return low
}
/** Index of the first that is at least `value`; the length: none is. */
function firstAtLeast(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const at = (low + high) >> 1
    if (sorted[at]! >= value) high = at
    else low = at + 1
  }
  return low
}

/** The share of training values below; of a value that several quantiles have, the middle of theirs. */
function shareBelow(quantiles: readonly number[], value: number): number {
  const last = quantiles.length - 1
  if (last < 1) return value < quantiles[0]! ? 0 : value > quantiles[0]! ? 1 : 0.5
  const [from, to] = [firstAtLeast(quantiles, value), lastAtMost(quantiles, value)]
  if (from <= to) return (from + to) / 2 / last
  if (to === -1) return 0
  if (from > last) return 1
  const [low, high] = [quantiles[to]!, quantiles[from]!]
  return (to + (value - low) / (high - low)) / last
}

function valueAt(quantiles: readonly number[], share: number): number {
  const last = quantiles.length - 1
  if (share <= outermost) return quantiles[0]!
  if (share >= 1 - outermost) return quantiles[last]!
  const position = share * last
  const [low, high] = [quantiles[Math.floor(position)]!, quantiles[Math.ceil(position)]!]
  return low + (high - low) * (position - Math.floor(position))
}

const toNormal = (share: number): number => {
  if (share <= outermost) return -mostNormal
  return share >= 1 - outermost ? mostNormal : normalQuantile(share)
}

/** Of `value`, [N, 1], the share of training values below and that above: both are exact where they are small. */
function shareNodes(nodes: OnnxNodes, value: string, quantiles: readonly number[]): [string, string] {
  const lows = quantiles.slice(0, -1)
  const widths = lows.map((low, i) => quantiles[i + 1]! - low)
  const bins = lows.length
  const row = (values: readonly number[]): string => nodes.number([...values], [1, bins])
  const from = row(lows)
  const within = nodes.add('Clip', [
    nodes.add('Div', [
      exportCentered(nodes, value, lows, [1, bins]),
      row(widths.map((width) => (width > 0 ? width : 1))),
    ]),
    nodes.number(0),
    nodes.number(1),
  ])
  // Where quantiles are equal the share jumps, and on them it is in the middle.
  const asNumber = (condition: string): string => nodes.add('Cast', [condition], { to: { int: 1 } })
  const jump = nodes.add('Mul', [
    nodes.add('Add', [
      asNumber(nodes.add('Greater', [value, from])),
      asNumber(nodes.add('GreaterOrEqual', [value, from])),
    ]),
    nodes.number(0.5),
  ])
  const flat = row(widths.map((width) => (width > 0 ? 0 : 1)))
  const passed = nodes.add('Where', [nodes.add('Greater', [flat, nodes.number(0.5)]), jump, within])
  const share = (part: string): string =>
    nodes.add('Div', [
      nodes.add('ReduceSum', [part, nodes.list([1])], { keepdims: { int: 1 } }),
      nodes.number(bins),
    ])
  return [share(passed), share(nodes.add('Sub', [nodes.number(1), passed]))]
}

/** Values at shares, of any shape. */
function valueNodes(nodes: OnnxNodes, share: string, quantiles: readonly number[]): string {
  const last = quantiles.length - 1
  const position = nodes.add('Mul', [
    nodes.add('Clip', [share, nodes.number(0), nodes.number(1)]),
    nodes.number(last),
  ])
  const low = nodes.add('Floor', [position])
  const at = (place: string): string =>
    nodes.add('Gather', [
      nodes.number([...quantiles], [quantiles.length]),
      nodes.add('Cast', [place], { to: { int: 7 } }),
    ])
  const [below, above] = [at(low), at(nodes.add('Ceil', [position]))]
  const part = nodes.add('Sub', [position, low])
  return nodes.add('Add', [below, nodes.add('Mul', [nodes.add('Sub', [above, below]), part])])
}

/**
 * The quantile at a share of `part` / `of`. In whole numbers: a quantile beside a value by the last bit would no longer be
 * equal to it, and equal ones say how many rows have the value.
 */
function quantileAt(sorted: Float64Array, part: number, of: number): number {
  const steps = part * (sorted.length - 1)
  const at = Math.floor(steps / of)
  const rest = (steps % of) / of
  const low = sorted[at]!
  return rest === 0 ? low : low + (sorted[at + 1]! - low) * rest
}

export const quantiles = defineStep<OptionsOf<typeof preparationSteps, 'quantiles'>, NumberColumn, Quantiles>(
  {
    state: quantilesState,
    fit(column, rows, { output, quantiles: most }) {
      const sorted = presentNumbers(column, rows).sorted
      if (sorted.length === 0) return { output, quantiles: [0, 0] }
      const count = Math.max(2, Math.min(most, sorted.length))
      const found = Array.from({ length: count }, (_, i) => quantileAt(sorted, i, count - 1))
      // Rounding may undo their order by the last bit.
      for (let i = 1; i < count; i++) found[i] = Math.max(found[i]!, found[i - 1]!)
      return { output, quantiles: found }
    },
    apply: (column, { output, quantiles: learned }) =>
      mapped(column, (value) => {
        if (Number.isNaN(value)) return value
        const [first, last] = [learned[0]!, learned.at(-1)!]
        if (output === 'uniform')
          return value <= first && value < last
            ? 0
            : value >= last && value > first
              ? 1
              : shareBelow(learned, value)
        // Values are compared with values, as in the export: a share added to them would be a step of their unit.
        if (value <= first) return -mostNormal
        return value >= last ? mostNormal : toNormal(shareBelow(learned, value))
      }),
    describe: ({ output, quantiles: { length } }) => ({
      formula: (x) => (output === 'normal' ? `Φ⁻¹(share of ${x})` : `share of ${x}`),
      note: `by ${length} quantiles`,
    }),
    undo: (values, { output, quantiles: learned }) =>
      values.map((value) => valueAt(learned, output === 'normal' ? normalCdf(value) : value)),
    exportTo(nodes, column, { output, quantiles: learned }) {
      const { value } = column
      const [below, above] = shareNodes(nodes, value, learned)
      const [first, last] = [nodes.number(learned[0]!), nodes.number(learned.at(-1)!)]
      const missing = nodes.add('IsNaN', [value])
      const ends = (low: number, high: number, between: string): string =>
        nodes.add('Where', [
          nodes.add('LessOrEqual', [value, first]),
          nodes.number(low),
          nodes.add('Where', [nodes.add('GreaterOrEqual', [value, last]), nodes.number(high), between]),
        ])
      const result =
        output === 'uniform'
          ? learned[0] === learned.at(-1)
            ? below
            : ends(0, 1, below)
          : ends(
              -mostNormal,
              mostNormal,
              nodes.add('Clip', [
                quantileNodes(nodes, below, above),
                nodes.number(-mostNormal),
                nodes.number(mostNormal),
              ]),
            )
      return { ...column, value: nodes.add('Where', [missing, value, result]) }
    },
    exportUndo(nodes, value, { output, quantiles: learned }) {
      // Φ(z) = ½ (1 + erf(z / √2))
      const share =
        output === 'normal'
          ? nodes.add('Mul', [
              nodes.add('Add', [
                nodes.add('Erf', [nodes.add('Mul', [value, nodes.number(Math.SQRT1_2)])]),
                nodes.number(1),
              ]),
              nodes.number(0.5),
            ])
          : value
      return valueNodes(nodes, share, learned)
    },
  },
)

// ---- Yeo and Johnson ----

const logOnly = 1e-6
const power = (value: number, lambda: number): number => {
  if (value >= 0)
    return Math.abs(lambda) < logOnly ? Math.log1p(value) : Math.expm1(lambda * Math.log1p(value)) / lambda
  const other = 2 - lambda
  return Math.abs(other) < logOnly ? -Math.log1p(-value) : -Math.expm1(other * Math.log1p(-value)) / other
}
/** What no value is turned into comes back as the largest that is. */
const least = 1e-12
const unpower = (value: number, lambda: number): number => {
  if (value >= 0)
    return Math.abs(lambda) < logOnly
      ? Math.expm1(value)
      : Math.expm1(Math.log(Math.max(least, 1 + lambda * value)) / lambda)
  const other = 2 - lambda
  return Math.abs(other) < logOnly
    ? -Math.expm1(-value)
    : -Math.expm1(Math.log(Math.max(least, 1 - other * value)) / other)
}

/** Whether the power keeps values apart: nearly all of those that differ. `values` ascend. */
function keepsApart(values: Float64Array, lambda: number): boolean {
  let [before, after] = [0, 0]
  let last = power(values[0]!, lambda)
  for (let i = 1; i < values.length; i++) {
    const now = power(values[i]!, lambda)
    if (!Number.isFinite(now)) return false
    if (values[i]! > values[i - 1]!) before++
    if (now > last) after++
    last = now
  }
  return after >= 0.99 * before
}

/**
 * Logarithm of the standard deviation of the values to this power. Of one sign they are e^(λ log(1 + |x|)) / λ but for a
 * constant, whose spread is found even where that constant would swallow it.
 */
function logSpread(values: Float64Array, lambda: number): number {
  const by = values[0]! >= 0 ? lambda : values.at(-1)! <= 0 ? 2 - lambda : null
  if (by === null || Math.abs(by) < logOnly)
    return Math.log(momentsOf(values.map((value) => power(value, lambda))).std)
  const exponents = values.map((value) => by * Math.log1p(Math.abs(value)))
  const most = Math.max(exponents[0]!, exponents.at(-1)!)
  return (
    Math.log(momentsOf(exponents.map((exponent) => Math.exp(exponent - most))).std) +
    most -
    Math.log(Math.abs(by))
  )
}

/** The log-likelihood of normal values with this power, as scipy.stats.yeojohnson_llf; none where it makes values one. */
function likelihood(values: Float64Array, lambda: number): number {
  const spread = logSpread(values, lambda)
  if (!Number.isFinite(spread) || !keepsApart(values, lambda)) return -Infinity
  const change = values.reduce((sum, value) => sum + Math.sign(value) * Math.log1p(Math.abs(value)), 0)
  return -values.length * spread + (lambda - 1) * change
}

/** The largest value of a function with one summit between two ends, by golden sections around the best of even steps. */
function summit(of: (at: number) => number, from: number, to: number): number {
  const golden = (Math.sqrt(5) - 1) / 2
  // Sections alone would lose their way where there are no values at all.
  const step = 1
  let [best, most] = [1, of(1)]
  for (let at = from; at <= to; at += step) {
    const value = of(at)
    if (value > most) [best, most] = [at, value]
  }
  let [low, high] = [Math.max(from, best - step), Math.min(to, best + step)]
  let [a, b] = [high - golden * (high - low), low + golden * (high - low)]
  let [fa, fb] = [of(a), of(b)]
  while (high - low > 1e-8) {
    // Where both are none, the best of the steps says on which side there are some.
    if (fa > fb || (fa === fb && best <= (a + b) / 2)) {
      ;[high, b, fb] = [b, a, fa]
      a = high - golden * (high - low)
      fa = of(a)
    } else {
      ;[low, a, fa] = [a, b, fb]
      b = low + golden * (high - low)
      fb = of(b)
    }
  }
  const found = (low + high) / 2
  return of(found) >= most ? found : best
}

/** Values by which the power is chosen: more change nothing that could be seen. */
const fittedOn = 20_000

export const yeoJohnson = defineStep<object, NumberColumn, { lambda: number }>({
  state: z.strictObject({ lambda: z.number() }),
  fit(column, rows) {
    const sorted = presentNumbers(column, rows).sorted
    if (sorted.length < 2 || sorted[0] === sorted[sorted.length - 1]) return { lambda: 1 }
    const stride = Math.ceil(sorted.length / fittedOn)
    const values = stride === 1 ? sorted : sorted.filter((_, i) => i % stride === 0)
    const lambda = summit((at) => likelihood(values, at), -8, 10)
    return { lambda }
  },
  apply: (column, { lambda }) => mapped(column, (value) => power(value, lambda)),
  describe: ({ lambda }) => ({ formula: (x) => `Yeo–Johnson(${x}, λ = ${short(lambda)})` }),
  undo: (values, { lambda }) => values.map((value) => unpower(value, lambda)),
  exportTo(nodes, column, { lambda }) {
    const { value } = column
    const log = nodes.add('Log', [nodes.add('Add', [nodes.add('Abs', [value]), nodes.number(1)])])
    const raised = (by: number): string =>
      Math.abs(by) < logOnly
        ? log
        : nodes.add('Div', [
            nodes.add('Sub', [
              nodes.add('Exp', [nodes.add('Mul', [log, nodes.number(by)])]),
              nodes.number(1),
            ]),
            nodes.number(by),
          ])
    const positive = nodes.add('GreaterOrEqual', [value, nodes.number(0)])
    const negative = nodes.add('Neg', [raised(2 - lambda)])
    // NaN stays NaN by the logarithm.
    return { ...column, value: nodes.add('Where', [positive, raised(lambda), negative]) }
  },
  exportUndo(nodes, value, { lambda }) {
    const size = nodes.add('Abs', [value])
    const lowered = (by: number): string => {
      const log =
        Math.abs(by) < logOnly
          ? size
          : nodes.add('Div', [
              nodes.add('Log', [
                nodes.add('Max', [
                  nodes.number(least),
                  nodes.add('Add', [nodes.add('Mul', [size, nodes.number(by)]), nodes.number(1)]),
                ]),
              ]),
              nodes.number(by),
            ])
      return nodes.add('Sub', [nodes.add('Exp', [log]), nodes.number(1)])
    }
    const positive = nodes.add('GreaterOrEqual', [value, nodes.number(0)])
    return nodes.add('Where', [positive, lowered(lambda), nodes.add('Neg', [lowered(2 - lambda)])])
  },
})

// ---- the smooth clip ----

export const smoothClip = defineStep<
  OptionsOf<typeof preparationSteps, 'smoothClip'>,
  NumberColumn,
  { limit: number }
>({
  state: z.strictObject({ limit: z.number().positive() }),
  fit: (_, __, { limit }) => ({ limit }),
  apply: (column, { limit }) => mapped(column, (value) => value / Math.hypot(1, value / limit)),
  describe: ({ limit }) => ({ formula: (x) => `${x} / √(1 + (${x} / ${short(limit)})²)` }),
  exportTo(nodes, column, { limit }) {
    const share = nodes.add('Div', [column.value, nodes.number(limit)])
    // Squares of float32 overflow from 1.8e19 on, where the clip has long been reached.
    const held = nodes.add('Where', [
      nodes.add('IsNaN', [share]),
      share,
      nodes.add('Clip', [share, nodes.number(-1e15), nodes.number(1e15)]),
    ])
    const root = nodes.add('Sqrt', [nodes.add('Add', [nodes.add('Mul', [held, held]), nodes.number(1)])])
    return {
      ...column,
      value: nodes.add('Mul', [nodes.add('Div', [held, root]), nodes.number(limit)]),
    }
  },
})
