/**
 * The threads that help with a program. Whoever is there takes shares of work from counters in shared memory: nobody
 * waits for a thread that has not started, is asleep or was held up by the system, only for shares that somebody has taken.
 */
import type * as WorkerThreads from 'node:worker_threads'
import type { WasmMemory } from './memory.ts'
import { poolThread } from './pool-thread.ts'

/** Where the pool's words lie, in elements of four bytes: those of different writers on cache lines of their own. */
export const poolLayout = {
  /** The number of the run that threads may join; then what it is. Only to be trusted while that number stays. */
  open: 0,
  program: 1,
  table: 2,
  counters: 3,
  before: 4,
  /** Threads that may be inside a run, and whether the main thread sleeps until there are none. */
  active: 16,
  leaving: 17,
  /** Counts shares that are done, and threads asleep until there are more. */
  finished: 32,
  waiting: 48,
  failed: 64,
  /** Times that a thread looked long enough to fall asleep. */
  vain: 80,
  /** Threads that have started. */
  present: 81,
  /** For each thread, the number of the last run it was called to, and whether it sleeps until there is another. */
  calls: 96,
  wordsPerCall: 16,
} as const

/**
 * A counter holds how many shares were taken in so many bits, and above them the number of the run: whoever comes late, out
 * of an earlier run, finds nothing to take.
 */
const shareBits = 12
/** Added to the shares done when a thread fails: nobody waits for what it will not do. */
const released = 2 ** 30
const closed = -1
/** Runs after which their numbers begin again. */
const mostRuns = 2 ** (31 - shareBits)

/** A module's function for one thread: the address of its table, and the number of the thread. */
export type RunAlone = (table: number, thread: number) => void

/** A module's function for several, see compileSharedRun. */
export type RunShared = (table: number, thread: number, counters: number, tag: number, before: number) => void

export interface PoolFunctions {
  readonly run: RunShared
  readonly alone: RunAlone
}

/** A program all threads know. */
export interface PoolProgram {
  /** `threads`: that may take part, the main one included. */
  run(table: number, threads: number): void
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
  readonly shareBits: number
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
  readonly #bytes: number
  /** Byte address of the shared words. */
  readonly address: number
  readonly #control: Int32Array
  readonly #members: Member[] = []
  /** Those of all programs, one after the other; a thread may look at them when its run is long over. */
  #counters: { readonly address: number; readonly words: Int32Array }
  #started = false
  #programs = 0
  #runs = 0

  /** `size`: threads, the main one included. They start with the first program that wants them. */
  constructor(memory: WasmMemory, size: number) {
    this.#memory = memory
    this.#size = size
    this.#bytes = (poolLayout.calls + poolLayout.wordsPerCall * size) * 4
    this.address = memory.allocate(this.#bytes)
    this.#control = new Int32Array(memory.memory.buffer, this.address, this.#bytes / 4)
    // Memory is zero, as the layout wants it; but no run is open.
    this.#control[poolLayout.open] = closed
    this.#counters = this.#allocateCounters(1024)
    abandonedMembers.register(this, this.#members)
  }

  /** Whether all threads have started, so that they can show what they bring. */
  get isComplete(): boolean {
    return Atomics.load(this.#control, poolLayout.present) === this.#size - 1
  }

  /** `functions`: the module's in this thread; `counters`: how many its run has. */
  add(module: WebAssembly.Module, functions: PoolFunctions, counters: number): PoolProgram {
    this.#start()
    // What had fewer is not given back: somebody may still look at it.
    if (counters > this.#counters.words.length)
      this.#counters = this.#allocateCounters(Math.max(counters, 2 * this.#counters.words.length))
    const id = ++this.#programs
    const members = this.#members
    const tell = (message: PoolMessage): void => members.forEach(({ port }) => port.postMessage(message))
    tell({ add: id, module })
    const program: PoolProgram = {
      run: (table, threads) => {
        if (threads === 1 || this.#members.length === 0) functions.alone(table, 0)
        else this.#run(id, functions.run, table, counters, threads)
      },
    }
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

  #allocateCounters(length: number): { readonly address: number; readonly words: Int32Array } {
    const address = this.#memory.allocate(length * 4)
    return { address, words: new Int32Array(this.#memory.memory.buffer, address, length) }
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
        bytes: this.#bytes,
        at: poolLayout,
        released,
        shareBits,
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

  #run(id: number, run: RunShared, table: number, counters: number, threads: number): void {
    const control = this.#control
    const at = poolLayout
    const number = this.#nextRun()
    const tag = number << shareBits
    this.#counters.words.fill(tag, 0, counters)
    const before = Atomics.load(control, at.finished)
    Atomics.store(control, at.program, id)
    Atomics.store(control, at.table, table)
    Atomics.store(control, at.counters, this.#counters.address)
    Atomics.store(control, at.before, before)
    Atomics.store(control, at.open, number)
    for (let thread = 1; thread < threads; thread++) this.#call(thread, number)
    try {
      run(table, 0, this.#counters.address, tag, before)
    } catch (error) {
      this.#endFailed()
      throw error
    }
    Atomics.store(control, at.open, closed)
    if (Atomics.load(control, at.failed) !== 0) {
      this.#endFailed()
      throw new Error(
        `A thread of the CPU backend failed: ${this.#failure()}. What was being computed is lost.`,
      )
    }
  }

  /** Before numbers begin again, nobody is left who could take a run for an earlier one. */
  #nextRun(): number {
    this.#runs = (this.#runs + 1) % mostRuns
    if (this.#runs % (mostRuns / 2) === 0) this.#awaitNobody()
    return this.#runs
  }

  #call(thread: number, run: number): void {
    const control = this.#control
    const word = poolLayout.calls + poolLayout.wordsPerCall * thread
    Atomics.store(control, word, run)
    if (Atomics.load(control, word + 1) !== 0) Atomics.notify(control, word)
  }

  /** Nobody waits for what was not done any more, and the next run begins with nobody inside of this one. */
  #endFailed(): void {
    const control = this.#control
    const { open, finished, failed } = poolLayout
    Atomics.store(control, open, closed)
    Atomics.add(control, finished, released)
    Atomics.notify(control, finished)
    this.#awaitNobody()
    Atomics.store(control, finished, 0)
    Atomics.store(control, failed, 0)
  }

  #awaitNobody(): void {
    const control = this.#control
    const { active, leaving } = poolLayout
    Atomics.store(control, leaving, 1)
    for (;;) {
      const inside = Atomics.load(control, active)
      if (inside === 0) break
      Atomics.wait(control, active, inside)
    }
    Atomics.store(control, leaving, 0)
  }

  #failure(): string {
    const receive = nodeThreads()!.receiveMessageOnPort
    const reasons = this.#members.map(({ port }) => receive(port)?.message as string | undefined)
    return reasons.find((text) => text !== undefined) ?? 'unknown reason'
  }
}
