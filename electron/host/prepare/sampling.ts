/** What is done about classes of different size by the rows that a training sees; validation and test stay as they are. */
import {
  DescentError,
  formatCount,
  implementationOf,
  imbalanceRemedies,
  type ImbalanceRemedy,
  type Implementations,
} from '../../contract/index.ts'
import type { SplitArrays } from '../training/session.ts'
import type { Preparation } from './preparation.ts'
import { randomSource, shuffle } from './random.ts'

/** The rows of each class, and which class a row has. */
interface Classes {
  readonly rows: readonly Int32Array[]
  readonly of: ArrayLike<number>
}

/** Training rows as they are shown. */
export interface Sampled {
  readonly arrays: SplitArrays
  /** How likely each row is drawn, for as many draws an epoch as there are rows; null: each row once. */
  readonly draw: Float64Array | null
}

interface Sampler {
  readonly sample: (arrays: SplitArrays, classes: Classes, preparation: Preparation) => Sampled
  /** What becomes of rows of each class, in counts. */
  readonly counts: (counts: readonly number[]) => readonly number[]
}

const asIs: Sampler = { sample: (arrays) => ({ arrays, draw: null }), counts: (counts) => counts }

/** Copies of these rows, in this order. */
function pick({ inputs, targets, weights, rows: total }: SplitArrays, rows: Int32Array): SplitArrays {
  const of = <T extends Float32Array | Int32Array | Uint8Array>(from: T): T => {
    const width = from.length / total
    const into = new (from.constructor as new (length: number) => T)(width * rows.length)
    rows.forEach((row, i) => into.set(from.subarray(row * width, (row + 1) * width), i * width))
    return into
  }
  return {
    rows: rows.length,
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, from]) => [name, of(from)])),
    targets: of(targets),
    weights: weights && of(weights),
  }
}

const classesOf = ({ targets, rows }: SplitArrays): Classes => {
  if (targets.length !== rows) throw new Error('Rows are sampled by class only where each has one.')
  const byClass = new Map<number, number[]>()
  targets.forEach((code, row) => {
    const own = byClass.get(code) ?? []
    own.push(row)
    byClass.set(code, own)
  })
  return {
    rows: [...byClass].sort(([a], [b]) => a - b).map(([, rows]) => Int32Array.from(rows)),
    of: targets,
  }
}

const largest = (counts: readonly number[]): number => Math.max(0, ...counts)
const smallest = (counts: readonly number[]): number => Math.min(...counts.filter((count) => count > 0))
/** So many rows a class is brought up to. */
const raised = (counts: readonly number[], balance: number): number[] =>
  counts.map((count) => (count === 0 ? 0 : Math.max(count, Math.round(balance * largest(counts)))))
const lowered = (counts: readonly number[], balance: number): number[] =>
  counts.map((count) => Math.min(count, Math.round(smallest(counts) / balance)))
const sizes = ({ rows }: Classes): number[] => rows.map(({ length }) => length)

/** Above this the neighbors of a class take too long to find. */
const mostOfClass = 20_000

/** The nearest other rows of the class to one of them, by their places in it; found when it is asked for. */
function neighborsIn(
  vectors: Float32Array,
  width: number,
  rows: Int32Array,
  wanted: number,
): (at: number) => Int32Array {
  const count = Math.min(wanted, rows.length - 1)
  const known = new Map<number, Int32Array>()
  const find = (at: number): Int32Array => {
    const places = new Int32Array(count).fill(-1)
    const distances = new Float64Array(count).fill(Infinity)
    const row = rows[at]! * width
    for (let to = 0; to < rows.length; to++) {
      if (to === at) continue
      const other = rows[to]! * width
      let sum = 0
      for (let i = 0; i < width; i++) {
        const difference = vectors[row + i]! - vectors[other + i]!
        sum += difference * difference
      }
      if (places[count - 1] !== -1 && sum >= distances[count - 1]!) continue
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

function synthesize(
  arrays: SplitArrays,
  classes: Classes,
  { columns }: Preparation,
  { neighbors, balance, seed }: { neighbors: number; balance: number; seed: number },
): SplitArrays {
  const other = columns.find(({ kind }) => kind !== 'number')
  const [name, ...more] = Object.keys(arrays.inputs)
  if (other || name === undefined || more.length > 0)
    throw new DescentError(
      'badRecipe',
      `SMOTE makes rows between others, which only numbers allow, and “${other?.name ?? name}” is a ${other?.kind ?? 'feature'}. Ignore such columns, or choose over-sampling.`,
      'imbalance.remedy',
    )
  const numbers = arrays.inputs[name] as Float32Array
  const width = numbers.length / arrays.rows
  const random = randomSource(seed)
  const wanted = raised(sizes(classes), balance)
  const made: { values: Float32Array; target: number; weight: number }[] = []
  classes.rows.forEach((rows, k) => {
    const missing = wanted[k]! - rows.length
    if (missing <= 0) return
    const target = classes.of[rows[0]!]!
    if (rows.length < 2)
      throw new DescentError(
        'badData',
        'SMOTE needs two training rows of each class at least, and one class has a single one. Choose over-sampling.',
        'imbalance.remedy',
      )
    if (rows.length > mostOfClass)
      throw new DescentError(
        'badData',
        `SMOTE compares all rows of a class with each other, and one that is to grow has ${formatCount(rows.length)}: too many. Choose the weighted sampler.`,
        'imbalance.remedy',
      )
    const near = neighborsIn(numbers, width, rows, neighbors)
    for (let i = 0; i < missing; i++) {
      const from = Math.floor(random() * rows.length)
      const around = near(from)
      const to = around[Math.floor(random() * around.length)]!
      const step = random()
      const [a, b] = [rows[from]! * width, rows[to]! * width]
      made.push({
        values: Float32Array.from(
          { length: width },
          (_, j) => numbers[a + j]! + step * (numbers[b + j]! - numbers[a + j]!),
        ),
        target,
        weight: arrays.weights?.[rows[from]!] ?? 1,
      })
    }
  })
  const total = arrays.rows + made.length
  const values = new Float32Array(total * width)
  values.set(numbers)
  made.forEach(({ values: one }, i) => values.set(one, (arrays.rows + i) * width))
  const targets = new (arrays.targets.constructor as new (length: number) => typeof arrays.targets)(total)
  targets.set(arrays.targets)
  made.forEach(({ target }, i) => (targets[arrays.rows + i] = target))
  const weights = arrays.weights && new Float32Array(total)
  weights?.set(arrays.weights!)
  if (weights) made.forEach(({ weight }, i) => (weights[arrays.rows + i] = weight))
  return { rows: total, inputs: { [name]: values }, targets, weights }
}

const implementations: Implementations<typeof imbalanceRemedies, Sampler> = {
  none: () => asIs,
  classWeights: () => asIs,
  weightedSampler: () => ({
    sample: (arrays, classes) => {
      const draw = new Float64Array(arrays.rows)
      for (const rows of classes.rows)
        for (const row of rows) draw[row] = 1 / (classes.rows.length * rows.length)
      return { arrays, draw }
    },
    counts: (counts) => {
      const total = counts.reduce((sum, count) => sum + count, 0)
      const present = counts.filter((count) => count > 0).length
      return counts.map((count) => (count === 0 ? 0 : Math.round(total / present)))
    },
  }),
  overSample: ({ balance, seed }) => ({
    sample: (arrays, classes) => {
      const random = randomSource(seed)
      const wanted = raised(sizes(classes), balance)
      const rows = classes.rows.flatMap((own, k) => [
        ...own,
        ...Array.from({ length: wanted[k]! - own.length }, () => own[Math.floor(random() * own.length)]!),
      ])
      return { arrays: pick(arrays, Int32Array.from(rows)), draw: null }
    },
    counts: (counts) => raised(counts, balance),
  }),
  underSample: ({ balance, seed }) => ({
    sample: (arrays, classes) => {
      const random = randomSource(seed)
      const wanted = lowered(sizes(classes), balance)
      const rows = classes.rows.flatMap((own, k) => {
        const drawn = own.slice()
        shuffle(drawn, random)
        return [...drawn.subarray(0, wanted[k]).sort()]
      })
      return { arrays: pick(arrays, Int32Array.from(rows)), draw: null }
    },
    counts: (counts) => lowered(counts, balance),
  }),
  smote: (options) => ({
    sample: (arrays, classes, preparation) => ({
      arrays: synthesize(arrays, classes, preparation, options),
      draw: null,
    }),
    counts: (counts) => raised(counts, options.balance),
  }),
}

const samplerOf = (remedy: ImbalanceRemedy): Sampler =>
  implementationOf(imbalanceRemedies, implementations, remedy)

/** The training rows as the remedy shows them. */
export function sampleTraining(
  arrays: SplitArrays,
  remedy: ImbalanceRemedy,
  preparation: Preparation,
): Sampled {
  const sampler = samplerOf(remedy)
  return sampler === asIs ? { arrays, draw: null } : sampler.sample(arrays, classesOf(arrays), preparation)
}

/** Rows of each class that an epoch shows; null: those that there are. */
export function shownCounts(counts: readonly number[], remedy: ImbalanceRemedy): readonly number[] | null {
  const sampler = samplerOf(remedy)
  return sampler === asIs ? null : sampler.counts(counts)
}
