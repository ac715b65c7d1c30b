/** What is done about classes of different size by the rows that a training sees; validation and test stay as they are. */
import {
  implementationOf,
  imbalanceRemedies,
  type ImbalanceRemedy,
  type Implementations,
} from '../../contract/index.ts'
import type { SplitArrays } from '../training/session.ts'
import type { Preparation } from './preparation.ts'
import { randomSource, shuffle } from './random.ts'
import { synthesize, type Classes } from './smote.ts'

/** Training rows as they are shown. */
export interface Sampled {
  readonly arrays: SplitArrays
  /** Which of the rows each one is, -1 where it was made up; null: they are the rows as they were. */
  readonly from: Int32Array | null
  /** How likely each row is drawn, for as many draws an epoch as there are rows; null: each row once. */
  readonly draw: Float64Array | null
}

interface Sampler {
  readonly sample: (arrays: SplitArrays, classes: Classes, preparation: Preparation) => Sampled
  /** What becomes of rows of each class, in counts. */
  readonly counts: (counts: readonly number[]) => readonly number[]
}

const asIs: Sampler = { sample: (arrays) => ({ arrays, from: null, draw: null }), counts: (counts) => counts }

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

const picked = (arrays: SplitArrays, rows: Int32Array): Sampled => ({
  arrays: pick(arrays, rows),
  from: rows,
  draw: null,
})

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

const implementations: Implementations<typeof imbalanceRemedies, Sampler> = {
  none: () => asIs,
  classWeights: () => asIs,
  weightedSampler: () => ({
    sample: (arrays, classes) => {
      const draw = new Float64Array(arrays.rows)
      for (const rows of classes.rows)
        for (const row of rows) draw[row] = 1 / (classes.rows.length * rows.length)
      return { arrays, from: null, draw }
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
      return picked(arrays, Int32Array.from(rows))
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
      return picked(arrays, Int32Array.from(rows))
    },
    counts: (counts) => lowered(counts, balance),
  }),
  smote: (options) => ({
    sample: (arrays, classes, preparation) => {
      const wanted = raised(sizes(classes), options.balance)
      const all = synthesize(arrays, classes, wanted, preparation, options)
      const from = Int32Array.from({ length: all.rows }, (_, row) => (row < arrays.rows ? row : -1))
      return { arrays: all, from, draw: null }
    },
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
  return sampler === asIs
    ? { arrays, from: null, draw: null }
    : sampler.sample(arrays, classesOf(arrays), preparation)
}

/** Rows of each class that an epoch shows; null: those that there are. */
export function shownCounts(counts: readonly number[], remedy: ImbalanceRemedy): readonly number[] | null {
  const sampler = samplerOf(remedy)
  return sampler === asIs ? null : sampler.counts(counts)
}
