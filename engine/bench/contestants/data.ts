/** Data and weights that every contestant starts from, bit for bit (data.py makes the same). */
import type { Model } from '../cases.ts'

/** Park and Miller's minimal standard generator: enough for benchmark data, and the same few lines in any language. */
export class Uniform {
  #state: number
  constructor(seed: number) {
    this.#state = seed
  }
  /** In (0, 1). */
  next(): number {
    this.#state = (this.#state * 48271) % 2147483647
    return this.#state / 2147483647
  }
  /** `count` numbers in ±bound. A prime number of them is drawn and repeated: big tensors need not be slow to make. */
  floats(count: number, bound = 1): Float32Array<ArrayBuffer> {
    const drawn = Float32Array.from({ length: Math.min(count, 65_521) }, () => (this.next() * 2 - 1) * bound)
    const values = new Float32Array(count)
    for (let at = 0; at < count; at += drawn.length)
      values.set(drawn.subarray(0, Math.min(drawn.length, count - at)), at)
    return values
  }
}

export interface Data {
  inputs: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>
  /** Of the inputs: rows first. */
  shape: number[]
  labels: Int32Array<ArrayBuffer>
}

/**
 * Every class has a wave of its own under the noise, or a word of its own at every fifth position, so that there is
 * something to learn. Every fourth row shows another class than its label, so that nobody learns it all: then gradients
 * would become subnormal numbers, with which processors are many times slower, and the benchmark would measure that.
 */
export function makeData({ input, classes }: Model, rows: number): Data {
  const random = new Uniform(1)
  const shown = (row: number): number => (row % 4 === 0 ? Math.floor(row / 4) : row) % classes
  const labels = Int32Array.from({ length: rows }, (_, row) => row % classes)
  if (input.kind === 'tokens') {
    const { length, vocabulary } = input
    const inputs = Int32Array.from({ length: rows * length }, (_, i) => {
      const token = Math.floor(random.next() * vocabulary)
      return (i % length) % 5 === 0 ? shown(Math.floor(i / length)) : token
    })
    return { inputs, shape: [rows, length], labels }
  }
  const size = input.shape.reduce((a, b) => a * b)
  const width = input.shape.at(-1)!
  const inputs = Float32Array.from({ length: rows * size }, (_, i) => {
    const noise = random.next() * 2 - 1
    const wave = Math.cos((2 * Math.PI * (shown(Math.floor(i / size)) + 1) * (i % width)) / width)
    return noise + wave / 2
  })
  return { inputs, shape: [rows, ...input.shape], labels }
}

/** Rows of the batch of a step: the data is walked in order, around and around. */
export const batchIndex = (rows: number, batch: number, step: number): Int32Array<ArrayBuffer> =>
  Int32Array.from({ length: batch }, (_, i) => (step * batch + i) % rows)

/**
 * One number that depends on (a sample of) all values, near 1 in size whatever theirs: how contestants' results are
 * compared. Their direction against a wave, plus the logarithm of their length.
 */
export function fingerprint(values: ArrayLike<number>): number {
  const stride = Math.ceil(values.length / 1000)
  let along = 0
  let squares = 0
  for (let i = 0, k = 0; i < values.length; i += stride, k++) {
    along += values[i]! * Math.cos(k)
    squares += values[i]! ** 2
  }
  return squares === 0 ? 0 : along / Math.sqrt(squares) + Math.log(squares) / 2
}
