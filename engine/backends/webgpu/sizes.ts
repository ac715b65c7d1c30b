/** The sizes that kernels are given, in memory: the same ones once, for the life of the device, as pipelines are. */
import { usage } from './memory.ts'

/** Every device can bind at multiples of this: https://www.w3.org/TR/webgpu/#dom-supported-limits-minuniformbufferoffsetalignment. */
const alignment = 256
const chunkBytes = 2 ** 16

const roundUp = (bytes: number, to: number): number => Math.ceil(bytes / to) * to
/** Arrays of vectors are bound whole. */
const vectorBytes = 16

export class SizeMemory {
  readonly #device: GPUDevice
  readonly #known = new Map<string, GPUBufferBinding>()
  #chunk: GPUBuffer | null = null
  #used = 0

  constructor(device: GPUDevice) {
    this.#device = device
  }

  /** They can be read by all that is submitted from now on. */
  place(sizes: Uint32Array<ArrayBuffer>): GPUBufferBinding {
    const key = sizes.join()
    const known = this.#known.get(key)
    if (known) return known
    const size = roundUp(sizes.byteLength, vectorBytes)
    if (!this.#chunk || this.#used + size > this.#chunk.size) {
      this.#chunk = this.#device.createBuffer({
        size: Math.max(chunkBytes, size),
        usage: usage.uniform | usage.copyTarget,
      })
      this.#used = 0
    }
    const placed = { buffer: this.#chunk, offset: this.#used, size }
    this.#device.queue.writeBuffer(this.#chunk, this.#used, sizes)
    this.#used += roundUp(size, alignment)
    this.#known.set(key, placed)
    return placed
  }
}
