/** Row numbers from the end become row numbers; errors: RangeError where there is no such row. */
export function paddingRow(rows: number, paddingIdx: number): number {
  const row = paddingIdx < 0 ? paddingIdx + rows : paddingIdx
  if (!Number.isInteger(row) || row < 0 || row >= rows)
    throw new RangeError(`paddingIdx must be one of the table's ${rows} rows, not ${paddingIdx}.`)
  return row
}
