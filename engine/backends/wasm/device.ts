/** The CPU backend: every program becomes one WebAssembly module with SIMD, run by a single call. */
import { kernelSlots, type Kernel, type Plan } from '../../compiler/kernel.ts'
import type { Program } from '../../compiler/primitive.ts'
import { schedule } from '../../compiler/schedule.ts'
import { planTemporaries } from '../../compiler/temporaries.ts'
import { bytesPerElement, type DType, type TypedArray } from '../../tensor/dtype.ts'
import type { BoundProgram, Device, DeviceBuffer, Executable } from '../device.ts'
import { assemble, FunctionBuilder, op } from './assembler.ts'
import { compileLoopKernel } from './loop-kernel.ts'
import { compileMatmulKernel, matmulScratch } from './matmul-kernel.ts'
import { WasmMemory } from './memory.ts'

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

function compileKernel(kernel: Kernel, relaxed: boolean): FunctionBuilder {
  return kernel.kind === 'loop' ? compileLoopKernel(kernel) : compileMatmulKernel(kernel, { relaxed })
}

/** Where a kernel's arguments stand in the program's table of addresses; -1 is the scratch memory. */
function argumentSlots(kernel: Kernel): number[] {
  return kernel.kind === 'loop' ? kernelSlots(kernel) : [kernel.a.slot, kernel.b.slot, kernel.out, -1]
}

const isEmpty = (plan: Plan, kernel: Kernel): boolean =>
  kernel.kind === 'loop' ? kernel.extents.includes(0) : plan.slots[kernel.out]!.elements === 0

/** `run(table)`: calls every kernel with the addresses it finds in the table. */
function compileMain(kernels: readonly Kernel[], slots: number): FunctionBuilder {
  const main = new FunctionBuilder(1)
  kernels.forEach((kernel, i) => {
    for (const slot of argumentSlots(kernel)) main.get(0).memory(op.i32Load, (slot < 0 ? slots : slot) * 4)
    main.call(i)
  })
  return main
}

function compile(memory: WasmMemory, program: Program, relaxed: boolean): Executable {
  const plan = schedule(program, { buffers: bufferLimit })
  const kernels = plan.kernels.filter((k) => !isEmpty(plan, k))
  const functions = [
    ...kernels.map((k) => compileKernel(k, relaxed)),
    compileMain(kernels, plan.slots.length),
  ]
  const module = new WebAssembly.Module(assemble(functions))
  const instance = new WebAssembly.Instance(module, { env: { memory: memory.memory } })
  // The module exports exactly this function.
  const run = instance.exports['run'] as (table: number) => void
  const temporaries = planTemporaries(plan)
  const scratch = Math.max(0, ...kernels.map((k) => (k.kind === 'matmul' ? matmulScratch(k) : 0)))

  const bind = (buffers: readonly (DeviceBuffer | null)[]): BoundProgram => {
    const own = [...temporaries.sizes, scratch, plan.slots.length + 1].map(
      (elements) => new WasmBuffer(memory, elements),
    )
    const [scratchBuffer, table] = [own[own.length - 2]!, own[own.length - 1]!]
    const address = (slot: number): number => {
      if (slot >= buffers.length) return own[temporaries.bufferOf.get(slot) ?? -1]?.address ?? 0
      const alias = slot >= plan.inputs ? plan.aliases[slot - plan.inputs] : null
      return wasm(buffers[alias ?? slot]!).address
    }
    const addresses = Int32Array.from(plan.slots, (_, slot) => address(slot))
    const memoryTable = new Int32Array(memory.memory.buffer, table.address, plan.slots.length + 1)
    memoryTable.set(addresses)
    memoryTable[plan.slots.length] = scratchBuffer.address
    return {
      run: () => run(table.address),
      release: () => own.forEach((buffer) => buffer.free()),
    }
  }
  return { aliases: plan.aliases, bind }
}
