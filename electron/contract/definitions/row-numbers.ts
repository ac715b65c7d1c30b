/** Many row numbers as a short text, “0-4,7,9-12”: how a recipe holds which rows of a published split are for what. */
import { z } from 'zod'
import { plural } from '../format.ts'
import { data, type DataOption } from './options.ts'

/** Ascending, each once. */
export function packRows(rows: Iterable<number>): string {
  const sorted = [...new Set(rows)].sort((a, b) => a - b)
  const ranges: string[] = []
  for (let from = 0; from < sorted.length;) {
    let to = from
    while (to + 1 < sorted.length && sorted[to + 1] === sorted[to]! + 1) to++
    ranges.push(from === to ? String(sorted[from]) : `${sorted[from]}-${sorted[to]}`)
    from = to + 1
  }
  return ranges.join(',')
}

const packed = /^(\d{1,15}(-\d{1,15})?(,\d{1,15}(-\d{1,15})?)*)?$/
const rangesIn = (text: string): [number, number][] =>
  text === ''
    ? []
    : text.split(',').map((range) => {
        const [from, to = from] = range.split('-').map(Number)
        return [from!, to!]
      })

/** How many, without listing them. */
export const countRowsIn = (text: string): number =>
  rangesIn(text).reduce((sum, [from, to]) => sum + to - from + 1, 0)

/** Whether the text names the row. Made once, asked often. */
export function rowFinder(text: string): (row: number) => boolean {
  const ranges = rangesIn(text).sort(([a], [b]) => a - b)
  return (row) => {
    let [low, high] = [0, ranges.length - 1]
    while (low <= high) {
      const at = (low + high) >> 1
      const [from, to] = ranges[at]!
      if (row < from) high = at - 1
      else if (row > to) low = at + 1
      else return true
    }
    return false
  }
}

/** The largest number that the text names; -1: it names none. */
export function lastRowIn(text: string): number {
  let last = -1
  // One by one: a list may have more ranges than a call takes arguments.
  for (const [, to] of rangesIn(text)) if (to > last) last = to
  return last
}

/** Whole numbers from 0, apart by spaces, commas or line ends, also as NumPy writes them (`1.000e+00`). A sentence: what is wrong. */
export function readRowNumbers(text: string): { readonly rows: number[] } | { readonly problem: string } {
  const rows: number[] = []
  const lines = text.split(/\r?\n/)
  for (const [i, line] of lines.entries()) {
    const written = line.replace(/#.*/, '')
    for (const word of written.split(/[\s,;]+/)) {
      if (word === '') continue
      const row = Number(word)
      if (!Number.isSafeInteger(row) || row < 0)
        return {
          problem: `“${word.slice(0, 40)}” in line ${i + 1} is no row number: these are whole, from 0.`,
        }
      rows.push(row)
    }
  }
  return rows.length === 0 ? { problem: 'It names no row.' } : { rows }
}

export const rowNumbers = (label: string, help: string): DataOption<string> =>
  data({
    label,
    help: `${help} Rows are numbered from 0 in the order of the file.`,
    schema: z
      .string()
      .regex(packed, 'Row numbers are written as 0-4,7,9-12.')
      .refine(
        (text) => rangesIn(text).every(([from, to]) => from <= to),
        'A range goes from the lower number to the higher.',
      ),
    bounds: 'row numbers from 0 such as 0-4,7,9-12, or nothing',
    text: (value) => (value === '' ? 'none named' : plural(countRowsIn(value), 'row')),
    start: '',
  })
