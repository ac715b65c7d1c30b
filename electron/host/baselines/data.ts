/** What baselines learn from and are asked about: the rows of a prepared split, as plain models see them. */
import type { InputSpec } from '../model/input.ts'
import type { FrameColumn } from '../datasets/frame.ts'
import { inputsOf } from '../prepare/preparation.ts'
import { randomSource, shuffle } from '../prepare/random.ts'
import { functionsOfTask } from '../tasks/index.ts'
import type { PlainLearning } from '../tasks/task.ts'
import { takeRows } from '../training/data.ts'
import { designOf, type Design } from './design.ts'
import type { Learnable } from './part.ts'

export interface BaselineData {
  readonly learning: PlainLearning
  readonly inputs: readonly InputSpec[]
  readonly features: readonly FrameColumn[]
  /** Rows of the data: to learn from, and to say something of, in this order. */
  readonly train: Int32Array
  /** Training rows that there are, of which these may be some. */
  readonly trainRows: number
  readonly asked: Int32Array
  /** Of the target, row-major over the whole data: rows × outputs, or a class number of each row. */
  readonly targets: ArrayLike<number>
  /** The prepared inputs of these rows. */
  design(rows: Int32Array): Design
}

/** What a baseline says: rows asked × outputs, as its learning has them. */
export interface Said {
  readonly scores: Float64Array
  /** Training rows that it learned from. */
  readonly rows: number
  /** What is to be known of it: that it was ended early, or what it does not look at. */
  readonly notes: readonly string[]
}

/** How long it may take, and who wants to know how far it is. */
export interface Bounds {
  /** By `performance.now()`. */
  readonly deadline: number
  /** Milliseconds that it was given. */
  readonly budget: number
  progress(share: number): void
}

export function baselineData({
  preparation,
  split,
  data,
  features,
  trainRows = split.train.length,
}: Learnable): BaselineData {
  const inputs = inputsOf(preparation)
  return {
    learning: functionsOfTask(preparation.task).plain(preparation.target),
    inputs,
    features,
    train: split.train,
    trainRows,
    asked: joined(split.validation, split.test),
    targets: data.targets,
    design: (rows) => designOf(inputs, takeRows(data, rows).inputs, rows.length),
  }
}

function joined(first: Int32Array, second: Int32Array): Int32Array {
  const both = new Int32Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

/** All of them or so many of them, evenly by chance, in the order of the data; the same ones every time. */
export function someRows(rows: Int32Array, most: number): Int32Array {
  if (rows.length <= most) return rows
  const mixed = Int32Array.from(rows)
  shuffle(mixed, randomSource(0))
  return mixed.slice(0, most).sort()
}

/** The targets of these rows alone. */
export function targetsOfRows({ targets, learning }: BaselineData, rows: Int32Array): Float64Array {
  const width = learning.of === 'classes' ? 1 : learning.outputs
  const taken = new Float64Array(rows.length * width)
  rows.forEach((row, i) => {
    for (let k = 0; k < width; k++) taken[i * width + k] = targets[row * width + k]!
  })
  return taken
}
