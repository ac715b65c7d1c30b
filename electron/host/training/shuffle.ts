/** The order in which an epoch visits its rows: a function of (seed, epoch), never of how the run got there. */
import { randomSource, shuffle } from '../prepare/random.ts'

/** murmur3's finalizer: every bit of the input reaches every bit of the output. */
function mix(bits: number): number {
  let h = bits | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Mixed one after the other: consecutive seeds and epochs must not meet, as seed + epoch would. */
const mixed = (seed: number, epoch: number): number =>
  mix(mix(mix(seed + 1) + Math.floor(seed / 2 ** 32)) + epoch + 1)

/** A permutation of 0…rows−1. Seeds may be any non-negative safe integer. */
export function permutation(rows: number, seed: number, epoch: number): Int32Array<ArrayBuffer> {
  const order = Int32Array.from({ length: rows }, (_, row) => row)
  shuffle(order, randomSource(mixed(seed, epoch)))
  return order
}

/** As many rows, drawn with replacement; `chances` add up to 1. */
export function drawn(chances: Float64Array, seed: number, epoch: number): Int32Array<ArrayBuffer> {
  const upTo = new Float64Array(chances.length)
  let sum = 0
  chances.forEach((chance, row) => (upTo[row] = sum += chance))
  const random = randomSource(mixed(seed, epoch))
  return Int32Array.from(chances, () => {
    const at = random() * sum
    let [low, high] = [0, chances.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (upTo[middle]! > at) high = middle
      else low = middle + 1
    }
    return low
  })
}

export const orderOf = (
  rows: number,
  seed: number,
  epoch: number,
  chances: Float64Array | null,
): Int32Array<ArrayBuffer> =>
  chances === null ? permutation(rows, seed, epoch) : drawn(chances, seed, epoch)
