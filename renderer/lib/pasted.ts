/** What pasted cells change in a table, as corrections. */
import type { Correction, Pasted } from '../../electron/contract/index.ts'

const valueOf = (cell: string): string | null => (cell.trim() === '' ? null : cell)

/** All of them as rows behind the last one. */
export const appendedRows = ({ cells, columns }: Pasted): Correction[] => [
  {
    type: 'append',
    rows: cells
      .filter((row) => row.some((cell) => cell.trim() !== ''))
      .map((row) =>
        Object.fromEntries(
          columns.flatMap((name, i) => (name === null ? [] : [[name, valueOf(row[i] ?? '')] as const])),
        ),
      ),
  },
]

/** Most corrections in one call. */
export const mostCells = 1000

/**
 * The cells from one place on. `numbers`: of the rows that they fall on, in their order. With a header cells go to the columns
 * that it names, otherwise to those from `at` on.
 */
export function writtenCells(
  { cells, columns, header }: Pasted,
  names: readonly string[],
  numbers: readonly number[],
  at: number,
): Correction[] {
  return cells.slice(0, numbers.length).flatMap((row, r) =>
    row.flatMap((cell, i): Correction[] => {
      const column = header ? columns[i] : names[at + i]
      return column === null || column === undefined
        ? []
        : [{ type: 'edit', row: numbers[r]!, column, value: valueOf(cell) }]
    }),
  )
}
