/** The WebGPU device: plans become pipelines and bind groups once, and are then replayed in one pass. */
import { describeKernel } from '../../compiler/describe.ts'
import type { ContractKernel, Kernel, Plan } from '../../compiler/kernel.ts'
import type { Program } from '../../compiler/primitive.ts'
import { schedule } from '../../compiler/schedule.ts'
import { planTemporaries } from '../../compiler/temporaries.ts'
import { bytesPerElement, lanesFor, type DType, type TypedArray } from '../../tensor/dtype.ts'
import type { BoundProgram, Device, DeviceBuffer, Executable, ProgramTimes } from '../device.ts'
import type { MemoryCount } from '../memory-count.ts'
import type { TextStore } from '../store.ts'
import { CommandOrder } from './command-order.ts'
import { planProducts, type Choices, type PlannedProducts } from './contract.ts'
import { deviceName, isSoftware, requestAdapter, requestDevice, subgroupMatrix } from './gpu.ts'
import { BufferPool, type GpuMemory, usage } from './memory.ts'
import { type Instrument, type Pipeline, PipelineCache, Pipelines } from './pipelines.ts'
import { alikeVariants } from './products/candidates.ts'
import { beginTrial } from './products/trial.ts'
import { matrixUnitOf } from './products/matrix-unit.ts'
import { Tuner } from './products/tuner.ts'
import { deviceKey } from './products/tuning.ts'
import type { ProductDevice, Variant } from './products/variant.ts'
import { withWorkspace } from './routines/index.ts'
import { SizeMemory } from './sizes.ts'
import { gpuTimes } from './timestamps.ts'
import { kernelShaders } from './wgsl.ts'

export interface WebGPUDevice extends Device {
  /** A CPU plays the GPU. */
  readonly software: boolean
  /** What its products can use. */
  readonly abilities: ProductDevice
}

export interface WebGPUDescription {
  readonly available: boolean
  /** The device's name, or why there is none. */
  readonly description: string
  /** What tells it from other devices, its driver's version included. */
  readonly key: string
  readonly software: boolean
}

/** Looks for a device without opening it. */
export async function describeWebGPU(): Promise<WebGPUDescription> {
  try {
    const { info } = await requestAdapter()
    return {
      available: true,
      description: deviceName(info),
      key: deviceKey(info),
      software: isSoftware(info),
    }
  } catch (error) {
    const description = error instanceof Error ? error.message : String(error)
    return { available: false, description, key: '', software: false }
  }
}

/**
 * Opens the machine's GPU. Errors: an Error that says why there is none and what to do.
 * Under Node an open device keeps the process alive until it is told to exit.
 */
export async function createWebGPUDevice(options: WebGPUOptions = {}): Promise<WebGPUDevice> {
  const adapter = await requestAdapter()
  const gpu = await requestDevice(adapter)
  const tunes = options.tune ?? (!isSoftware(adapter.info) && isTuningOn())
  const store = tunes ? (options.tunings ?? null) : null
  const abilities = options.abilities ?? productDevice(adapter.info, gpu)
  const tuner = await Tuner.open(abilities, adapter.info, store)
  return new GpuDevice(adapter.info, gpu, { ...options, abilities, tuner, tunes })
}

export interface WebGPUOptions {
  /** The device that kernels are to be written for; by default what this one is. For tests. */
  readonly abilities?: ProductDevice | undefined
  /** How a product is computed; by default as the tuner says. */
  readonly products?: ((kernel: ContractKernel) => Variant) | undefined
  /** Where measured choices are kept; by default they end with the process. */
  readonly tunings?: TextStore | undefined
  /** Whether tune() measures and its results count. By default yes, but not on software, nor where DESCENT_TUNING is off. */
  readonly tune?: boolean
  /** For tests: see bounds.ts. */
  readonly instrument?: (gpu: GPUDevice) => Instrument
}

const isTuningOn = (): boolean => typeof process === 'undefined' || process.env['DESCENT_TUNING'] !== 'off'

function productDevice(info: GPUAdapterInfo, { limits, features }: GPUDevice): ProductDevice {
  const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupStorageSize } = limits
  return {
    software: isSoftware(info),
    half: features.has('shader-f16'),
    matrixUnit: features.has(subgroupMatrix) ? matrixUnitOf(info) : null,
    maxComputeInvocationsPerWorkgroup,
    maxComputeWorkgroupStorageSize,
  }
}

interface Dispatch {
  readonly pipeline: Pipeline
  readonly bindGroup: GPUBindGroup
  readonly kernel: Kernel
  readonly x: number
  readonly y: number
}

/** What a program dispatches, and when it can: the moment its last pipeline is made. */
interface Dispatches {
  readonly list: readonly Dispatch[]
  readonly pipelines: Pipelines
}

/** A device hands out only its own buffers, so it gets only those back. */
const memoryOf = (buffer: DeviceBuffer): GpuMemory => buffer as GpuMemory

const closed = 'The GPU device has been closed.'
/** Losses and metrics are read all the time, whole data sets now and then: only buffers for the former are kept. */
const keptStaging = 2 ** 20
const mapModeRead = 0x1

/** What a device needs to choose how products are computed. */
interface Choosing extends Pick<WebGPUOptions, 'products' | 'instrument'> {
  readonly abilities: ProductDevice
  readonly tuner: Tuner
  readonly tunes: boolean
}

class GpuDevice implements WebGPUDevice {
  readonly backend = 'webgpu'
  readonly name: string
  readonly software: boolean
  readonly abilities: ProductDevice
  readonly tune?: (program: Program, milliseconds: number) => Promise<void>
  readonly #gpu: GPUDevice
  readonly #choices: Choices
  readonly #instrument: Instrument | null
  readonly #pipelines: PipelineCache
  readonly #sizes: SizeMemory
  readonly #pool: BufferPool
  readonly #staging = new Map<number, GPUBuffer[]>()
  /** A program waits for its pipelines, and whatever comes after it waits too. */
  readonly #order = new CommandOrder((error) => {
    this.#failure ??= error instanceof Error ? error.message : String(error)
  })
  /** Commands recorded but not yet submitted: copies wait for the program they feed. */
  #encoder: GPUCommandEncoder | null = null
  /** What went wrong since the last call; a lost device stays lost. */
  #failure: string | null = null
  #lost: string | null = null

  constructor(
    info: GPUAdapterInfo,
    gpu: GPUDevice,
    { abilities, tuner, tunes, products, instrument }: Choosing,
  ) {
    this.name = deviceName(info)
    this.software = isSoftware(info)
    this.abilities = abilities
    this.#gpu = gpu
    if (tunes && gpu.features.has('timestamp-query'))
      this.tune = (program, milliseconds) => this.#tune(tuner, program, milliseconds)
    this.#choices = products
      ? { choose: products }
      : {
          choose: (kernel) => tuner.variantOf(kernel),
          others: (kernel, variant) => alikeVariants(kernel, variant, abilities),
        }
    this.#instrument = instrument?.(gpu) ?? null
    this.#pipelines = new PipelineCache(gpu, this.#instrument)
    this.#sizes = new SizeMemory(gpu)
    this.#pool = new BufferPool(gpu, (buffer) =>
      this.#order.add(() => {
        this.#submit()
        buffer.destroy()
      }),
    )
    gpu.addEventListener('uncapturederror', (event) => {
      event.preventDefault()
      this.#failure ??= describeError(event.error)
    })
    void gpu.lost.then((info) => {
      this.#lost =
        info.reason === 'destroyed'
          ? closed
          : `The GPU was lost (${info.message || 'its driver gives no reason'}). Open it again to go on; what was in its memory is gone.`
    })
  }

  get gone(): boolean {
    return this.#lost !== null
  }

  #check(): void {
    if (this.#lost) throw new Error(this.#lost)
    if (this.#failure === null) return
    const failure = this.#failure
    this.#failure = null
    throw new Error(failure)
  }

  #commands(): GPUCommandEncoder {
    this.#encoder ??= this.#gpu.createCommandEncoder()
    return this.#encoder
  }

  #submit(): void {
    if (!this.#encoder) return
    const commands = this.#encoder.finish()
    this.#encoder = null
    this.#gpu.queue.submit([commands])
  }

  get memory(): MemoryCount {
    return this.#pool.count
  }

  allocate(elements: number): DeviceBuffer {
    this.#check()
    return this.#pool.allocate(elements)
  }

  write(buffer: DeviceBuffer, data: TypedArray): void {
    this.#check()
    if (data.length === 0) return
    const { buffer: target } = memoryOf(buffer)
    // The caller may change its data as soon as this returns.
    const kept = this.#order.isIdle ? data : data.slice()
    this.#order.add(() => {
      // The queue writes at once; what was recorded earlier must not see it.
      this.#submit()
      this.#gpu.queue.writeBuffer(target, 0, kept.buffer, kept.byteOffset, kept.byteLength)
    })
  }

  copy(from: DeviceBuffer, to: DeviceBuffer): void {
    this.#check()
    const [source, target] = [memoryOf(from), memoryOf(to)]
    const elements = Math.min(source.elements, target.elements)
    if (source.buffer === target.buffer || elements === 0) return
    this.#order.add(() =>
      this.#commands().copyBufferToBuffer(source.buffer, 0, target.buffer, 0, elements * bytesPerElement),
    )
  }

  async read(buffer: DeviceBuffer, dtype: DType): Promise<TypedArray> {
    this.#check()
    const out = lanesFor(dtype, buffer.elements)
    if (out.length === 0) return out
    const source = memoryOf(buffer).buffer
    const staging = this.#stagingBuffer(source.size)
    this.#order.add(() => {
      this.#commands().copyBufferToBuffer(source, 0, staging, 0, out.byteLength)
      this.#submit()
    })
    await this.#order.done()
    try {
      await staging.mapAsync(mapModeRead, 0, out.byteLength)
    } catch (error) {
      // The reason for a lost device arrives a turn after the reads it broke.
      await new Promise((resolve) => setTimeout(resolve))
      this.#check()
      throw error
    }
    this.#check()
    const mapped = staging.getMappedRange(0, out.byteLength)
    new Uint8Array(out.buffer).set(new Uint8Array(mapped))
    staging.unmap()
    if (staging.size <= keptStaging) this.#staging.get(staging.size)?.push(staging)
    else staging.destroy()
    return out
  }

  #stagingBuffer(size: number): GPUBuffer {
    const free = this.#staging.get(size)
    if (!free) this.#staging.set(size, [])
    return free?.pop() ?? this.#gpu.createBuffer({ size, usage: usage.mapRead | usage.copyTarget })
  }

  compile(program: Program): Executable {
    this.#check()
    return this.#executable(planProducts(this.#schedule(program), this.#choices))
  }

  async #tune(tuner: Tuner, program: Program, milliseconds: number): Promise<void> {
    this.#check()
    const build = (planned: PlannedProducts): Executable => this.#executable(planned)
    await tuner.tune(this.#schedule(program), (plan) => beginTrial(this, plan, build), milliseconds)
  }

  #schedule(program: Program): Plan {
    const most = this.#gpu.limits.maxStorageBuffersPerShaderStage
    return withWorkspace(schedule(program, { buffers: this.#instrument ? most - 1 : most }))
  }

  #executable(products: PlannedProducts): Executable {
    const { plan } = products
    const writing = { device: this.abilities, products }
    const temporaries = planTemporaries(plan)
    const steps = plan.kernels
      .flatMap((kernel) => kernelShaders(kernel, plan.slots, writing).map((shader) => ({ kernel, shader })))
      .filter(({ shader: { groups } }) => groups[0] * groups[1] > 0)
      .map(({ kernel, shader }) => ({ kernel, ...this.#pipelines.choose(shader) }))
      .map((step) => ({ ...step, sizes: this.#sizes.place(step.shader.sizes) }))
    const pipelines = new Pipelines(steps.map(({ pipeline }) => pipeline))
    const bind = (buffers: readonly (DeviceBuffer | null)[]): BoundProgram => {
      this.#check()
      const scratch = temporaries.sizes.map((elements) => this.#pool.allocate(elements))
      const memory = (slot: number): GpuMemory => {
        const temporary = temporaries.bufferOf.get(slot)
        return temporary === undefined ? memoryOf(buffers[slot]!) : scratch[temporary]!
      }
      const list = steps.map(({ kernel, shader, sizes, pipeline }): Dispatch => {
        const memories = shader.slots.map((slot): GPUBufferBinding => {
          const { buffer, bytes } = memory(slot)
          return { buffer, size: bytes }
        })
        const entries = [...memories, sizes].map((resource, binding) => ({ binding, resource }))
        const [x, y] = shader.groups
        return {
          kernel,
          pipeline,
          bindGroup: this.#gpu.createBindGroup({ layout: pipeline.layout, entries }),
          x,
          y,
        }
      })
      const dispatches = { list, pipelines }
      return {
        run: () => this.#run(dispatches),
        profile: () => this.#profile(dispatches, plan),
        release: () => scratch.forEach((s) => s.free()),
      }
    }
    return { aliases: plan.aliases, bind }
  }

  /** Every call here crosses into Dawn, at 0.3 to 0.6 µs: a pipeline that is set is not set again. */
  #encode(pass: GPUComputePassEncoder, dispatches: readonly Dispatch[]): void {
    if (this.#instrument) pass.setBindGroup(1, this.#instrument.group)
    let current: Pipeline | null = null
    for (const { pipeline, bindGroup, x, y } of dispatches) {
      if (pipeline !== current) {
        current = pipeline
        pass.setPipeline(pipeline.pipeline!)
      }
      pass.setBindGroup(0, bindGroup)
      pass.dispatchWorkgroups(x, y)
    }
  }

  #run({ list, pipelines }: Dispatches): void {
    this.#check()
    this.#order.add(() => {
      if (pipelines.failure !== null) throw new Error(pipelines.failure)
      if (list.length > 0) {
        const pass = this.#commands().beginComputePass()
        this.#encode(pass, list)
        pass.end()
      }
      this.#submit()
    }, pipelines.made)
  }

  async #profile({ list, pipelines }: Dispatches, plan: Plan): Promise<ProgramTimes> {
    await pipelines.made
    if (pipelines.failure !== null) throw new Error(pipelines.failure)
    await this.synchronize()
    const hasClock = this.#gpu.features.has('timestamp-query')
    const milliseconds = hasClock
      ? await gpuTimes(this.#gpu, list, (pass, one) => this.#encode(pass, [one]))
      : await this.#hostTimes(list, pipelines)
    this.#check()
    // A routine is one kernel of several dispatches.
    const total = new Map<Kernel, number>()
    list.forEach(({ kernel }, i) => total.set(kernel, (total.get(kernel) ?? 0) + milliseconds[i]!))
    const kernels = [...total].map(([kernel, time]) => ({
      kernel: describeKernel(kernel, plan.slots),
      milliseconds: time,
    }))
    return { kernels, clock: hasClock ? 'device' : 'host' }
  }

  async #hostTimes(list: readonly Dispatch[], pipelines: Pipelines): Promise<number[]> {
    const times: number[] = []
    for (const one of list) {
      const start = performance.now()
      this.#run({ list: [one], pipelines })
      await this.synchronize()
      times.push(performance.now() - start)
    }
    return times
  }

  async synchronize(): Promise<void> {
    await this.#order.done()
    this.#submit()
    await this.#gpu.queue.onSubmittedWorkDone()
    this.#check()
  }

  close(): void {
    this.#encoder = null
    this.#lost = closed
    this.#pool.close()
    this.#staging.clear()
    this.#gpu.destroy()
  }
}

function describeError(error: GPUError): string {
  if (error.constructor.name === 'GPUOutOfMemoryError')
    return 'The GPU has no memory left. Use a smaller batch or network, or the CPU.'
  return `The GPU refused a command: ${error.message}`
}
