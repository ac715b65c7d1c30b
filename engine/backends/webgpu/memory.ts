/** Device memory, pooled by size: a training loop asks for the same few sizes for ever. */
import { bytesPerElement } from '../../tensor/dtype.ts'
import type { DeviceBuffer } from '../device.ts'
import { MemoryCount } from '../memory-count.ts'

/** https://www.w3.org/TR/webgpu/#buffer-usage */
export const usage = {
  mapRead: 0x1,
  copySource: 0x4,
  copyTarget: 0x8,
  uniform: 0x40,
  storage: 0x80,
  query: 0x200,
} as const

const mebibyte = 2 ** 20
/** Free memory kept for reuse. */
const poolLimit = 512 * mebibyte

/** Powers of two for small buffers; whole mebibytes for large ones, where rounding up would waste more. */
export function bucketSize(bytes: number, largest: number): number {
  if (bytes >= mebibyte) return Math.min(Math.ceil(bytes / mebibyte) * mebibyte, Math.max(bytes, largest))
  return Math.max(16, 2 ** Math.ceil(Math.log2(bytes)))
}

export class GpuMemory implements DeviceBuffer {
  readonly elements: number
  readonly buffer: GPUBuffer
  readonly #pool: BufferPool
  #freed = false

  constructor(pool: BufferPool, buffer: GPUBuffer, elements: number) {
    this.elements = elements
    this.buffer = buffer
    this.#pool = pool
  }

  /** Bytes a kernel may see; a binding cannot be empty. */
  get bytes(): number {
    return Math.max(1, this.elements) * bytesPerElement
  }

  free(): void {
    if (this.#freed) return
    this.#freed = true
    this.#pool.recycle(this.buffer)
  }
}

export class BufferPool {
  readonly #device: GPUDevice
  readonly #destroy: (buffer: GPUBuffer) => void
  readonly count = new MemoryCount()
  readonly #free = new Map<number, GPUBuffer[]>()
  #freeBytes = 0
  #closed = false

  /** `destroy`: gives a buffer up after everything that may still use it. */
  constructor(device: GPUDevice, destroy: (buffer: GPUBuffer) => void) {
    this.#device = device
    this.#destroy = destroy
  }

  /** The contents are what the last owner left. */
  allocate(elements: number): GpuMemory {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits
    const largest = Math.min(maxBufferSize, maxStorageBufferBindingSize)
    const bytes = Math.max(1, elements) * bytesPerElement
    if (bytes > largest) {
      throw new RangeError(
        `A tensor of ${elements.toLocaleString('en')} elements needs ${inMebibytes(bytes)}; ` +
          `this GPU allows ${inMebibytes(largest)} in one tensor. Use a smaller batch or the CPU.`,
      )
    }
    const size = bucketSize(bytes, largest)
    const known = this.#free.get(size)?.pop()
    if (known) this.#freeBytes -= size
    this.count.add(size)
    return new GpuMemory(this, known ?? this.#create(size), elements)
  }

  #create(size: number): GPUBuffer {
    return this.#device.createBuffer({ size, usage: usage.storage | usage.copySource | usage.copyTarget })
  }

  recycle(buffer: GPUBuffer): void {
    if (this.#closed) return
    this.count.remove(buffer.size)
    if (this.#freeBytes + buffer.size > poolLimit) {
      this.#destroy(buffer)
      return
    }
    const bucket = this.#free.get(buffer.size)
    if (bucket) bucket.push(buffer)
    else this.#free.set(buffer.size, [buffer])
    this.#freeBytes += buffer.size
  }

  close(): void {
    this.#closed = true
    this.#free.clear()
  }
}

const inMebibytes = (bytes: number): string => `${Math.ceil(bytes / mebibyte).toLocaleString('en')} MiB`
