/** How much of a device's memory is in use. */

/** Bytes. Source: torch.cuda.memory_stats. */
export interface MemoryStats {
  /** In use by tensors and by steps that are compiled, as it was rounded up for them. */
  readonly allocated: number
  /** The most that ever was at once, since it was last reset. */
  readonly maxAllocated: number
}

export class MemoryCount {
  #allocated = 0
  #most = 0

  add(bytes: number): void {
    this.#allocated += bytes
    if (this.#allocated > this.#most) this.#most = this.#allocated
  }

  remove(bytes: number): void {
    this.#allocated -= bytes
  }

  get stats(): MemoryStats {
    return { allocated: this.#allocated, maxAllocated: this.#most }
  }

  resetPeak(): void {
    this.#most = this.#allocated
  }
}
