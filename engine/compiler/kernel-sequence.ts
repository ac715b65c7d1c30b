/** Kernels in the order in which they run, some of which become one: who touches a slot is known without asking all of them. */
import type { Kernel, LoopKernel } from './kernel.ts'

/** A kernel with the slots that it touches. */
export interface Entry {
  readonly kernel: Kernel
  readonly reads: ReadonlySet<number>
  readonly writes: ReadonlySet<number>
  /** The same for kernels over as many elements in the same order; null: no loops. */
  readonly walk: string | null
}
export type LoopEntry = Entry & { readonly kernel: LoopKernel }

export const isLoop = (entry: Entry): entry is LoopEntry => entry.kernel.kind === 'loop'

/** Increasing numbers. */
class Places {
  readonly #places: number[] = []

  /** How many are smaller. */
  #below(place: number): number {
    let [low, high] = [0, this.#places.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#places[middle]! < place) low = middle + 1
      else high = middle
    }
    return low
  }

  add(place: number): void {
    this.#places.splice(this.#below(place), 0, place)
  }

  remove(place: number): void {
    this.#places.splice(this.#below(place), 1)
  }

  below(place: number): number[] {
    return this.#places.slice(0, this.#below(place))
  }

  hasBetween(from: number, to: number): boolean {
    return (this.#places[this.#below(from + 1)] ?? Infinity) < to
  }
}

/** Each kernel has a place, which is its own whichever others go. */
export class KernelSequence {
  readonly #entries: (Entry | null)[]
  readonly #readers = new Map<number, Places>()
  readonly #writers = new Map<number, Places>()
  #size = 0

  constructor(entries: readonly Entry[]) {
    this.#entries = entries.map(() => null)
    entries.forEach((entry, place) => this.put(place, entry))
  }

  get size(): number {
    return this.#size
  }

  at(place: number): Entry {
    return this.#entries[place]!
  }

  kernels(): Kernel[] {
    return this.#entries.flatMap((entry) => (entry ? [entry.kernel] : []))
  }

  /** The place of the last kernel before `place`; null: there is none. */
  before(place: number): number | null {
    for (let at = place - 1; at >= 0; at--) if (this.#entries[at]) return at
    return null
  }

  last(): number | null {
    return this.before(this.#entries.length)
  }

  /** Puts a kernel in the place of another; null leaves the place empty. */
  put(place: number, entry: Entry | null): void {
    const old = this.#entries[place]
    for (const [places, slots] of [
      [this.#readers, old?.reads],
      [this.#writers, old?.writes],
    ] as const)
      // prettier-ignore
      for (const slot of slots ?? []) places.get(slot)!.remove(place)
    for (const [places, slots] of [
      [this.#readers, entry?.reads],
      [this.#writers, entry?.writes],
    ] as const)
      // prettier-ignore
      for (const slot of slots ?? []) {
        let of = places.get(slot)
        if (!of) places.set(slot, (of = new Places()))
        of.add(place)
      }
    this.#size += Number(entry !== null) - Number(!!old)
    this.#entries[place] = entry
  }

  /** Places before `below` of kernels that read or write one of the slots, the last first. */
  sharing(slots: Iterable<number>, below: number): number[] {
    const found = new Set<number>()
    for (const slot of slots)
      for (const places of [this.#readers.get(slot), this.#writers.get(slot)])
        for (const place of places?.below(below) ?? []) found.add(place)
    return [...found].sort((a, b) => b - a)
  }

  /**
   * Whether a kernel may trade places with those between: none needs what it writes, or rewrites what it reads. Two
   * kernels write one slot only as parts of a whole.
   */
  canPass({ reads, writes }: Entry, from: number, to: number): boolean {
    for (const slot of writes) if (this.#readers.get(slot)?.hasBetween(from, to)) return false
    for (const slot of reads) if (this.#writers.get(slot)?.hasBetween(from, to)) return false
    return true
  }
}
