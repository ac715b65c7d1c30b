/** What the engine asks of a device. Everything above this line is the same on all of them. */
import type { KernelDescription } from '../compiler/describe.ts'
import type { Program } from '../compiler/primitive.ts'
import type { MemoryCount } from './memory-count.ts'
import type { DType, TypedArray } from '../tensor/dtype.ts'

export type BackendName = 'wasm' | 'webgpu' | 'reference'

/** Memory on a device; opaque to everyone else. */
export interface DeviceBuffer {
  readonly elements: number
  /** Returns the memory to the device's pool. Calling it twice is harmless. */
  free(): void
}

export interface KernelTime {
  readonly kernel: KernelDescription
  readonly milliseconds: number
}

export interface ProgramTimes {
  /** In the order in which they run. */
  readonly kernels: readonly KernelTime[]
  /** Whose clock: the device's own, or the host's, to which starting a kernel and waiting for it count too. */
  readonly clock: 'device' | 'host'
}

/** A program with its memory: ready to run any number of times. */
export interface BoundProgram {
  run(): void
  /** Runs once, kernel by kernel, and says how long each took. */
  profile(): Promise<ProgramTimes>
  /** Gives temporaries back. */
  release(): void
}

export interface Executable {
  /** Output i shares memory with this input slot (see Program.updates); null: it has its own. */
  readonly aliases: readonly (number | null)[]
  /** One buffer per slot, inputs then outputs; null for an output that is an alias. */
  bind(buffers: readonly (DeviceBuffer | null)[]): BoundProgram
}

export interface Device {
  readonly backend: BackendName
  /** What the user knows it as: the GPU's name, or the CPU path. */
  readonly name: string
  /** Closed or lost, so that every further call throws. */
  readonly gone: boolean
  allocate(elements: number, dtype: DType): DeviceBuffer
  /** What is in use of its memory. */
  readonly memory: MemoryCount
  /** data: lanes of 32 bits (toLanes). */
  write(buffer: DeviceBuffer, data: TypedArray): void
  copy(from: DeviceBuffer, to: DeviceBuffer): void
  /** Waits for everything before it. */
  read(buffer: DeviceBuffer, dtype: DType): Promise<TypedArray>
  /** The same at once, on a device that computes where its caller does. */
  readSync?(buffer: DeviceBuffer, dtype: DType): TypedArray
  /** Numbers that are not rounded, to and from a device whose memory holds float64. */
  writeExact?(buffer: DeviceBuffer, data: Float64Array): void
  readExact?(buffer: DeviceBuffer): Float64Array
  compile(program: Program): Executable
  /**
   * Where kernels can be laid out in several ways: measures for about so many milliseconds which is the fastest for each of this
   * program's. Programs compiled from then on use it.
   */
  tune?(program: Program, milliseconds: number): Promise<void>
  /** Resolves when everything submitted has run. */
  synchronize(): Promise<void>
  close(): void
}
