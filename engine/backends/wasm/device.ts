/** The CPU backend: every program becomes one WebAssembly module with SIMD, run by a single call. */
import { describeKernel, type KernelDescription } from '../../compiler/describe.ts'
import {
  kernelReads,
  kernelWrites,
  type CodeKernel,
  type ContractKernel,
  type Kernel,
  type Plan,
  type RoutineKernel,
  type RoutineOperand,
} from '../../compiler/kernel.ts'
import type { Program } from '../../compiler/primitive.ts'
import { schedule } from '../../compiler/schedule.ts'
import { splitPlan } from '../../compiler/split.ts'
import { TemporariesCache, type Temporaries } from '../../compiler/temporaries.ts'
import { bytesPerElement, elementTypes, type DType, type Lanes, type TypedArray } from '../../tensor/dtype.ts'
import { numel } from '../../tensor/shape.ts'
import type { BoundProgram, Device, DeviceBuffer, Executable, ProgramTimes } from '../device.ts'
import { runRoutine, type HostOperand } from '../host-routines/index.ts'
import { assemble, FunctionBuilder } from './assembler.ts'
import { CodeCache } from './code-cache.ts'
import type { ContractionOptions } from './contraction.ts'
import { estimateTime, perPacked } from './estimate.ts'
import { formsOf, winogradOf } from './kernel-code.ts'
import { WasmMemory } from './memory.ts'
import { ModuleCache, type WantedKernel } from './module-cache.ts'
import {
  compileRun,
  compileSharedRun,
  counterEntries,
  functionsOf,
  tableEntries,
  type CalledKernel,
  type TableLayout,
} from './run-function.ts'
import {
  paysThreads,
  planPhases,
  stepsOf,
  usualThresholds,
  type Thresholds,
  type Walk,
  type Work,
} from './tasks.ts'
import { asThinProduct } from './thin-product.ts'
import { nodeThreads, ThreadPool, type PoolFunctions, type PoolProgram } from './thread-pool.ts'
import { ThreadChooser, type ThreadChoice } from './threads-choice.ts'
import { usualThreads } from './threads.ts'
import { hasWideVectors } from './wide-vectors.ts'

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

const viewOf = ({ memory }: WasmMemory, dtype: DType, address: number, elements: number): Lanes =>
  new elementTypes[dtype].lanes(memory.buffer, address, elements)

/** Functions and tables of arguments have no use for a limit on buffers; code size does. */
const bufferLimit = 64
/**
 * An exponential is worth storing: it is read from the cache again, see the chains of tasks.ts, and V8 makes vectors of eight of what
 * is stored alone.
 */
const costs = { exponential: 12, term: 12 }

/** Asks the engine with a module of one relaxed multiply-add. */
function hasRelaxedSimd(): boolean {
  const f = new FunctionBuilder(0)
  const local = f.local('v128')
  f.get(local).get(local).get(local).simd(0x105).set(local)
  return WebAssembly.validate(assemble([f]))
}

export interface WasmOptions {
  /** Threads that compute, this one included; 1: this one alone. By default the machine's cores, see usualThreads. */
  readonly threads?: number
  /** Fused multiply-add where the machine has it; false: as a machine without. */
  readonly relaxed?: boolean
  /** Vectors of eight where the machine has them; false: as a machine without. */
  readonly wide?: boolean
  /** From how much work on threads share it, in nanoseconds. */
  readonly thresholds?: Thresholds
  /** On how many of the threads programs run; by default on as many as are quickest. */
  readonly chooser?: RunChooser
}

/** Chooses a number of threads for each run of a program, see ThreadChoice. */
export interface RunChooser {
  program(): Pick<ThreadChoice, 'next' | 'ran'>
}

/** What every program of a device is compiled for. */
interface Machine {
  readonly memory: WasmMemory
  readonly contractions: ContractionOptions
  readonly modules: ModuleCache
  readonly temporaries: TemporariesCache
  readonly threads: number
  /** null: one thread computes. */
  readonly pool: ThreadPool | null
  readonly chooser: RunChooser
  readonly thresholds: Thresholds
}

export interface WasmDevice extends Device {
  /** Resolves when all threads run. Nobody need wait: what is computed before is computed by those that do. */
  ready(): Promise<void>
}

export function createWasmDevice(options: WasmOptions = {}): WasmDevice {
  const threads = nodeThreads() ? (options.threads ?? usualThreads()) : 1
  const relaxed = options.relaxed !== false && hasRelaxedSimd()
  const memory = new WasmMemory(threads > 1)
  const pool = threads > 1 ? new ThreadPool(memory, threads) : null
  const machine: Machine = {
    memory,
    contractions: { relaxed, wide: options.wide !== false && hasWideVectors() },
    modules: new ModuleCache(new CodeCache()),
    temporaries: new TemporariesCache(),
    threads,
    pool,
    chooser: options.chooser ?? new ThreadChooser(threads),
    thresholds: options.thresholds ?? usualThresholds,
  }
  const view = (buffer: DeviceBuffer, dtype: DType): TypedArray => {
    const { address, elements } = wasm(buffer)
    return viewOf(memory, dtype, address, elements)
  }
  const features = ['SIMD', ...(relaxed ? ['relaxed'] : []), ...(pool ? [`${threads} threads`] : [])]
  return {
    backend: 'wasm',
    memory: memory.count,
    name: `CPU (WebAssembly ${features.join(', ')})`,
    // Closing ends its threads; alone it goes on.
    gone: false,
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
    readSync: (buffer, dtype) => view(buffer, dtype).slice(),
    compile: (program) => compile(machine, program),
    synchronize: () => Promise.resolve(),
    ready: () => pool?.ready() ?? Promise.resolve(),
    close: () => pool?.close(),
  }
}

/** Into how many parts a filter's gradient goes: whoever takes one transforms its images for itself and for nobody else. */
const filterGradientParts = 8

const partsOf = (kernel: ContractKernel, options: ContractionOptions): number =>
  winogradOf(kernel, options)?.kind === 'filterGradient' ? filterGradientParts : 1

const isEmpty = (plan: Plan, kernel: Kernel): boolean =>
  kernel.kind === 'loop'
    ? kernel.extents.includes(0)
    : kernelWrites(kernel).every((slot) => plan.slots[slot]!.elements === 0)

/** Slots by the memory they are in: what overwrites an input is in the input's, temporaries share theirs. */
function memoryOf(plan: Plan, { bufferOf }: Temporaries): (slot: number) => string {
  return (slot) => {
    if (slot >= plan.inputs + plan.outputs) return `temporary ${bufferOf.get(slot)}`
    return `slot ${slot < plan.inputs ? slot : (plan.aliases[slot - plan.inputs] ?? slot)}`
  }
}

const workOf = ({ kernel, reads, writes, names }: WantedKernel, { range, repeated }: CalledKernel): Work => ({
  reads,
  writes,
  nanoseconds: estimateTime(kernel),
  repeated: repeated * perPacked,
  pieces: range ? Math.ceil(range.extent / range.grain) : 1,
  walk: walkOf(range, names),
})

/** By memory what a kernel's form says of slots. */
function walkOf(range: CalledKernel['range'], nameOf: (slot: number) => string): Walk | null {
  if (!range?.own) return null
  const own = new Map<string, number | null>()
  for (const [slot, elements] of range.own) {
    const name = nameOf(slot)
    own.set(name, own.has(name) && own.get(name) !== elements ? null : elements)
  }
  const known = [...own].filter((one): one is [string, number] => one[1] !== null)
  return { iterations: range.extent, grain: range.grain, own: new Map(known) }
}

/** Kernels that one call runs. */
interface Linked {
  /** Ready to run on these addresses of slots; `allocate` gives what it needs beside them. */
  bind(addresses: readonly number[], allocate: (elements: number) => WasmBuffer): () => void
}

function link(
  { memory, threads, pool, chooser, thresholds, modules }: Machine,
  wanted: readonly WantedKernel[],
): Linked {
  const workAt = (kernels: readonly CalledKernel[], i: number): Work => workOf(wanted[i]!, kernels[i]!)
  const { module: made, kernels } = modules.get(
    wanted,
    (kernels) => {
      const works = wanted.map((_, i) => workAt(kernels, i))
      const phases = planPhases(works, threads, thresholds)
      const isShared = pool !== null && paysThreads(works, thresholds)
      const layout: TableLayout = { threads, tasks: isShared ? phases.flat().length : 0 }
      const shared = isShared ? compileSharedRun(kernels, layout, phases, pool.address) : []
      const functions = [...functionsOf(kernels), ...shared, ...compileRun(kernels, layout, phases)]
      const names = isShared ? ['run', 'alone'] : ['alone']
      const bytes = assemble(functions, memory.sharedPages, names)
      const module = new WebAssembly.Module(bytes)
      const instance = new WebAssembly.Instance(module, { env: { memory: memory.memory } })
      // The module exports these functions by these names, `run` only where threads share it.
      const { run, alone } = instance.exports as unknown as PoolFunctions
      const program = isShared ? pool.add(module, { run, alone }, counterEntries(layout)) : null
      const chains = phases.flat().filter((task) => task.shares > 1 && task.kernels.length > 1)
      return { alone, program, bytes: bytes.length, chains }
    },
    ({ chains }, kernels) =>
      chains.every(
        ({ kernels: members, steps }) =>
          stepsOf(members.map((i) => workAt(kernels, i)))?.join() === steps.join(),
      ),
  )
  const { alone, program } = made
  const choice = chooser.program()
  const runShared = ({ isComplete }: ThreadPool, shared: PoolProgram, table: number): void => {
    // Before all threads have started, a run does not say what they bring.
    if (!isComplete) return shared.run(table, threads)
    const start = performance.now()
    shared.run(table, choice.next(start))
    choice.ran(performance.now() - start)
  }
  return {
    bind(addresses, allocate) {
      const scratchFloats = Math.max(0, ...kernels.map(({ scratch }) => scratch ?? 0))
      const scratchBytes = WasmMemory.blockBytes(scratchFloats * bytesPerElement)
      const scratch = allocate((scratchBytes / bytesPerElement) * (program ? threads : 1)).address
      const place = (values: Int32Array<ArrayBuffer>): number => {
        const { address } = allocate(values.length)
        new Int32Array(memory.memory.buffer, address, values.length).set(values)
        return address
      }
      const written = new Map<Int32Array, number>()
      const tablesAt = (tables: Int32Array<ArrayBuffer> | null): number => {
        if (!tables) return 0
        const known = written.get(tables) ?? place(tables)
        written.set(tables, known)
        return known
      }
      // All kernels' numbers, one after the other.
      const numbersAt = place(Int32Array.from(kernels.flatMap(({ numbers }) => [...numbers])))
      let numbers = numbersAt
      const given = kernels.map((kernel) => {
        const at = numbers
        numbers += kernel.numbers.byteLength
        const { tables, range, arguments: memory } = kernel
        return {
          arguments: memory.map(({ slot, offset }) => addresses[slot]! + offset * bytesPerElement),
          tables: tablesAt(tables),
          numbers: at,
          extent: range?.extent ?? 0,
        }
      })
      const entries = tableEntries({ scratch: { address: scratch, bytes: scratchBytes }, kernels: given })
      const table = place(Int32Array.from(entries))
      return pool && program ? () => runShared(pool, program, table) : () => alone(table, 0)
    },
  }
}

/** A routine computes on views of the memory, which a growing memory makes useless: they are made for each run. */
function linkRoutine({ memory }: Machine, { routine, inputs, outputs }: RoutineKernel): Linked {
  return {
    bind(addresses) {
      const operand = ({ slot, shape, dtype }: RoutineOperand): HostOperand => ({
        shape,
        dtype,
        values: viewOf(memory, dtype, addresses[slot]!, numel(shape)),
      })
      return () => runRoutine(routine, inputs.map(operand), outputs.map(operand))
    },
  }
}

/** Neighbors that one call can run: all kernels but routines, which are no WebAssembly. */
function partsOfPlan(kernels: readonly Kernel[]): (RoutineKernel | readonly CodeKernel[])[] {
  const parts: (RoutineKernel | CodeKernel[])[] = []
  for (const kernel of kernels) {
    const last = parts.at(-1)
    if (kernel.kind === 'routine') parts.push(kernel)
    else if (Array.isArray(last)) last.push(kernel)
    else parts.push([kernel])
  }
  return parts
}

function compile(machine: Machine, program: Program): Executable {
  const scheduled = schedule(program, { buffers: bufferLimit, costs })
  const { plan } = splitPlan(scheduled, (kernel) => partsOf(kernel, machine.contractions), true)
  const temporaries = machine.temporaries.plan(plan)
  const wanted = plan.kernels
    .filter((kernel) => !isEmpty(plan, kernel))
    .map((kernel) => (kernel.kind === 'routine' ? kernel : asThinProduct(kernel)))
  const names = memoryOf(plan, temporaries)
  const linkCode = (given: readonly CodeKernel[]): Linked => {
    const wanted = given.map((kernel) => ({
      kernel,
      forms: formsOf(kernel, plan.slots, machine.contractions),
      reads: new Set([...kernelReads(kernel)].map(names)),
      writes: new Set(kernelWrites(kernel).map(names)),
      names,
    }))
    return link(machine, wanted)
  }
  const linkPart = (part: RoutineKernel | readonly CodeKernel[]): Linked =>
    'kind' in part ? linkRoutine(machine, part) : linkCode(part)
  const whole = partsOfPlan(wanted).map(linkPart)

  const bind = (buffers: readonly (DeviceBuffer | null)[]): BoundProgram => {
    const own: WasmBuffer[] = []
    const allocate = (elements: number): WasmBuffer => {
      const buffer = new WasmBuffer(machine.memory, elements)
      own.push(buffer)
      return buffer
    }
    const temporary = temporaries.sizes.map(allocate)
    const addresses = plan.slots.map((_, slot) => {
      if (slot >= buffers.length) return temporary[temporaries.bufferOf.get(slot) ?? -1]?.address ?? 0
      const alias = slot >= plan.inputs ? plan.aliases[slot - plan.inputs] : null
      return wasm(buffers[alias ?? slot]!).address
    })
    /** Each kernel by itself, once a profile is made: as quick as in the whole only when it has run before. */
    let single: { readonly kernel: KernelDescription; readonly run: () => void }[] | null = null
    const profile = (): ProgramTimes => {
      single ??= wanted.map((kernel) => ({
        kernel: describeKernel(kernel, plan.slots),
        run: linkPart(kernel.kind === 'routine' ? kernel : [kernel]).bind(addresses, allocate),
      }))
      const times = single.map(({ kernel, run }) => {
        const start = performance.now()
        run()
        return { kernel, milliseconds: performance.now() - start }
      })
      return { kernels: times, clock: 'host' }
    }
    const runs = whole.map((part) => part.bind(addresses, allocate))
    return {
      // Nearly every program is a single call.
      run: runs.length === 1 ? runs[0]! : () => runs.forEach((run) => run()),
      profile: () => Promise.resolve(profile()),
      release: () => own.forEach((buffer) => buffer.free()),
    }
  }
  return { aliases: plan.aliases, bind }
}
