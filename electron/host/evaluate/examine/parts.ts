/** Parts of rows by the values of a column: categories as they are, numbers and dates by quarters. */
import { formatNumber, type RowFilter } from '../../../contract/index.ts'
import type { FrameColumn } from '../../datasets/frame.ts'
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

function ofCodes(
  column: Extract<FrameColumn, { kind: 'category' }>,
  rows: Int32Array,
): { readonly label: string | null; readonly where: RowFilter; readonly of: (row: number) => boolean }[] {
  const used = [...new Set(Array.from(rows, (row) => column.codes[row]!))].sort((a, b) => a - b)
  return used.map((code) => {
    const label = code === -1 ? null : column.categories[code]!
    return {
      label,
      where:
        label === null
          ? { is: 'missing' as const, column: column.name }
          : { is: 'among' as const, column: column.name, values: [label] },
      of: (row) => column.codes[row] === code,
    }
  })
}

function ofValues(
  column: Extract<FrameColumn, { kind: 'number' | 'date' }>,
  rows: Int32Array,
): ReturnType<typeof ofCodes> {
  const { name, values } = column
  const present = Float64Array.from(rows, (row) => values[row]!)
    .filter((value) => !Number.isNaN(value))
    .sort()
  const different = [...new Set(present)]
  const bounds =
    different.length <= fewValues
      ? different
      : [...new Set([0, 0.25, 0.5, 0.75, 1].map((share) => percentile(present, share)))]
  const alone = different.length <= fewValues
  const told = (value: number): string =>
    column.kind === 'date' ? new Date(value * 86_400_000).toISOString().slice(0, 10) : formatNumber(value)
  const bands = alone
    ? bounds.map((value) => ({ low: value, high: value, closed: true }))
    : bounds.slice(1).map((high, i) => ({ low: bounds[i]!, high, closed: i === bounds.length - 2 }))
  const missing = rows.some((row) => Number.isNaN(values[row]!))
  return [
    ...bands.map(({ low, high, closed }) => ({
      label: low === high ? told(low) : `${told(low)} to ${closed ? '' : 'below '}${told(high)}`,
      where: { is: 'between' as const, column: name, low, high, closed },
      of: (row: number) => values[row]! >= low && (closed ? values[row]! <= high : values[row]! < high),
    })),
    ...(missing
      ? [
          {
            label: null,
            where: { is: 'missing' as const, column: name },
            of: (row: number) => Number.isNaN(values[row]!),
          },
        ]
      : []),
  ]
}

/** Empty: of texts and images there are none. */
export function partsOf(column: FrameColumn, rows: Int32Array): Part[] {
  const found =
    column.kind === 'category'
      ? ofCodes(column, rows)
      : column.kind === 'number' || column.kind === 'date'
        ? ofValues(column, rows)
        : []
  const all = Int32Array.from(rows.keys())
  return found.map(({ label, where, of }) => ({
    column: column.name,
    label,
    where,
    places: all.filter((place) => of(rows[place]!)),
  }))
}

/** “age 40 to 60”, “city Berlin”, “age without a value”. */
export const inWords = ({ column, label }: Pick<Part, 'column' | 'label'>): string =>
  label === null ? `“${column}” without a value` : `“${column}” ${label}`
