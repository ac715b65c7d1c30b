/** One thread of a thread pool. */
import type * as WorkerThreads from 'node:worker_threads'
import type { PoolMessage, PoolThreadData, RunShared } from './thread-pool.ts'

/**
 * The whole life of a thread. It is started from this function's own text, so it refers to nothing outside itself:
 * what it needs comes as data.
 */
export function poolThread({ workerData, receiveMessageOnPort }: typeof WorkerThreads): void {
  const { memory, port, thread, address, bytes, at, released, shareBits } = workerData as PoolThreadData
  const control = new Int32Array(memory.buffer, address, bytes / 4)
  const modules = new Map<number, WebAssembly.Module>()
  const programs = new Map<number, RunShared>()
  const call = at.calls + at.wordsPerCall * thread
  const asleep = call + 1

  const receive = (): boolean => {
    const message = receiveMessageOnPort(port)?.message as PoolMessage | undefined
    if (!message) return false
    if ('add' in message) modules.set(message.add, message.module)
    else {
      modules.delete(message.drop)
      programs.delete(message.drop)
    }
    return true
  }

  /** A program is told before it is run for the first time. undefined: it was dropped, so its run is over. */
  const program = (id: number): RunShared | undefined => {
    const known = programs.get(id)
    if (known) return known
    while (receive());
    const module = modules.get(id)
    if (!module) return undefined
    modules.delete(id)
    let run: RunShared = () => {}
    try {
      // The module exports this function by this name.
      run = new WebAssembly.Instance(module, { env: { memory } }).exports['run'] as RunShared
    } catch {
      // No loss but of speed: the others do its shares.
    }
    programs.set(id, run)
    return run
  }

  const join = (run: number): void => {
    Atomics.add(control, at.active, 1)
    const id = Atomics.load(control, at.program)
    const table = Atomics.load(control, at.table)
    const counters = Atomics.load(control, at.counters)
    const before = Atomics.load(control, at.before)
    try {
      // Words that belong to another run are those of no run.
      if (Atomics.load(control, at.open) === run)
        program(id)?.(table, thread, counters, run << shareBits, before)
    } catch (error) {
      port.postMessage(String(error))
      Atomics.store(control, at.failed, 1)
      Atomics.add(control, at.finished, released)
      Atomics.notify(control, at.finished)
    }
    Atomics.sub(control, at.active, 1)
    if (Atomics.load(control, at.leaving) !== 0) Atomics.notify(control, at.active)
  }

  // In milliseconds. Steps that follow each other closely find the thread awake; else it gives its core to others.
  const longWatch = 0.2
  const shortWatch = 0.02
  let watch = longWatch
  let seen = 0
  Atomics.add(control, at.present, 1)
  for (;;) {
    const start = performance.now()
    let run = Atomics.load(control, call)
    while (run === seen && performance.now() - start < watch) {
      for (let i = 0; i < 16 && run === seen; i++) {
        Atomics.pause?.()
        run = Atomics.load(control, call)
      }
    }
    if (run === seen) {
      Atomics.store(control, asleep, 1)
      Atomics.wait(control, call, seen)
      Atomics.store(control, asleep, 0)
      run = Atomics.load(control, call)
    }
    if (run === seen) continue
    watch = performance.now() - start < longWatch ? longWatch : shortWatch
    seen = run
    join(run)
  }
}
