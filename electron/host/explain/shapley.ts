/** What each column adds as it becomes known: Shapley values against an example of which nothing is known. */
import { randomSource, shuffle } from '../prepare/random.ts'

/** So many columns have 1,024 sets together: all of them are looked at. */
export const mostExact = 10

/** Sets of columns as 0 and 1, and how much the answer for each counts for each column. */
export interface Plan {
  readonly known: readonly Uint8Array[]
  /** That were drawn; null: every set is looked at. */
  readonly orders: number | null
  /** Of the answers for `known`, in their order. */
  parts(answers: ArrayLike<number>): Float64Array
}

/** Every set once, by the weights of the definition: |S|! (n − |S| − 1)! / n!. */
function exactPlan(columns: number): Plan {
  const sets = 2 ** columns
  const weights = Array.from({ length: columns }, (_, size) => {
    // 1 / (n · C(n − 1, size))
    let choose = 1
    for (let k = 0; k < size; k++) choose = (choose * (columns - 1 - k)) / (k + 1)
    return 1 / (columns * choose)
  })
  return {
    orders: null,
    known: Array.from({ length: sets }, (_, set) =>
      Uint8Array.from({ length: columns }, (__, column) => (set >> column) & 1),
    ),
    parts: (answers) =>
      Float64Array.from({ length: columns }, (_, column) => {
        let sum = 0
        for (let set = 0; set < sets; set++) {
          if ((set >> column) & 1) continue
          let size = 0
          for (let rest = set; rest > 0; rest >>= 1) size += rest & 1
          sum += weights[size]! * (answers[set | (1 << column)]! - answers[set]!)
        }
        return sum
      }),
  }
}

/** Orders and their reverses, in which one column after the other becomes known. */
function drawnPlan(columns: number, orders: number, seed: number): Plan {
  const random = randomSource(seed)
  const walks = Array.from({ length: Math.max(1, Math.ceil(orders / 2)) }, () => {
    const order = Int32Array.from({ length: columns }, (_, i) => i)
    shuffle(order, random)
    return [order, order.toReversed()]
  }).flat()
  const known = walks.flatMap((order) => {
    const set = new Uint8Array(columns)
    return [
      set.slice(),
      ...Array.from(order, (column) => {
        set[column] = 1
        return set.slice()
      }),
    ]
  })
  return {
    known,
    orders: walks.length,
    parts: (answers) => {
      const sums = new Float64Array(columns)
      walks.forEach((order, walk) => {
        const start = walk * (columns + 1)
        order.forEach((column, i) => {
          sums[column]! += (answers[start + i + 1]! - answers[start + i]!) / walks.length
        })
      })
      return sums
    },
  }
}

export const shapleyPlan = (columns: number, orders: number, seed = 0): Plan =>
  columns <= mostExact ? exactPlan(columns) : drawnPlan(columns, orders, seed)
