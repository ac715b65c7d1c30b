/**
 * How answers change with one column while all others stay: partial dependence (Friedman 2001, https://doi.org/10.1214/aos/1013203451)
 * with the curves of single rows (Goldstein et al. 2015, https://arxiv.org/abs/1309.6392).
 */
import { DescentError, type Dependence } from '../../contract/index.ts'
import type { Frame, FrameColumn } from '../datasets/frame.ts'
import { percentile } from '../evaluate/paired.ts'
import { someOf } from '../evaluate/examine/asked.ts'
import type { InputArray, NamedInputs } from '../model/input.ts'
import { encode } from '../prepare/encode.ts'
import { placesOf } from '../prepare/preparation.ts'
import { pickRows } from '../prepare/pick-rows.ts'
import { randomSource } from '../prepare/random.ts'
import { answersOf, placeOf, valuesOf } from './answers.ts'
import { unknownFrame } from './example.ts'
import type { Explainable } from './model.ts'

const mostRows = 300
const mostSingle = 30
const mostValues = 20
const mostAnswers = 12
const draws = 200

type Grid = Pick<Dependence, 'holds' | 'grid'> & { readonly left: number; readonly column: FrameColumn }

/** Quantiles of numbers, and the most frequent categories, among these rows. Errors: a DescentError for a text or a picture. */
function gridOf(column: FrameColumn, rows: Int32Array): Grid {
  const { name } = column
  if (column.kind === 'number' || column.kind === 'date') {
    const present = Float64Array.from(rows, (row) => column.values[row]!)
      .filter((value) => !Number.isNaN(value))
      .sort()
    if (present.length === 0)
      throw new DescentError('badRequest', `“${name}” has no values in these rows.`, 'column')
    const different = [...new Set(present)]
    // The outermost hundredths are single rows, and would take most of the axis.
    const grid =
      different.length <= mostValues
        ? different
        : [
            ...new Set(
              Array.from({ length: mostValues }, (_, i) =>
                percentile(present, 0.01 + (0.98 * i) / (mostValues - 1)),
              ),
            ),
          ]
    return {
      holds: column.kind,
      grid,
      left: 0,
      column: { kind: column.kind, name, values: Float64Array.from(grid) },
    }
  }
  if (column.kind === 'category') {
    const counts = new Map<number, number>()
    for (const row of rows) {
      const code = column.codes[row]!
      if (code >= 0) counts.set(code, (counts.get(code) ?? 0) + 1)
    }
    const codes = [...counts].sort(([a, some], [b, more]) => more - some || a - b).map(([code]) => code)
    if (codes.length === 0)
      throw new DescentError('badRequest', `“${name}” has no values in these rows.`, 'column')
    const shown = codes.slice(0, mostValues)
    const order = column.levels
    const named = shown.map((code) => column.categories[code]!)
    const grid = order ? named.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)) : named
    return {
      holds: 'category',
      grid,
      left: codes.length - shown.length,
      column: {
        kind: 'category',
        name,
        categories: column.categories,
        codes: Int32Array.from(grid, (one) => column.categories.indexOf(one)),
        ...(order && { levels: order }),
      },
    }
  }
  throw new DescentError(
    'badRequest',
    `“${name}” holds ${column.kind === 'text' ? 'texts' : 'pictures'}, which have no values to go through. Choose a column of numbers, dates or categories.`,
    'column',
  )
}

/**
 * `columns`: as the data have them; `rows`: of these, evenly taken where there are many. `wanted`: the answer whose curve it is;
 * null: the first ones.
 */
export async function dependenceOf(
  model: Explainable,
  { columns }: Pick<Frame, 'columns'>,
  from: { readonly inputs: NamedInputs; readonly rows: number },
  rows: Int32Array,
  name: string,
  wanted: string | null = null,
  progress: (share: number) => void = () => undefined,
): Promise<Dependence> {
  const { preparation } = model
  const answers = answersOf(preparation.target)
  const told = wanted === null ? [...answers.keys()].slice(0, mostAnswers) : [placeOf(answers, wanted)]
  const at = preparation.columns.findIndex((one) => one.name === name)
  const source = columns.find((one) => one.name === name)
  if (at < 0 || source === undefined)
    throw new DescentError(
      'badRequest',
      `The network is given no column “${name.slice(0, 100)}”: it has ${preparation.columns
        .slice(0, 10)
        .map((one) => one.name)
        .join(', ')}${preparation.columns.length > 10 ? ', …' : ''}.`,
      'column',
    )
  if (rows.length === 0) throw new DescentError('badRequest', 'There are no rows to look at.', 'split')
  const chosen = someOf(rows, mostRows)
  const { holds, grid, left, column } = gridOf(source, rows)
  const unknown = unknownFrame(preparation, grid.length)
  const values = encode(
    { rows: grid.length, columns: unknown.columns.map((one) => (one.name === name ? column : one)) },
    preparation,
  ).inputs
  const { input, offset, width } = placesOf(preparation.columns)[at]!
  const curves: Float64Array[][] = []
  for (let g = 0; g < grid.length; g++) {
    const inputs = Object.fromEntries(
      Object.entries(from.inputs).map(([own, all]) => {
        const taken: InputArray = pickRows(all, from.rows, chosen)
        if (own === input) {
          const size = taken.length / chosen.length
          const value = values[input]!.subarray(g * size + offset, g * size + offset + width)
          for (let row = 0; row < chosen.length; row++) taken.set(value, row * size + offset)
        }
        return [own, taken] as const
      }),
    )
    const said = valuesOf(preparation, await model.predict({ rows: chosen.length, inputs }))
    curves.push(told.map((answer) => said[answer]!))
    progress((g + 1) / grid.length)
  }
  const singles = someOf(
    Int32Array.from(chosen, (_, i) => i),
    mostSingle,
  )
  const random = randomSource(1)
  // The same draws everywhere: the bands of one curve hang together as its rows do.
  const drawn = Array.from({ length: draws }, () =>
    Int32Array.from(chosen, () => Math.floor(random() * chosen.length)),
  )
  const meanOver = (of: Float64Array, places: Int32Array): number =>
    places.reduce((sum, place) => sum + of[place]!, 0) / places.length
  return {
    column: name,
    holds,
    grid,
    looked: chosen.length,
    rows: Array.from(singles, (i) => chosen[i]!),
    curves: told.map((place, k) => {
      const bands = curves.map((at) => Float64Array.from(drawn, (places) => meanOver(at[k]!, places)).sort())
      return {
        answer: answers[place]!,
        mean: curves.map((at) => at[k]!.reduce((sum, one) => sum + one, 0) / chosen.length),
        low: bands.map((band) => percentile(band, 0.025)),
        high: bands.map((band) => percentile(band, 0.975)),
        single: Array.from(singles, (i) => curves.map((at) => at[k]![i]!)),
      }
    }),
    left: { values: left, answers: wanted === null ? answers.length - told.length : 0 },
  }
}
