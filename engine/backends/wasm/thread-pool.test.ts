import { afterEach, describe, expect, it } from 'vitest'
import { assemble, atomic, FunctionBuilder, op } from './assembler.ts'
import { WasmMemory } from './memory.ts'
import {
  compileRun,
  compileSharedRun,
  counterEntries,
  tableEntries,
  type CompiledKernel,
} from './run-function.ts'
import type { Phase } from './tasks.ts'
import { poolLayout, ThreadPool, type PoolFunctions, type PoolProgram } from './thread-pool.ts'

const pools: ThreadPool[] = []
afterEach(() => pools.splice(0).forEach((pool) => pool.close()))

interface Place {
  readonly memory: WasmMemory
  readonly pool: ThreadPool
  readonly threads: number
}

function open(threads: number): Place {
  const memory = new WasmMemory(true)
  const pool = new ThreadPool(memory, threads)
  pools.push(pool)
  return { memory, pool, threads }
}

/** A kernel's function gets a number that is 0 on the main thread, one it has no use for, then the range. */
const kernel = (code: (f: FunctionBuilder) => unknown, extent: number): CompiledKernel => {
  const f = new FunctionBuilder(4)
  code(f)
  return {
    code: f,
    arguments: [],
    numbers: new Int32Array(0),
    tables: null,
    scratch: 16,
    range: { extent, grain: 1, most: null },
    repeated: 0,
  }
}

function program(
  { memory, pool, threads }: Place,
  kernels: CompiledKernel[],
  phases: Phase[],
): (most?: number) => void {
  const tasks = phases.flat().length
  const layout = { threads, tasks }
  const functions = [
    ...kernels.map((k) => k.code),
    ...compileSharedRun(kernels, layout, phases, pool.address),
    ...compileRun(kernels, layout, phases),
  ]
  const code = assemble(functions, memory.sharedPages, ['run', 'alone'])
  const module = new WebAssembly.Module(code)
  const instance = new WebAssembly.Instance(module, { env: { memory: memory.memory } })
  const shared: PoolProgram = pool.add(
    module,
    instance.exports as unknown as PoolFunctions,
    counterEntries(layout),
  )
  const table = memory.allocate(1024)
  const entries = tableEntries({
    scratch: { address: 0, bytes: 64 },
    kernels: kernels.map(({ range }) => ({ arguments: [], tables: 0, numbers: 0, extent: range!.extent })),
  })
  new Int32Array(memory.memory.buffer, table, entries.length).set(entries)
  return (most = threads) => shared.run(table, most)
}

const shares = (count: number): Phase => [{ kernels: [0], shares: count, steps: [1] }]
/** Holds a share until another thread has taken and ended (or failed) enough others. */
const waitForOthers = (f: FunctionBuilder, address: number, finished: number): unknown =>
  f
    .emit(op.loop, 0x40)
    .i32(0)
    .atomic(atomic.load, address + poolLayout.finished * 4)
    .i32(finished)
    .emit(op.i32LtS, op.brIf, 0, op.end)

describe('A thread pool', () => {
  it('takes every piece of every share once, whoever takes it', () => {
    const place = open(3)
    const tally = place.memory.allocate(4 * 100)
    const add = kernel((f) => {
      const i = f.local('i32')
      f.get(2).set(i)
      f.range(i, 3, 1, () => {
        f.get(i).i32(2).emit(op.i32Shl).i32(1).atomic(atomic.add, tally).emit(op.drop)
      })
    }, 100)
    // Threads that are still in one program's run when the other's begins take nothing of it by mistake.
    const run = program(place, [add], [shares(7), shares(2), shares(100)])
    const other = program(place, [add], [shares(3)])
    for (let i = 0; i < 2000; i++) {
      run(2 + (i % 2))
      other()
    }
    const counts = new Int32Array(place.memory.memory.buffer, tally, 100)
    expect([...counts]).toEqual(new Array(100).fill(8000))
  })

  it('lets others take shares while one is busy', () => {
    const place = open(2)
    const run = program(place, [kernel((f) => {
      f.get(0).emit(op.i32Eqz, op.if, 0x40)
      waitForOthers(f, place.pool.address, 1)
      f.emit(op.end)
    }, 2)], [shares(2)]) // prettier-ignore
    run()
    run()
  })

  it('reports a failure of another thread on this one, and goes on', () => {
    const place = open(2)
    const failing = program(place, [kernel((f) => {
      // The main thread keeps its share until the other one has failed.
      f.get(0).emit(op.if, 0x40, op.unreachable, op.end)
      waitForOthers(f, place.pool.address, 2 ** 20)
    }, 2)], [shares(2), shares(2)]) // prettier-ignore
    const fine = program(place, [kernel((f) => f, 4)], [shares(4)])
    for (let i = 0; i < 3; i++) {
      expect(failing).toThrow(/thread of the CPU backend failed: RuntimeError: unreachable/)
      fine()
    }
  })

  it('reports a failure of this thread while others wait for it, and goes on', () => {
    const place = open(2)
    const present = place.memory.allocate(4)
    const failing = program(place, [kernel((f) => {
      // Both have a share; the other thread is done with its own.
      f.i32(0).i32(1).atomic(atomic.add, present).emit(op.drop, op.loop, 0x40)
      f.i32(0).atomic(atomic.load, present).i32(2).emit(op.i32LtS, op.brIf, 0, op.end)
      f.get(0).emit(op.i32Eqz, op.if, 0x40)
      waitForOthers(f, place.pool.address, 1)
      f.emit(op.unreachable, op.end)
    }, 2)], [shares(2), shares(2)]) // prettier-ignore
    const fine = program(place, [kernel((f) => f, 4)], [shares(4)])
    for (let i = 0; i < 3; i++) {
      new Int32Array(place.memory.memory.buffer, present, 1)[0] = 0
      expect(failing).toThrow(/unreachable/)
      fine()
    }
  })

  it('leaves all work to this thread when it is closed', () => {
    const place = open(3)
    const tally = place.memory.allocate(4)
    const add = kernel((f) => f.i32(0).i32(1).atomic(atomic.add, tally).emit(op.drop), 8)
    const run = program(place, [add], [shares(8)])
    run()
    place.pool.close()
    run()
    // Alone it takes all eight pieces at once.
    expect(new Int32Array(place.memory.memory.buffer, tally, 1)[0]).toBe(8 + 1)
  })
})
