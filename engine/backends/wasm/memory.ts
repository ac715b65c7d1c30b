/** The linear memory all WASM tensors live in, with a pool of freed blocks by size. */

import { MemoryCount } from '../memory-count.ts'

const pageBytes = 65536
/** 64-byte blocks keep every tensor on its own cache lines. */
const alignment = 64
/** Never a tensor's: masked loads may read this far past either end of one. */
export const slackBytes = 2 ** 18
/** Addresses are 32-bit. */
const maximumPages = 65536

export class WasmMemory {
  readonly memory: WebAssembly.Memory
  /** What modules that share this memory between threads must say of it; null: it is not shared. */
  readonly sharedPages: number | null
  readonly count = new MemoryCount()
  readonly #free = new Map<number, number[]>()
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
    const address = this.#free.get(size)?.pop() ?? this.#fresh(size, bytes)
    this.count.add(size)
    return address
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
    const list = this.#free.get(size)
    if (list) list.push(address)
    else this.#free.set(size, [address])
  }
}
