/** A source of random numbers on the host whose place can be saved: what decides about the order of data. */

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const
/** Skein's key-schedule parity constant. */
const parity = 0x1bd11bda

/** Threefry-2x32 with 20 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"). All words of 32 bits. */
function threefry(key: readonly [number, number], counter: readonly [number, number]): [number, number] {
  const schedule = [key[0], key[1], (key[0] ^ key[1] ^ parity) >>> 0] as const
  let x0 = (counter[0] + schedule[0]) >>> 0
  let x1 = (counter[1] + schedule[1]) >>> 0
  for (let group = 0; group < 5; group++) {
    for (const by of rotations[group % 2]!) {
      x0 = (x0 + x1) >>> 0
      x1 = (((x1 << by) | (x1 >>> (32 - by))) ^ x0) >>> 0
    }
    x0 = (x0 + schedule[(group + 1) % 3]!) >>> 0
    x1 = (x1 + schedule[(group + 2) % 3]! + group + 1) >>> 0
  }
  return [x0, x1]
}

function word(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value >>> 0
  throw new RangeError(`${name} of a Generator must be a whole number, not ${String(value)}.`)
}

/** Everything there is to know of a generator. */
export interface GeneratorState {
  readonly seed: number
  readonly stream: number
  /** Words drawn so far. */
  readonly drawn: number
}

/**
 * Random numbers by a seed and a count: the same on every machine. `stream` tells apart generators of one seed, such as those of
 * single samples. Errors: a RangeError for a seed or stream that is no whole number. Source: torch.Generator.
 */
export class Generator {
  #seed: number
  #stream: number
  #drawn = 0

  constructor(seed = 0, stream = 0) {
    this.#seed = word('seed', seed)
    this.#stream = word('stream', stream)
  }

  /** Starts anew. The lowest 32 bits count. Errors: a RangeError for what is no whole number. */
  manualSeed(seed: number): this {
    this.#seed = word('seed', seed)
    this.#drawn = 0
    return this
  }

  /** From where its numbers go on. */
  getState(): GeneratorState {
    return { seed: this.#seed, stream: this.#stream, drawn: this.#drawn }
  }

  /** Its numbers go on from there. */
  setState({ seed, stream, drawn }: GeneratorState): this {
    this.#seed = seed >>> 0
    this.#stream = stream >>> 0
    this.#drawn = drawn
    return this
  }

  /** A word of 32 bits. */
  next(): number {
    const at = this.#drawn++
    const pair = Math.floor(at / 2)
    // The high word of the counter: after 2³³ draws.
    const counter = [pair >>> 0, Math.floor(pair / 2 ** 32)] as const
    return threefry([this.#seed, this.#stream], counter)[at % 2]!
  }

  /** Uniform in [0, 1), of 53 bits. */
  random(): number {
    return ((this.next() >>> 5) * 2 ** 26 + (this.next() >>> 6)) / 2 ** 53
  }

  /** A whole number from 0 to below `count`, each as likely. */
  below(count: number): number {
    return Math.floor(this.random() * count)
  }

  /** Standard normal, by Box & Muller's method (1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random())
  }

  /** The numbers from 0 to below `count` in any order, by Fisher & Yates. Source: torch.randperm. */
  permutation(count: number): Int32Array<ArrayBuffer> {
    const order = Int32Array.from({ length: count }, (_, i) => i)
    for (let i = count - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const moved = order[i]!
      order[i] = order[j]!
      order[j] = moved
    }
    return order
  }
}
