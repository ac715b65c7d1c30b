/** Which rows stand behind each cell of a confusion matrix. */
import type { Examined } from '../../../contract/index.ts'

/** Of a cell; what is looked at together says how many there are. */
const mostOfCell = 1000
const mostOfAll = 20_000

/** Errors before what is right, where there are more rows than are kept. null: no one class is predicted. */
export function cellsOf(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  rows: Int32Array,
): NonNullable<Examined['cells']> {
  const cells = new Map<string, { truth: number; predicted: number; rows: number[] }>()
  let kept = 0
  const take = (right: boolean): void => {
    for (let i = 0; i < rows.length && kept < mostOfAll; i++) {
      const [is, said] = [truth[i]!, predicted[i]!]
      if ((is === said) !== right) continue
      const key = `${is} ${said}`
      const cell = cells.get(key) ?? { truth: is, predicted: said, rows: [] }
      cells.set(key, cell)
      if (cell.rows.length >= mostOfCell) continue
      cell.rows.push(rows[i]!)
      kept++
    }
  }
  take(false)
  take(true)
  return [...cells.values()]
}
