/** Parts of rows by the values of a column: categories as they are, numbers and dates by quarters, a frequent value by itself. */
import { extentOf, numberTextOf, type RowFilter } from '../../../contract/index.ts'
import type { FrameColumn } from '../../datasets/frame.ts'
import { bandsOfQuarters, frequentIn, type Band } from '../../explore/bands.ts'
import { percentile } from '../paired.ts'

export interface Part {
  readonly column: string
  /** null: those without a value. */
  readonly label: string | null
  readonly where: RowFilter
  /** Places among the rows that were looked at. */
  readonly places: Int32Array
}

/** Numbers of so few values are their own parts. */
const fewValues = 6

/** Parts without their places, and of each row which it is in; -1: in none. */
interface Cut {
  readonly parts: readonly Omit<Part, 'column' | 'places'>[]
  readonly of: (row: number) => number
}

function ofCodes(
  { name, codes, categories }: Extract<FrameColumn, { kind: 'category' }>,
  rows: Int32Array,
): Cut {
  const used = [...new Set(Array.from(rows, (row) => codes[row]!))].sort((a, b) => a - b)
  const places = new Map(used.map((code, i) => [code, i]))
  return {
    parts: used.map((code) =>
      code === -1
        ? { label: null, where: { is: 'missing', column: name } }
        : {
            label: categories[code]!,
            where: { is: 'among', column: name, values: [categories[code]!] },
          },
    ),
    of: (row) => places.get(codes[row]!) ?? -1,
  }
}

const quartersOf = (sorted: Float64Array): number[] =>
  [0, 0.25, 0.5, 0.75, 1].map((share) => percentile(sorted, share))

/** Each of a few values, or quarters as Explore cuts them. */
function bandsOf(sorted: Float64Array): Pick<Band, 'low' | 'high' | 'closed'>[] {
  const different = [...new Set(sorted)]
  if (different.length <= fewValues)
    return different.map((value) => ({ low: value, high: value, closed: true }))
  const quarters = quartersOf(sorted)
  const frequent = frequentIn(quarters)
  if (frequent === undefined) return bandsOfQuarters(quarters, null)
  const rest = quartersOf(sorted.filter((value) => value !== frequent))
  return bandsOfQuarters(quarters, { rest, next: different.find((value) => value > frequent) ?? NaN })
}

function ofValues(
  { name, kind, values }: Extract<FrameColumn, { kind: 'number' | 'date' }>,
  rows: Int32Array,
): Cut {
  const present = Float64Array.from(rows, (row) => values[row]!)
    .filter((value) => !Number.isNaN(value))
    .sort()
  const bands = bandsOf(present)
  const number = numberTextOf(name, extentOf([present[0] ?? null, present.at(-1) ?? null]))
  const told = (value: number): string =>
    kind === 'date' ? new Date(value * 86_400_000).toISOString().slice(0, 10) : number(value)
  const parts: Cut['parts'] = bands.map(({ low, high, closed }) => ({
    label: low === high ? told(low) : `${told(low)} to ${closed ? '' : 'below '}${told(high)}`,
    where: { is: 'between', column: name, low, high, closed },
  }))
  const missing = present.length < rows.length
  return {
    parts: missing ? [...parts, { label: null, where: { is: 'missing', column: name } }] : parts,
    of: (row) => {
      const value = values[row]!
      if (Number.isNaN(value)) return bands.length
      return bands.findIndex(
        ({ low, high, closed }) => value >= low && (closed ? value <= high : value < high),
      )
    },
  }
}

/** Empty: of texts and images there are none. */
export function partsOf(column: FrameColumn, rows: Int32Array): Part[] {
  if (column.kind !== 'category' && column.kind !== 'number' && column.kind !== 'date') return []
  const { parts, of } = column.kind === 'category' ? ofCodes(column, rows) : ofValues(column, rows)
  const at = Int32Array.from(rows, of)
  const counts = new Int32Array(parts.length)
  for (const part of at) if (part >= 0) counts[part]!++
  const places = Array.from(counts, (count) => new Int32Array(count))
  const filled = new Int32Array(parts.length)
  at.forEach((part, place) => {
    if (part >= 0) places[part]![filled[part]!++] = place
  })
  return parts.map((part, i) => ({ column: column.name, ...part, places: places[i]! }))
}

/** “age 40 to 60”, “city Berlin”, “age without a value”. */
export const inWords = ({ column, label }: Pick<Part, 'column' | 'label'>): string =>
  label === null ? `“${column}” without a value` : `“${column}” ${label}`
