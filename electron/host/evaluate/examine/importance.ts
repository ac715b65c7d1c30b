/**
 * What a network goes by: how much its loss grows when a column is shuffled among the rows (Breiman 2001; Fisher, Rudin & Dominici
 * 2019, https://arxiv.org/abs/1801.01489), as a share of how much it grows when all columns are shuffled together, which leaves
 * answers that have nothing to do with their rows.
 */
import { formatCount, plural, type Examined, type ColumnImportance } from '../../../contract/index.ts'
import type { InputArray, InputRows, NamedInputs } from '../../model/input.ts'
import { placesOf, type ColumnPlace } from '../../prepare/preparation.ts'
import { randomSource, shuffle } from '../../prepare/random.ts'
import { takeRows } from '../../training/data.ts'
import { lossOfEach } from '../../training/hardest.ts'
import { percentile } from '../paired.ts'
import { someOf, type Asked } from './asked.ts'

const mostRows = 1000
const fewestRows = 30
const mostRepeats = 5
/** Numbers that all shuffled rows together have. */
const mostNumbers = 1e8
const draws = 500

/** The rows once for each order, these places taken from the row that stands there in the order. */
function shuffled(
  { rows, inputs }: InputRows,
  places: readonly ColumnPlace[],
  orders: readonly Int32Array[],
): InputRows {
  const several: NamedInputs = Object.fromEntries(
    Object.entries(inputs).map(([name, from]) => {
      const width = from.length / rows
      const into = new (from.constructor as new (length: number) => InputArray)(from.length * orders.length)
      orders.forEach((order, i) => {
        const start = i * from.length
        into.set(from, start)
        for (const { input, offset, width: part } of places) {
          if (input !== name) continue
          for (let row = 0; row < rows; row++)
            for (let j = offset; j < offset + part; j++)
              into[start + row * width + j] = from[order[row]! * width + j]!
        }
      })
      return [name, into] as const
    }),
  )
  return { rows: rows * orders.length, inputs: several }
}

type Found = Pick<Examined, 'importance' | 'noImportance'>
const untold = (why: string | null): Found => ({ importance: null, noImportance: why })

/** Of many columns fewer orders are tried, and then fewer rows. `width`: numbers of a row. */
export function affordable(
  rows: number,
  columns: number,
  width: number,
): { readonly rows: number; readonly repeats: number } {
  const most = Math.floor(mostNumbers / Math.max(1, 2 * columns * width))
  const repeats = Math.max(1, Math.min(mostRepeats, Math.floor(most / Math.max(1, rows))))
  return { rows: Math.min(rows, Math.floor(most / repeats)), repeats }
}

/** With why it cannot be told, where there are too few rows or columns, or the network knows nothing that shuffling could take. */
export async function importanceOf(asked: Asked): Promise<Found> {
  const { recipe, prepared, split, predict } = asked
  const { preparation, data, split: rowsOf } = prepared
  const columns = preparation.columns
  if (recipe.kind !== 'table') return untold(null)
  if (columns.length < 2) return untold('The network has one column alone to go by.')
  if (rowsOf[split].length < fewestRows)
    return untold(
      `What the network goes by is not told: ${plural(rowsOf[split].length, 'row')} of the ${split} split are too few, it takes ${fewestRows}.`,
    )
  const one = takeRows(data, rowsOf[split].subarray(0, 1))
  const width = Object.values(one.inputs).reduce((sum, { length }) => sum + length, 0)
  const { rows, repeats } = affordable(Math.min(rowsOf[split].length, mostRows), columns.length, width)
  if (rows < fewestRows)
    return untold(
      `What the network goes by is not told: ${plural(columns.length, 'column')} of ${formatCount(width)} inputs together are too many to shuffle one after the other.`,
    )
  const chosen = someOf(rowsOf[split], rows)
  const taken = takeRows(data, chosen)
  const random = randomSource(recipe.seed)
  const orders = Array.from({ length: repeats }, () => {
    const order = Int32Array.from({ length: chosen.length }, (_, i) => i)
    shuffle(order, random)
    return order
  })
  const units = (outputs: Float32Array, rows: number): number => outputs.length / rows
  /** What each row loses, in the mean over the orders. */
  const lossWith = async (
    places: readonly ColumnPlace[],
    by: readonly Int32Array[],
  ): Promise<Float64Array> => {
    const inputs = shuffled(taken, places, by)
    const outputs = await predict(inputs)
    const width = taken.targets.length / chosen.length
    const mean = new Float64Array(chosen.length)
    by.forEach((_, i) => {
      const each = lossOfEach(recipe.training.loss, {
        targets: taken.targets,
        outputs: outputs.subarray((i * outputs.length) / by.length, ((i + 1) * outputs.length) / by.length),
        units: units(outputs, inputs.rows),
      })
      if (width > 0) each.forEach((loss, row) => (mean[row]! += loss / by.length))
    })
    return mean
  }
  const placed = placesOf(columns)
  const plain = await lossWith([], [orders[0]!])
  const without = await lossWith(placed, orders)
  const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0)
  const known = total(without) - total(plain)
  // Shuffling everything takes hardly anything: there is nothing to share out.
  if (!(known > 0.01 * Math.abs(total(plain))))
    return untold(
      'What the network goes by is not told: its answers are hardly worse where all columns are shuffled, so that there is nothing to share out.',
    )
  const found: ColumnImportance[] = []
  for (const [at, { name }] of columns.entries()) {
    const own = placed[at]!
    const more = (await lossWith([own], orders)).map((loss, row) => loss - plain[row]!)
    const alone = await lossWith(
      placed.filter((one) => one !== own),
      orders,
    )
    const lost = without.map((loss, row) => loss - plain[row]!)
    const source = randomSource(at + 1)
    const shares = Float64Array.from({ length: draws }, () => {
      let [sum, all] = [0, 0]
      for (let i = 0; i < more.length; i++) {
        const row = Math.floor(source() * more.length)
        sum += more[row]!
        all += lost[row]!
      }
      return sum / Math.max(1e-12, all)
    }).sort()
    found.push({
      column: name,
      share: total(more) / known,
      low: percentile(shares, 0.025),
      high: percentile(shares, 0.975),
      alone: (total(without) - total(alone)) / known,
    })
    asked.progress?.((at + 1) / columns.length)
  }
  const sorted = found.sort((a, b) => b.share - a.share)
  return { importance: { rows: chosen.length, columns: sorted }, noImportance: null }
}
