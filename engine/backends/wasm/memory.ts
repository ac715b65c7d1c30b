/** The linear memory all WASM tensors live in, with a pool of freed blocks by size. */

import { MemoryCount } from '../memory-count.ts'

const pageBytes = 65536
/** 64-byte blocks keep every tensor on its own cache lines. */
const alignment = 64
/** Never a tensor's: masked loads may read this far past either end of one. */
export const slackBytes = 2 ** 18
/** Addresses are 32-bit. */
const maximumPages = 65536

/** Smaller blocks are many, and what they keep to themselves is little: they are not looked through. */
const leastShared = 2 ** 14

export class WasmMemory {
  readonly memory: WebAssembly.Memory
  /** What modules that share this memory between threads must say of it; null: it is not shared. */
  readonly sharedPages: number | null
  readonly count = new MemoryCount()
  readonly #free = new Map<number, number[]>()
  /** No free block is larger, nor several that lie side by side; infinite: nobody has looked since something large was freed. */
  #largest = 0
  #top = slackBytes

  constructor(shared: boolean) {
    this.memory = new WebAssembly.Memory({ initial: 16, maximum: maximumPages, shared })
    this.sharedPages = shared ? maximumPages : null
  }

  /** Rounded so that near sizes share blocks: to 64 bytes when small, then to a quarter of a power of two, at last to a sixteenth. */
  static blockBytes(bytes: number): number {
    const small = Math.max(alignment, Math.ceil(bytes / alignment) * alignment)
    if (small <= 4096) return small
    const step = 2 ** Math.floor(Math.log2(small)) / (small > 2 ** 20 ? 16 : 4)
    return Math.ceil(small / step) * step
  }

  /** Errors: an Error when the 4 GiB a WebAssembly memory can have are used up. */
  allocate(bytes: number): number {
    const size = WasmMemory.blockBytes(bytes)
    const address = this.#free.get(size)?.pop() ?? this.#outOfOthers(size) ?? this.#fresh(size, bytes)
    this.count.add(size)
    return address
  }

  /**
   * Of free blocks of other sizes: neighbors become one, and of the smallest that is large enough the front is taken. Without it
   * each size keeps to itself what it once needed at most, and batches of several sizes take the memory of all of them together.
   */
  #outOfOthers(size: number): number | null {
    if (size < leastShared || size > this.#largest) return null
    const blocks = [...this.#free]
      .flatMap(([length, addresses]) => addresses.map((address) => ({ address, length })))
      .sort((a, b) => a.address - b.address)
    const joined: { address: number; length: number }[] = []
    for (const { address, length } of blocks) {
      const before = joined.at(-1)
      if (before !== undefined && before.address + before.length === address) before.length += length
      else joined.push({ address, length })
    }
    const found = joined.reduce<(typeof joined)[number] | null>(
      (best, one) => (one.length >= size && (best === null || one.length < best.length) ? one : best),
      null,
    )
    const address = found?.address ?? null
    if (found !== null) {
      found.address += size
      found.length -= size
    }
    this.#free.clear()
    for (const one of joined) if (one.length > 0) this.#keep(one.address, one.length)
    // Until something else is free there is none larger.
    this.#largest = joined.reduce((largest, { length }) => Math.max(largest, length), 0)
    return address
  }

  #keep(address: number, size: number): void {
    const list = this.#free.get(size)
    if (list) list.push(address)
    else this.#free.set(size, [address])
  }

  #fresh(size: number, bytes: number): number {
    const address = this.#top
    const end = address + size
    const missing = Math.ceil((end + slackBytes) / pageBytes) - this.memory.buffer.byteLength / pageBytes
    if (missing > 0) this.#grow(missing, bytes)
    this.#top = end
    return address
  }

  #grow(pages: number, wanted: number): void {
    const have = this.memory.buffer.byteLength / pageBytes
    // Growing is slow; by a quarter at a time it is rare.
    const generous = Math.min(Math.max(pages, Math.ceil(have / 4)), maximumPages - have)
    try {
      this.memory.grow(Math.max(pages, generous))
    } catch {
      throw new Error(
        `The CPU backend is out of memory: ${wanted} more bytes do not fit beside the ${have * pageBytes} in use (at most 4 GiB). Use a smaller batch or network, and await a value now and then: only then is memory nobody uses any more given back.`,
      )
    }
  }

  free(address: number, bytes: number): void {
    const size = WasmMemory.blockBytes(bytes)
    this.count.remove(size)
    this.#keep(address, size)
    if (size >= leastShared) this.#largest = Infinity
  }
}
