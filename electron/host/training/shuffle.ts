/** The order in which an epoch visits its rows: a function of (seed, epoch), never of how the run got there. */
import { randomSource, shuffle } from '../prepare/random.ts'

/** murmur3's finalizer: every bit of the input reaches every bit of the output. */
function mix(bits: number): number {
  let h = bits | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** A permutation of 0…rows−1. Seeds may be any non-negative safe integer. */
export function permutation(rows: number, seed: number, epoch: number): Int32Array<ArrayBuffer> {
  const order = Int32Array.from({ length: rows }, (_, row) => row)
  // Mixed one after the other: consecutive seeds and epochs must not meet, as seed + epoch would.
  const mixed = mix(mix(mix(seed + 1) + Math.floor(seed / 2 ** 32)) + epoch + 1)
  shuffle(order, randomSource(mixed))
  return order
}
