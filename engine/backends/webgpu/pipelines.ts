/** Compiled kernels, kept by their text for the life of the device, whatever sizes they are given. Drivers compile them side by side. */
import type { Shader } from './shader.ts'

export interface Pipeline {
  readonly layout: GPUBindGroupLayout
  /** null until it is `made`. */
  pipeline: GPUComputePipeline | null
  /** Why it could not be made. */
  failure: string | null
  /** Resolves when there is a pipeline or a failure. */
  readonly made: Promise<void>
}

/** The pipelines of one program. */
export class Pipelines {
  /** null: they are made. */
  made: Promise<void> | null
  failure: string | null = null

  constructor(pipelines: readonly Pipeline[]) {
    const settle = (): void => {
      this.made = null
      this.failure = pipelines.find(({ failure }) => failure !== null)?.failure ?? null
    }
    const missing = pipelines.filter(({ pipeline }) => pipeline === null)
    this.made = missing.length === 0 ? null : Promise.all(missing.map(({ made }) => made)).then(settle)
  }
}

/** https://www.w3.org/TR/webgpu/#typedefdef-gpushaderstageflags */
const computeStage = 0x4

/** Changes kernels before they are compiled, and gives them a second bind group. */
export interface Instrument {
  readonly layout: GPUBindGroupLayout
  readonly group: GPUBindGroup
  text(kernel: string): string
}

export class PipelineCache {
  readonly #device: GPUDevice
  readonly #instrument: Instrument | null
  readonly #pipelines = new Map<string, Pipeline>()
  readonly #layouts = new Map<string, GPUBindGroupLayout>()

  constructor(device: GPUDevice, instrument: Instrument | null = null) {
    this.#device = device
    this.#instrument = instrument
  }

  /** The shader, or another that does as well and is compiled already; starts compiling what nobody asked for before. */
  choose(shader: Shader): { readonly shader: Shader; readonly pipeline: Pipeline } {
    const known = this.#pipelines.get(shader.text)
    if (known) return { shader, pipeline: known }
    for (const other of shader.others?.() ?? []) {
      const pipeline = this.#pipelines.get(other.text)
      if (pipeline) return { shader: other, pipeline }
    }
    return { shader, pipeline: this.#compile(shader) }
  }

  #compile({ text, writes }: Shader): Pipeline {
    const layout = this.#layout(writes)
    const instrument = this.#instrument
    const module = this.#device.createShaderModule({ code: instrument ? instrument.text(text) : text })
    const bindGroupLayouts = instrument ? [layout, instrument.layout] : [layout]
    const compiling = this.#device.createComputePipelineAsync({
      layout: this.#device.createPipelineLayout({ bindGroupLayouts }),
      compute: { module, entryPoint: 'main' },
    })
    const made = compiling.then(
      (pipeline) => void (entry.pipeline = pipeline),
      async (error) => void (entry.failure = await describeFailure(error, module)),
    )
    const entry: Pipeline = { layout, pipeline: null, failure: null, made }
    this.#pipelines.set(text, entry)
    return entry
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
    entries.push({ binding: writes.length, visibility: computeStage, buffer: { type: 'uniform' } })
    const layout = this.#device.createBindGroupLayout({ entries })
    this.#layouts.set(key, layout)
    return layout
  }
}

/** A text that is no WGSL is the module's error; the pipeline's only says that there was one. */
async function describeFailure(error: unknown, module: GPUShaderModule): Promise<string> {
  const info = await module.getCompilationInfo().catch(() => null)
  const wrong = info?.messages.find(({ type }) => type === 'error')
  const reason = wrong?.message ?? (error instanceof Error ? error.message : String(error))
  return `A kernel could not be compiled for this GPU (${reason.trim()}). Update the graphics driver, or use the CPU.`
}
