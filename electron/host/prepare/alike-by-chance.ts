/** How many rows are equal to others although nobody copied any: of few combinations of values most come again. */
import type { FrameColumn } from '../datasets/frame.ts'

/** What tells a row from others in this column; null: pictures hardly ever come again by chance. */
function valueOf(column: FrameColumn): ((row: number) => string | number) | null {
  if (column.kind === 'image') return null
  if (column.kind === 'category') return (row) => column.codes[row]!
  return (row) => column.values[row]!
}

/** Rows of `test` that chance gives an equal in `train`, if what a row has in one column told nothing of the others. */
export function equalByChance(columns: readonly FrameColumn[], train: Int32Array, test: Int32Array): number {
  const shares = new Float64Array(test.length).fill(1)
  for (const column of columns) {
    const of = valueOf(column)
    if (of === null) return 0
    const counts = new Map<string | number, number>()
    for (const row of train) counts.set(of(row), (counts.get(of(row)) ?? 0) + 1)
    test.forEach((row, i) => (shares[i]! *= (counts.get(of(row)) ?? 0) / Math.max(1, train.length)))
  }
  return shares.reduce(
    (sum, share) => sum - Math.expm1(train.length * Math.log1p(-Math.min(share, 1 - 1e-12))),
    0,
  )
}
