/**
 * SMOTE, and SMOTE-NC where there are categories (Chawla et al. 2002, sections 4.2 and 6.1), as imbalanced-learn has them:
 * new rows of a class between one of its rows and one of its nearest neighbors.
 */
import { DescentError, encoders, formatCount, kindLabel, memberOf, plural } from '../../contract/index.ts'
import type { SplitArrays } from '../training/session.ts'
import { placesOf, type ColumnPlace, type Preparation } from './preparation.ts'
import { randomSource } from './random.ts'

/** The rows of each class, and which class a row has. */
export interface Classes {
  readonly rows: readonly Int32Array[]
  readonly of: ArrayLike<number>
}

/** Numbers that are compared at most to find the neighbors of a class, about ten seconds of work. */
const mostNumbers = 1e10

/** A feature that has values between any two, or the features of a category, which has none. */
interface Parts {
  readonly numbers: readonly { readonly input: string; readonly at: number }[]
  readonly categories: readonly ColumnPlace[]
}

function partsOf({ columns }: Preparation): Parts {
  const places = placesOf(columns)
  const numbers: Parts['numbers'][number][] = []
  const categories: ColumnPlace[] = []
  columns.forEach(({ name, kind, encoder }, i) => {
    const place = places[i]!
    const member = memberOf(encoders, encoder.encoder)
    const between = 'between' in member ? member.between : null
    if (between === null)
      throw new DescentError(
        'badRecipe',
        `SMOTE makes rows between others, and between two values of “${name}” (${kindLabel(kind)}, encoded by “${member.label}”) there is nothing that it could make. Ignore the column, or choose over-sampling.`,
        'imbalance.remedy',
      )
    if (between === 'nothing') categories.push(place)
    else for (let i = 0; i < place.width; i++) numbers.push({ input: place.input, at: place.offset + i })
  })
  if (numbers.length === 0)
    throw new DescentError(
      'badRecipe',
      'SMOTE makes rows between others, which takes a column of numbers at least, and all features are categories. Choose over-sampling.',
      'imbalance.remedy',
    )
  return { numbers, categories }
}

interface Matrix {
  readonly values: Float32Array
  readonly width: number
}

/** The numbers of these rows, side by side. */
function numbersOf({ inputs, rows: total }: SplitArrays, rows: Int32Array, parts: Parts): Matrix {
  const width = parts.numbers.length
  const values = new Float32Array(width * rows.length)
  parts.numbers.forEach(({ input, at }, i) => {
    const from = inputs[input]!
    const stride = from.length / total
    rows.forEach((row, j) => (values[j * width + i] = from[row * stride + at]!))
  })
  return { values, width }
}

/** A number for each category of these rows, the same where all its features are. */
function codesOf(
  { inputs, rows: total }: SplitArrays,
  rows: Int32Array,
  { input, offset, width }: ColumnPlace,
): Int32Array {
  const from = inputs[input]!
  const stride = from.length / total
  const known = new Map<string, number>()
  return Int32Array.from(rows, (row) => {
    const start = row * stride + offset
    const key = from.subarray(start, start + width).join()
    const code = known.get(key) ?? known.size
    known.set(key, code)
    return code
  })
}

/** The median of the columns’ standard deviations: so far apart are two categories. */
export function medianDeviation({ values, width }: Matrix): number {
  const rows = values.length / width
  const deviations = Float64Array.from({ length: width }, (_, i) => {
    let [sum, squares] = [0, 0]
    for (let row = 0; row < rows; row++) sum += values[row * width + i]!
    for (let row = 0; row < rows; row++) squares += (values[row * width + i]! - sum / rows) ** 2
    return Math.sqrt(squares / rows)
  }).sort()
  const middle = (width - 1) / 2
  return (deviations[Math.floor(middle)]! + deviations[Math.ceil(middle)]!) / 2
}

/** The nearest other rows to one of them, found when it is asked for; categories that differ are `apart`. */
export function neighborsIn(
  { values, width }: Matrix,
  categories: readonly Int32Array[],
  apart: number,
  wanted: number,
): (at: number) => Int32Array {
  const rows = values.length / width
  const count = Math.min(wanted, rows - 1)
  const known = new Map<number, Int32Array>()
  const find = (at: number): Int32Array => {
    const places = new Int32Array(count).fill(-1)
    const distances = new Float64Array(count).fill(Infinity)
    for (let to = 0; to < rows; to++) {
      if (to === at) continue
      const furthest = distances[count - 1]!
      // Of most rows a few numbers tell that they are not among the nearest.
      let sum = 0
      for (const codes of categories) if (codes[at] !== codes[to]) sum += apart * apart
      for (let i = 0; i < width && sum < furthest; i++) {
        const difference = values[at * width + i]! - values[to * width + i]!
        sum += difference * difference
      }
      if (places[count - 1] !== -1 && sum >= furthest) continue
      // Few are kept, in order; of equal distances the first stays first.
      let place = count - 1
      for (; place > 0 && (places[place - 1] === -1 || distances[place - 1]! > sum); place--) {
        distances[place] = distances[place - 1]!
        places[place] = places[place - 1]!
      }
      distances[place] = sum
      places[place] = to
    }
    return places
  }
  return (at) => {
    const found = known.get(at) ?? find(at)
    known.set(at, found)
    return found
  }
}

/** The neighbor whose category is the most frequent among them; of equally frequent ones any. */
function mostFrequent(codes: Int32Array, around: Int32Array, random: () => number): number {
  const counts = new Map<number, number>()
  for (const at of around) counts.set(codes[at]!, (counts.get(codes[at]!) ?? 0) + 1)
  const most = Math.max(...counts.values())
  const tied = [...counts].filter(([, count]) => count === most)
  const [code] = tied[tied.length === 1 ? 0 : Math.floor(random() * tied.length)]!
  return around.find((at) => codes[at] === code)!
}

/** The same arrays with room for more rows at their end. */
function enlarged({ inputs, targets, weights, rows }: SplitArrays, more: number): SplitArrays {
  const of = <T extends Float32Array | Int32Array | Uint8Array>(from: T): T => {
    const width = from.length / rows
    const into = new (from.constructor as new (length: number) => T)(width * (rows + more))
    into.set(from)
    return into
  }
  return {
    rows: rows + more,
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, from]) => [name, of(from)])),
    targets: of(targets),
    weights: weights && of(weights),
  }
}

/** `wanted`: rows of each class. What there is stays as it is, and the new rows follow. */
export function synthesize(
  arrays: SplitArrays,
  classes: Classes,
  wanted: readonly number[],
  preparation: Preparation,
  { neighbors, seed }: { neighbors: number; seed: number },
): SplitArrays {
  const parts = partsOf(preparation)
  const random = randomSource(seed)
  const missing = classes.rows.map(({ length }, k) => Math.max(0, wanted[k]! - length))
  const all = enlarged(
    arrays,
    missing.reduce((sum, count) => sum + count, 0),
  )
  let next = arrays.rows
  const strideOf = (input: string): number => all.inputs[input]!.length / all.rows
  classes.rows.forEach((rows, k) => {
    if (missing[k] === 0) return
    if (rows.length < 2)
      throw new DescentError(
        'badData',
        'SMOTE needs two training rows of each class at least, and one class has a single one. Choose over-sampling.',
        'imbalance.remedy',
      )
    const width = parts.numbers.length + parts.categories.length
    if (Math.min(missing[k]!, rows.length) * rows.length * width > mostNumbers)
      throw new DescentError(
        'badData',
        `SMOTE compares the rows of a class with each other, and one that is to grow has ${formatCount(rows.length)} of ${plural(width, 'number')} each: too many. Choose the weighted sampler.`,
        'imbalance.remedy',
      )
    const numbers = numbersOf(arrays, rows, parts)
    const categories = parts.categories.map((place) => codesOf(arrays, rows, place))
    const near = neighborsIn(numbers, categories, medianDeviation(numbers), neighbors)
    for (let i = 0; i < missing[k]!; i++, next++) {
      const from = Math.floor(random() * rows.length)
      const around = near(from)
      const to = around[Math.floor(random() * around.length)]!
      const step = random()
      parts.numbers.forEach(({ input, at }, j) => {
        const [a, b] = [numbers.values[from * numbers.width + j]!, numbers.values[to * numbers.width + j]!]
        all.inputs[input]![next * strideOf(input) + at] = a + step * (b - a)
      })
      parts.categories.forEach(({ input, offset, width }, j) => {
        const stride = strideOf(input)
        const start = rows[mostFrequent(categories[j]!, around, random)]! * stride + offset
        all.inputs[input]!.copyWithin(next * stride + offset, start, start + width)
      })
      all.targets[next] = classes.of[rows[from]!]!
      if (all.weights) all.weights[next] = arrays.weights![rows[from]!]!
    }
  })
  return all
}
