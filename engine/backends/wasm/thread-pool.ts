/**
 * The threads that help with a program. Whoever is there takes shares of work from counters in shared memory: nobody
 * waits for a thread that has not started or is asleep, only for shares that somebody has taken.
 */
import type * as WorkerThreads from 'node:worker_threads'
import { poolThread } from './pool-thread.ts'
import type { WasmMemory } from './memory.ts'

/** Where the pool's words lie, in elements of four bytes: those of different writers on cache lines of their own. */
export const poolLayout = {
  /** Counts runs. */
  epoch: 0,
  /** Members asleep until the epoch changes. */
  sleepers: 16,
  /** The epoch whose run members may still join; then what it is. */
  open: 32,
  program: 33,
  table: 34,
  /** Members that may be inside a run, and whether the main thread sleeps until there are none. */
  active: 48,
  leaving: 49,
  /** Shares done in this run, and threads asleep until there are more. */
  finished: 64,
  waiting: 80,
  failed: 96,
  /** Times that a thread looked long enough to fall asleep. */
  vain: 112,
} as const
const layoutBytes = 512

/** Added to the shares done when a thread fails: nobody waits for what it will not do. */
const released = 2 ** 30

/** A module's function: the address of its table, and the number of the thread. */
export type RunTable = (table: number, thread: number) => void

/** A program all members know. */
export interface PoolProgram {
  run(table: number, counters: Int32Array): void
}

export interface PoolThreadData {
  readonly memory: WebAssembly.Memory
  readonly port: WorkerThreads.MessagePort
  /** The main thread is number 0. */
  readonly thread: number
  readonly address: number
  readonly bytes: number
  readonly at: typeof poolLayout
  readonly released: number
}

export type PoolMessage =
  { readonly add: number; readonly module: WebAssembly.Module } | { readonly drop: number }

interface Member {
  readonly worker: WorkerThreads.Worker
  /** Resolves when it runs, or cannot. */
  readonly started: Promise<void>
  readonly port: WorkerThreads.MessagePort
}

/** Threads do not end by themselves: those of a pool nobody can reach any more are ended. */
const abandonedMembers = new FinalizationRegistry<Member[]>((members) => dismiss(members))
const abandonedPrograms = new FinalizationRegistry<() => void>((drop) => drop())

function dismiss(members: Member[]): void {
  for (const { worker, port } of members.splice(0)) {
    port.close()
    void worker.terminate()
  }
}

/** Node's threads, where this is Node: browsers run on one thread. */
export const nodeThreads = (): typeof WorkerThreads | null =>
  typeof process === 'undefined' || !('getBuiltinModule' in process)
    ? null
    : (process.getBuiltinModule('node:worker_threads') ?? null)

export class ThreadPool {
  readonly #memory: WasmMemory
  readonly #size: number
  /** Byte address of the shared words. */
  readonly address: number
  readonly #control: Int32Array
  readonly #members: Member[] = []
  #started = false
  #programs = 0

  /** `size`: threads, the main one included. They start with the first program that wants them. */
  constructor(memory: WasmMemory, size: number) {
    this.#memory = memory
    this.#size = size
    this.address = memory.allocate(layoutBytes)
    this.#control = new Int32Array(memory.memory.buffer, this.address, layoutBytes / 4)
    // Memory is zero, as the layout wants it; but no epoch is open.
    this.#control[poolLayout.open] = -1
    abandonedMembers.register(this, this.#members)
  }

  /** `run`: the module's function in this thread. */
  add(module: WebAssembly.Module, run: RunTable): PoolProgram {
    this.#start()
    const id = ++this.#programs
    const members = this.#members
    const tell = (message: PoolMessage): void => members.forEach(({ port }) => port.postMessage(message))
    tell({ add: id, module })
    const program: PoolProgram = { run: (table, counters) => this.#run(id, run, table, counters) }
    abandonedPrograms.register(program, () => tell({ drop: id }))
    return program
  }

  /** Resolves when all threads run; what is computed before is computed by those that do. */
  async ready(): Promise<void> {
    this.#start()
    const members = [...this.#members]
    for (const { worker } of members) worker.ref()
    await Promise.all(members.map(({ started }) => started))
    for (const { worker } of members) worker.unref()
  }

  close(): void {
    dismiss(this.#members)
  }

  #start(): void {
    if (this.#started) return
    this.#started = true
    const threads = nodeThreads()
    if (!threads) return
    const { memory } = this.#memory
    const members = this.#members
    for (let i = 1; i < this.#size; i++) {
      const { port1: port, port2: theirs } = new threads.MessageChannel()
      const data: PoolThreadData = {
        memory,
        port: theirs,
        thread: i,
        address: this.address,
        bytes: layoutBytes,
        at: poolLayout,
        released,
      }
      // A file of TypeScript would make every thread load the compiler that strips its types: 10 MB and 20 ms.
      const source = `(${poolThread.toString()})(require('node:worker_threads'))`
      const worker = new threads.Worker(source, {
        eval: true,
        execArgv: [],
        workerData: data,
        transferList: [theirs],
        name: 'descent',
      })
      const { promise: started, resolve } = Promise.withResolvers<void>()
      const member = { worker, started, port }
      members.push(member)
      worker.on('online', resolve)
      worker.unref()
      port.unref()
      // One that could not start is no loss but of speed: the others do its shares.
      worker.on('error', () => {
        resolve()
        const at = members.indexOf(member)
        if (at >= 0) members.splice(at, 1)
      })
    }
  }

  #run(id: number, run: RunTable, table: number, counters: Int32Array): void {
    counters.fill(0)
    if (this.#members.length === 0) {
      run(table, 0)
      return
    }
    const control = this.#control
    const at = poolLayout
    control[at.program] = id
    control[at.table] = table
    Atomics.store(control, at.finished, 0)
    const epoch = (Atomics.load(control, at.epoch) + 1) | 0
    Atomics.store(control, at.open, epoch)
    Atomics.store(control, at.epoch, epoch)
    if (Atomics.load(control, at.sleepers) > 0) Atomics.notify(control, at.epoch)
    try {
      run(table, 0)
    } catch (error) {
      Atomics.add(control, at.finished, released)
      Atomics.notify(control, at.finished)
      throw error
    } finally {
      Atomics.store(control, at.open, (epoch - 1) | 0)
      this.#awaitMembers()
    }
    this.#throwFailure()
  }

  /** Until the last one has left the run: the next one uses the same words. */
  #awaitMembers(): void {
    const control = this.#control
    const { active, leaving } = poolLayout
    for (let spins = 0; spins < 10_000; spins++) {
      if (Atomics.load(control, active) === 0) return
      Atomics.pause?.()
    }
    Atomics.store(control, leaving, 1)
    for (;;) {
      const inside = Atomics.load(control, active)
      if (inside === 0) break
      Atomics.wait(control, active, inside)
    }
    Atomics.store(control, leaving, 0)
  }

  #throwFailure(): void {
    const control = this.#control
    if (Atomics.exchange(control, poolLayout.failed, 0) === 0) return
    const receive = nodeThreads()!.receiveMessageOnPort
    const reasons = this.#members.map(({ port }) => receive(port)?.message as string | undefined)
    const reason = reasons.find((text) => text !== undefined) ?? 'unknown reason'
    throw new Error(`A thread of the CPU backend failed: ${reason}. What was being computed is lost.`)
  }
}
