/**
 * For tests: kernels that count accesses outside of their buffers. Those of the product do without any check, so it has
 * to be known that there are none.
 */
import type { Instrument } from './pipelines.ts'
import { usage } from './memory.ts'

const mapModeRead = 0x1
const computeStage = 0x4
const counterBytes = 4

export class BoundsCheck implements Instrument {
  readonly layout: GPUBindGroupLayout
  readonly group: GPUBindGroup
  readonly #device: GPUDevice
  readonly #counter: GPUBuffer

  constructor(device: GPUDevice) {
    this.#device = device
    this.#counter = device.createBuffer({ size: counterBytes, usage: usage.storage | usage.copySource })
    this.layout = device.createBindGroupLayout({
      entries: [{ binding: 0, visibility: computeStage, buffer: { type: 'storage' } }],
    })
    const entries = [{ binding: 0, resource: { buffer: this.#counter } }]
    this.group = device.createBindGroup({ layout: this.layout, entries })
  }

  text(kernel: string): string {
    return withBoundsChecks(kernel)
  }

  /** How many accesses were outside so far. Everything must have been submitted. */
  async outside(): Promise<number> {
    const staging = this.#device.createBuffer({ size: counterBytes, usage: usage.mapRead | usage.copyTarget })
    const encoder = this.#device.createCommandEncoder()
    encoder.copyBufferToBuffer(this.#counter, 0, staging, 0, counterBytes)
    this.#device.queue.submit([encoder.finish()])
    await staging.mapAsync(mapModeRead)
    const [count] = new Uint32Array(staging.getMappedRange())
    staging.destroy()
    return count!
  }
}

/**
 * Matrix units' loads and stores of whole matrices are not looked at. Every `b3[index]` becomes `b3[inside3(i32(index))]`, which counts where it is not, and takes the first element instead.
 */
export function withBoundsChecks(kernel: string): string {
  const buffers = [...kernel.matchAll(/var<storage, \w+> b(\d+):/g)].map(([, number]) => number!)
  const functions = buffers.map(
    (b) => `fn inside${b}(i: i32) -> i32 {
  if (u32(i) < arrayLength(&b${b})) { return i; }
  atomicAdd(&outside, 1u);
  return 0;
}`,
  )
  const counter = '@group(1) @binding(0) var<storage, read_write> outside: atomic<u32>;'
  // Directives come first.
  const [directives] = /^(enable [^;]*;\s*)*/.exec(kernel)!
  return directives + [counter, ...functions, checked(kernel.slice(directives.length))].join('\n')
}

function checked(text: string): string {
  const access = /\bb(\d+)\[/.exec(text)
  if (!access) return text
  const start = access.index + access[0].length
  let end = start
  for (let depth = 1; depth > 0; end++) depth += text[end] === '[' ? 1 : text[end] === ']' ? -1 : 0
  const index = checked(text.slice(start, end - 1))
  return `${text.slice(0, start)}inside${access[1]}(i32(${index}))]${checked(text.slice(end))}`
}
