import { classesOf, type Workload } from './workload.ts'

/** Park and Miller's minimal standard generator: enough for benchmark data, and the same few lines in any language. */
function* uniform(seed: number): Generator<number, never> {
  let state = seed
  for (;;) {
    state = (state * 48271) % 2147483647
    yield state / 2147483647
  }
}

export interface Data {
  features: Float32Array
  labels: Int32Array
}

/**
 * Uniform features in [-1, 1]; the label is the largest of the first features, so that there is something to learn. Every
 * fourth label is arbitrary, so that nobody learns it all: then gradients would become subnormal numbers, with which
 * processors are many times slower, and the benchmark would measure that.
 */
export function makeData(workload: Workload): Data {
  const random = uniform(1)
  const width = workload.sizes[0]!
  const classes = classesOf(workload)
  const features = Float32Array.from({ length: workload.rows * width }, () => random.next().value * 2 - 1)
  const labels = Int32Array.from({ length: workload.rows }, (_, row) => {
    const head = features.subarray(row * width, row * width + classes)
    return row % 4 === 0 ? (row / 4) % classes : head.indexOf(Math.max(...head))
  })
  return { features, labels }
}

/** Rows of the batch of a step: the data is walked in order, around and around. */
export const batchIndex = (workload: Workload, step: number): Int32Array =>
  Int32Array.from({ length: workload.batch }, (_, i) => (step * workload.batch + i) % workload.rows)
