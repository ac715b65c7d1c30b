/** Compiled kernels, kept by their full text for the life of the device. */
import type { Shader } from './shader.ts'

export interface Pipeline {
  readonly layout: GPUBindGroupLayout
  readonly pipeline: GPUComputePipeline
}

/** https://www.w3.org/TR/webgpu/#typedefdef-gpushaderstageflags */
const computeStage = 0x4

export class PipelineCache {
  readonly #device: GPUDevice
  readonly #pipelines = new Map<string, Pipeline>()
  readonly #layouts = new Map<string, GPUBindGroupLayout>()

  constructor(device: GPUDevice) {
    this.#device = device
  }

  get({ text, writes }: Shader): Pipeline {
    const known = this.#pipelines.get(text)
    if (known) return known
    const layout = this.#layout(writes)
    const pipeline = this.#device.createComputePipeline({
      layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: this.#device.createShaderModule({ code: text }), entryPoint: 'main' },
    })
    const made = { layout, pipeline }
    this.#pipelines.set(text, made)
    return made
  }

  #layout(writes: readonly boolean[]): GPUBindGroupLayout {
    const key = writes.map((w) => (w ? 'w' : 'r')).join('')
    const known = this.#layouts.get(key)
    if (known) return known
    const entries = writes.map((written, binding): GPUBindGroupLayoutEntry => ({
      binding,
      visibility: computeStage,
      buffer: { type: written ? 'storage' : 'read-only-storage' },
    }))
    const layout = this.#device.createBindGroupLayout({ entries })
    this.#layouts.set(key, layout)
    return layout
  }
}
