/** What the first rows of a large file show, while all of them are read. */
import type { FirstLook } from '../../../../contract/index.ts'
import { isPlainNumber } from './cell-types.ts'
import type { Layout } from './layout.ts'

/** Smaller files are read before anybody could look. */
export const worthLooking = 16 << 20

const mostColumns = 100
const mostRows = 8
const longest = 60

const cut = (text: string): string => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text)

function columnOf(name: string, cells: readonly string[], isMissing: (cell: string) => boolean) {
  const present = cells.filter((cell) => !isMissing(cell))
  const counts = new Map<string, number>()
  for (const cell of present) counts.set(cell, (counts.get(cell) ?? 0) + 1)
  const [top] = [...counts].sort((a, b) => b[1] - a[1])
  const numbers = present.every(isPlainNumber) ? present.map(Number) : []
  return {
    name,
    missing: cells.length - present.length,
    distinct: counts.size,
    top: top === undefined ? null : { value: cut(top[0]), count: top[1] },
    numeric:
      numbers.length === 0
        ? null
        : {
            min: Math.min(...numbers),
            mean: numbers.reduce((sum, value) => sum + value / numbers.length, 0),
            max: Math.max(...numbers),
          },
  }
}

export function firstLookAt({ names, beginning }: Layout, missing: readonly string[]): FirstLook {
  const marks = new Set(['', ...missing])
  const shown = names.slice(0, mostColumns)
  const cell = (row: readonly string[], i: number): string => row[i]?.trim() ?? ''
  return {
    looked: beginning.length,
    width: names.length,
    columns: shown.map((name, i) =>
      columnOf(
        name,
        beginning.map((row) => cell(row, i)),
        (text) => marks.has(text),
      ),
    ),
    rows: beginning.slice(0, mostRows).map((row) => shown.map((_, i) => cut(cell(row, i)))),
  }
}
