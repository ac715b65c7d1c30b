/** The function of a module that runs its kernels, on one thread or on several. */
import { atomic, FunctionBuilder, op } from './assembler.ts'
import { limitTo } from './given-numbers.ts'
import type { KernelForm } from './kernel-form.ts'
import { poolLayout } from './thread-pool.ts'
import { grainOf, type Phase } from './tasks.ts'

/** Memory from an element of a slot on. */
export interface Argument {
  readonly slot: number
  readonly offset: number
}

/** What a kernel's function is called with. */
export interface CalledKernel extends Omit<KernelForm, 'key' | 'numbers' | 'tables' | 'emit'> {
  readonly arguments: readonly Argument[]
  readonly numbers: Int32Array<ArrayBuffer>
  readonly tables: Int32Array<ArrayBuffer> | null
}

/** And the function itself, which equal kernels share. */
export interface CompiledKernel extends CalledKernel {
  readonly code: FunctionBuilder
}

/** A module's first functions: one for all kernels that share it. */
export const functionsOf = (kernels: readonly CompiledKernel[]): FunctionBuilder[] => [
  ...new Set(kernels.map((kernel) => kernel.code)),
]

/**
 * The table a program finds its memory in: the address of scratch memory and how many bytes of it are each thread's; then for
 * each kernel the addresses of its arguments, of its tables and its numbers, and how many iterations it has. Beside it,
 * several threads have counters, for each thread those of its shares that have been taken, one for each task.
 */
export interface TableLayout {
  readonly threads: number
  readonly tasks: number
}

export interface TableContent {
  readonly scratch: { readonly address: number; readonly bytes: number }
  readonly kernels: readonly {
    readonly arguments: readonly number[]
    readonly tables: number
    readonly numbers: number
    readonly extent: number
  }[]
}

export const tableEntries = ({ scratch, kernels }: TableContent): number[] => [
  scratch.address,
  scratch.bytes,
  ...kernels.flatMap((kernel) => [...kernel.arguments, kernel.tables, kernel.numbers, kernel.extent]),
]

const scratchEntry = 0
const scratchBytesEntry = 1

interface KernelEntries {
  readonly arguments: readonly number[]
  readonly tables: number
  readonly numbers: number
  readonly extent: number
}

function entriesOf(kernels: readonly CompiledKernel[]): KernelEntries[] {
  let next = 2
  return kernels.map((kernel) => ({
    arguments: kernel.arguments.map(() => next++),
    tables: next++,
    numbers: next++,
    extent: next++,
  }))
}

/** Counters of different threads lie on cache lines of their own. */
const lineEntries = 16
const wholeLines = (entries: number): number => Math.ceil(entries / lineEntries) * lineEntries
const countersOf = ({ tasks }: TableLayout): number => wholeLines(tasks)

/** How many counters there are. */
export const counterEntries = (layout: TableLayout): number => countersOf(layout) * layout.threads

/**
 * Looks at the count of shares done before a thread sleeps: some 100 µs, longer than what one thread does alone between
 * shared kernels. It may be in vain because the thread it waits for is on the same core, where the system put it when it
 * woke up, and leaves it while the two take turns in sleeping. One that keeps looking for some 20 ms makes the system part
 * them; that is worth a try now and then, and costs little where there is no other core.
 */
const spins = 100_000
const longSpins = 20_000_000
const vainPerTry = 32

/** `alone(table, thread)`: does the phases' tasks one after the other, a chain's share by share. */
export function compileRun(
  kernels: readonly CompiledKernel[],
  layout: TableLayout,
  phases: readonly Phase[],
): FunctionBuilder[] {
  const run = new RunEmitter(kernels, layout, 2)
  const share = run.f.local('i32')
  for (const { kernels: members, steps, shares } of phases.flat())
    if (shares === 1 || members.length === 1) members.forEach((kernel) => run.whole(kernel))
    else run.f.loop(share, 0, shares, 1, () => run.share(members, steps, share, shares))
  return [run.f]
}

/**
 * `run(table, thread, counters, tag, before)`: takes shares of the phases' tasks until there are none; thread 0 returns when
 * all are done. `counters` begin as `tag`, and `before` shares were done by earlier runs. A thread that is still here when
 * the run is over reads nothing but counters and leaves: nobody waits for it.
 * Every thread begins with its own part of each task's shares and then helps the others with theirs, so that from
 * step to step a thread meets the same part of a tensor, in its core's own cache (Markatos & LeBlanc 1994,
 * https://doi.org/10.1109/71.273046).
 */
export function compileSharedRun(
  kernels: readonly CompiledKernel[],
  layout: TableLayout,
  phases: readonly Phase[],
  poolAddress: number,
): FunctionBuilder[] {
  const run = new RunEmitter(kernels, layout, 5)
  const done = functionsOf(kernels).length
  const wait = done + 1
  const { f } = run
  const share = f.local('i32')
  let shares = 0
  let task = 0
  for (const phase of phases) {
    if (shares > 0) f.get(4).i32(shares).call(wait)
    for (const { kernels: members, shares: count, steps } of phase) {
      run.eachShare(task++, share, count, () => {
        if (count === 1) members.forEach((kernel) => run.whole(kernel))
        else run.share(members, steps, share, count)
        f.call(done)
      })
      shares += count
    }
  }
  f.get(1).emit(op.i32Eqz, op.if, 0x40).get(4).i32(shares).call(wait).emit(op.end)
  return [compileDone(poolAddress), compileWait(poolAddress), f]
}

class RunEmitter {
  readonly f: FunctionBuilder
  readonly #kernels: readonly CompiledKernel[]
  readonly #functions: readonly FunctionBuilder[]
  readonly #layout: TableLayout
  readonly #entries: readonly KernelEntries[]
  readonly #from: number
  readonly #to: number
  readonly #end: number
  readonly #grains: number
  /** Whose shares are being taken, where that thread's counters are, its first share and the number of them. */
  readonly #owner: number
  readonly #counters: number
  readonly #first: number
  readonly #count: number
  readonly #seen: number

  constructor(kernels: readonly CompiledKernel[], layout: TableLayout, parameters: number) {
    this.f = new FunctionBuilder(parameters)
    const local = (): number => this.f.local('i32')
    ;[this.#from, this.#to, this.#end, this.#grains] = [local(), local(), local(), local()]
    ;[this.#owner, this.#counters, this.#first, this.#count, this.#seen] = [local(), local(), local(), local(), local()] // prettier-ignore
    this.#kernels = kernels
    this.#functions = functionsOf(kernels)
    this.#layout = layout
    this.#entries = entriesOf(kernels)
  }

  whole(kernel: number): void {
    const { range } = this.#kernels[kernel]!
    const { f } = this
    if (!range) return this.#call(kernel, () => null)
    this.#entry(this.#entries[kernel]!.extent).set(this.#end)
    f.i32(0).set(this.#from)
    this.#calls(kernel, range.most)
  }

  /** Runs `body` with every share of a task that this thread takes in the local `share`. */
  eachShare(task: number, share: number, count: number, body: () => void): void {
    const { f } = this
    const layout = this.#layout
    const { threads } = layout
    const counter = task * 4
    const partOf = (next: number): unknown =>
      f.get(this.#owner).i32(next).emit(op.i32Add).i32(count).emit(op.i32Mul).i32(threads).emit(op.i32DivU)
    f.get(1).set(this.#owner)
    f.emit(op.loop, 0x40)
    f.get(this.#owner).i32(countersOf(layout) * 4).emit(op.i32Mul).get(2).emit(op.i32Add).set(this.#counters) // prettier-ignore
    partOf(0)
    f.set(this.#first)
    partOf(1)
    f.get(this.#first).emit(op.i32Sub).set(this.#count)
    f.emit(op.block, 0x40, op.loop, 0x40)
    // Another run's tag is further away than there are shares.
    f.get(this.#counters).atomic(atomic.load, counter).tee(this.#seen).get(3).emit(op.i32Sub).tee(share)
    f.get(this.#count).emit(op.i32GeU, op.brIf, 1)
    f.get(this.#counters).get(this.#seen).get(this.#seen).i32(1).emit(op.i32Add)
    f.atomic(atomic.compareExchange, counter).get(this.#seen).emit(op.i32Ne, op.brIf, 0)
    f.get(share).get(this.#first).emit(op.i32Add).set(share)
    body()
    f.emit(op.br, 0, op.end, op.end)
    f.get(this.#owner).i32(1).emit(op.i32Add).i32(threads).emit(op.i32RemU).tee(this.#owner)
    f.get(1).emit(op.i32Ne, op.brIf, 0, op.end)
  }

  /** One of `count` shares; the number of which is in a local. `steps`: as of a Task. */
  share(kernels: readonly number[], steps: readonly number[], share: number, count: number): void {
    const ranges = kernels.map((kernel) => this.#kernels[kernel]!.range!)
    const grain = grainOf(
      ranges.map((range) => range.grain),
      steps,
    )
    const { f } = this
    const extent = (): FunctionBuilder => this.#entry(this.#entries[kernels[steps.indexOf(1)]!]!.extent)
    extent()
      .i32(grain - 1)
      .emit(op.i32Add)
      .i32(grain)
      .emit(op.i32DivU)
      .set(this.#grains)
    const edge = (next: number): unknown =>
      f.get(share).i32(next).emit(op.i32Add).get(this.#grains).emit(op.i32Mul).i32(count).emit(op.i32DivU).i32(grain).emit(op.i32Mul) // prettier-ignore
    edge(0)
    f.set(this.#from)
    edge(1)
    f.set(this.#end)
    if (grain > 1) {
      extent().set(this.#to)
      limitTo(f, this.#end, { local: this.#to })
    }
    // A program made for more has more shares than there may be work.
    f.get(this.#from).get(this.#end).emit(op.i32LtS, op.if, 0x40)
    const [only] = kernels
    if (kernels.length === 1) this.#calls(only!, ranges[0]!.most)
    else
      kernels.forEach((kernel, i) => {
        const times = (edge: number) => f.get(edge).i32(steps[i]!).emit(op.i32Mul)
        this.#call(kernel, () => [times(this.#from), times(this.#end)])
      })
    f.emit(op.end)
  }

  /** From #from to #end, in ranges of at most so many; null: in one. */
  #calls(kernel: number, most: number | null): void {
    const { f } = this
    if (most === null) {
      this.#call(kernel, () => f.get(this.#from).get(this.#end))
      return
    }
    f.emit(op.loop, 0x40)
    f.get(this.#from).i32(most).emit(op.i32Add).set(this.#to)
    limitTo(f, this.#to, { local: this.#end })
    this.#call(kernel, () => f.get(this.#from).get(this.#to))
    f.get(this.#to).tee(this.#from).get(this.#end).emit(op.i32LtS, op.brIf, 0, op.end)
  }

  /** Leaves a word of the table. */
  #entry(at: number): FunctionBuilder {
    return this.f.get(0).memory(op.i32Load, at * 4)
  }

  #call(kernel: number, range: () => unknown): void {
    const { f } = this
    const { code, scratch, tables } = this.#kernels[kernel]!
    const entries = this.#entries[kernel]!
    for (const entry of entries.arguments) this.#entry(entry)
    if (scratch !== null) {
      this.#entry(scratchEntry).get(1)
      this.#entry(scratchBytesEntry).emit(op.i32Mul, op.i32Add)
    }
    if (tables) this.#entry(entries.tables)
    this.#entry(entries.numbers)
    range()
    f.call(this.#functions.indexOf(code))
  }
}

/** `done()`: one more share is done. */
function compileDone(pool: number): FunctionBuilder {
  const f = new FunctionBuilder(0)
  const word = (element: number): number => pool + element * 4
  f.i32(0).i32(1).atomic(atomic.add, word(poolLayout.finished)).emit(op.drop)
  f.i32(0).atomic(atomic.load, word(poolLayout.waiting)).emit(op.if, 0x40)
  f.i32(0).i32(-1).atomic(atomic.notify, word(poolLayout.finished)).emit(op.drop)
  return f.emit(op.end)
}

/** `wait(before, shares)`: until so many more are done; awake for a while, then asleep. */
function compileWait(pool: number): FunctionBuilder {
  const f = new FunctionBuilder(2)
  const word = (element: number): number => pool + element * 4
  const [done, looks, limit] = [f.local('i32'), f.local('i32'), f.local('i32')]
  const count = (element: number, by: number): unknown => f.i32(0).i32(by).atomic(atomic.add, word(element))
  f.i32(spins).set(limit)
  f.emit(op.block, 0x40, op.loop, 0x40)
  f.i32(0).atomic(atomic.load, word(poolLayout.finished)).tee(done)
  f.get(0).emit(op.i32Sub).get(1).emit(op.i32GeS, op.brIf, 1)
  f.get(looks).i32(1).emit(op.i32Add).tee(looks).get(limit).emit(op.i32LtU, op.brIf, 0)
  f.get(limit).i32(spins).emit(op.i32Eq, op.if, 0x40)
  f.i32(longSpins).set(limit)
  count(poolLayout.vain, 1)
  f.i32(vainPerTry).emit(op.i32RemU, op.i32Eqz, op.brIf, 1, op.end)
  count(poolLayout.waiting, 1)
  f.emit(op.drop)
  f.i32(0).get(done).i64(-1).atomic(atomic.wait32, word(poolLayout.finished)).emit(op.drop)
  count(poolLayout.waiting, -1)
  return f.emit(op.drop, op.br, 0, op.end, op.end)
}
