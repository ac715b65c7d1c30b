/** Text in columns, for people at a terminal. */
import { oneLine } from './for-terminal.ts'

/** Sentences keep a number and its unit on one line; here that would only keep people from finding “8.4 %”. */
export const plainSpaces = (text: string): string => text.replaceAll('\u00a0', ' ')

export type Row = readonly string[]

/** Columns as wide as they need be; text to the left, numbers to the right. */
export function textTable(given: readonly Row[], isText: (column: number) => boolean): string {
  const rows = given.map((row) => row.map(oneLine))
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const cell = (text: string, column: number): string =>
    isText(column) ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)
  return plainSpaces(rows.map((row) => `  ${row.map(cell).join('  ').trimEnd()}\n`).join(''))
}
