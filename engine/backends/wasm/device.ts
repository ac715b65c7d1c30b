/** The CPU backend: every program becomes one WebAssembly module with SIMD, run by a single call. */
import { kernelSlots, type Kernel, type Plan } from '../../compiler/kernel.ts'
import type { Program } from '../../compiler/primitive.ts'
import { schedule } from '../../compiler/schedule.ts'
import { planTemporaries } from '../../compiler/temporaries.ts'
import { bytesPerElement, type DType, type TypedArray } from '../../tensor/dtype.ts'
import type { BoundProgram, Device, DeviceBuffer, Executable } from '../device.ts'
import { assemble, FunctionBuilder, op } from './assembler.ts'
import { compileLoopKernel } from './loop-kernel.ts'
import { asMatmul, compileMatmulKernel, matmulScratch } from './matmul-kernel.ts'
import { WasmMemory } from './memory.ts'
import { compileScatterKernel } from './scatter-kernel.ts'
import { compilePackedKernel, packedScratch, packedTables } from './packed-kernel.ts'

class WasmBuffer implements DeviceBuffer {
  readonly elements: number
  readonly address: number
  readonly #memory: WasmMemory
  #live = true
  constructor(memory: WasmMemory, elements: number) {
    this.#memory = memory
    this.elements = elements
    this.address = memory.allocate(elements * bytesPerElement)
  }
  free(): void {
    if (!this.#live) return
    this.#live = false
    this.#memory.free(this.address, this.elements * bytesPerElement)
  }
}

/** A device hands out only its own buffers, so it gets only those back. */
const wasm = (buffer: DeviceBuffer): WasmBuffer => buffer as WasmBuffer

/** Functions and tables of arguments have no use for a limit on buffers; code size does. */
const bufferLimit = 64

/** Asks the engine with a module of one relaxed multiply-add. */
function hasRelaxedSimd(): boolean {
  const f = new FunctionBuilder(0)
  const local = f.local('v128')
  f.get(local).get(local).get(local).simd(0x105).set(local)
  return WebAssembly.validate(assemble([f]))
}

export function createWasmDevice(): Device {
  const memory = new WasmMemory()
  const relaxed = hasRelaxedSimd()
  const view = (buffer: DeviceBuffer, dtype: DType): TypedArray => {
    const { address, elements } = wasm(buffer)
    if (dtype === 'float32') return new Float32Array(memory.memory.buffer, address, elements)
    if (dtype === 'uint32') return new Uint32Array(memory.memory.buffer, address, elements)
    return new Int32Array(memory.memory.buffer, address, elements)
  }
  return {
    backend: 'wasm',
    name: `CPU (WebAssembly SIMD${relaxed ? ', relaxed' : ''})`,
    allocate: (elements) => new WasmBuffer(memory, elements),
    write(buffer, data) {
      new Uint8Array(memory.memory.buffer).set(
        new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
        wasm(buffer).address,
      )
    },
    copy(from, to) {
      const { address, elements } = wasm(from)
      new Uint8Array(memory.memory.buffer).copyWithin(
        wasm(to).address,
        address,
        address + elements * bytesPerElement,
      )
    },
    read: (buffer, dtype) => Promise.resolve(view(buffer, dtype).slice()),
    compile: (program) => compile(memory, program, relaxed),
    synchronize: () => Promise.resolve(),
    close: () => {},
  }
}

/** A kernel's code and what it needs beside its tensors. */
interface CompiledKernel {
  readonly code: FunctionBuilder
  readonly slots: readonly number[]
  /** Contractions only: floats of scratch memory, and tables of offsets; their addresses follow the slots'. */
  readonly extra: { readonly scratch: number; readonly tables: Int32Array<ArrayBuffer> | null } | null
  /** Iterations of the loop whose range the function takes last; null: it takes none. */
  readonly range: number | null
}

function compileKernel(kernel: Kernel, plan: Plan, relaxed: boolean): CompiledKernel {
  if (kernel.kind === 'loop') {
    const { code, parallel } = compileLoopKernel(kernel, plan.slots)
    return { code, slots: kernelSlots(kernel), extra: null, range: parallel?.extent ?? null }
  }
  if (kernel.kind === 'scatter') {
    const slots = [kernel.source, kernel.index.slot, kernel.out]
    return { code: compileScatterKernel(kernel), slots, extra: null, range: null }
  }
  const slots = [kernel.a.slot, kernel.b.slot, kernel.out]
  const matmul = asMatmul(kernel)
  if (matmul) {
    const extra = { scratch: matmulScratch(matmul), tables: null }
    return { code: compileMatmulKernel(matmul, { relaxed }), slots, extra, range: null }
  }
  const extra = { scratch: packedScratch(kernel), tables: packedTables(kernel) }
  return { code: compilePackedKernel(kernel, { relaxed }), slots, extra, range: null }
}

const isEmpty = (plan: Plan, kernel: Kernel): boolean =>
  kernel.kind === 'loop' ? kernel.extents.includes(0) : plan.slots[kernel.out]!.elements === 0

/** `run(table)`: calls every kernel with the addresses it finds in the table: slots, scratch memory, kernels' tables. */
function compileMain(kernels: readonly CompiledKernel[], slots: number): FunctionBuilder {
  const main = new FunctionBuilder(1)
  const argument = (entry: number): unknown => main.get(0).memory(op.i32Load, entry * 4)
  kernels.forEach((kernel, i) => {
    kernel.slots.forEach(argument)
    if (kernel.extra) argument(slots)
    if (kernel.extra?.tables) argument(slots + 1 + i)
    if (kernel.range !== null) main.i32(0).i32(kernel.range)
    main.call(i)
  })
  return main
}

function compile(memory: WasmMemory, program: Program, relaxed: boolean): Executable {
  const plan = schedule(program, { buffers: bufferLimit })
  const kernels = plan.kernels.filter((k) => !isEmpty(plan, k)).map((k) => compileKernel(k, plan, relaxed))
  const slots = plan.slots.length
  const module = new WebAssembly.Module(
    assemble([...kernels.map((k) => k.code), compileMain(kernels, slots)]),
  )
  const instance = new WebAssembly.Instance(module, { env: { memory: memory.memory } })
  // The module exports exactly this function.
  const run = instance.exports['run'] as (table: number) => void
  const temporaries = planTemporaries(plan)
  const scratchFloats = Math.max(0, ...kernels.map((k) => k.extra?.scratch ?? 0))

  const bind = (buffers: readonly (DeviceBuffer | null)[]): BoundProgram => {
    const own: WasmBuffer[] = []
    const allocate = (elements: number): WasmBuffer => {
      const buffer = new WasmBuffer(memory, elements)
      own.push(buffer)
      return buffer
    }
    const temporary = temporaries.sizes.map(allocate)
    const address = (slot: number): number => {
      if (slot >= buffers.length) return temporary[temporaries.bufferOf.get(slot) ?? -1]?.address ?? 0
      const alias = slot >= plan.inputs ? plan.aliases[slot - plan.inputs] : null
      return wasm(buffers[alias ?? slot]!).address
    }
    const scratch = allocate(scratchFloats).address
    const tables = kernels.map((kernel) => {
      const values = kernel.extra?.tables
      if (!values) return 0
      const buffer = allocate(values.length)
      new Int32Array(memory.memory.buffer, buffer.address, values.length).set(values)
      return buffer.address
    })
    const entries = [...plan.slots.map((_, slot) => address(slot)), scratch, ...tables]
    const table = allocate(entries.length).address
    new Int32Array(memory.memory.buffer, table, entries.length).set(entries)
    return { run: () => run(table), release: () => own.forEach((buffer) => buffer.free()) }
  }
  return { aliases: plan.aliases, bind }
}
