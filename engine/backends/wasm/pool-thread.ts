/** One thread of a thread pool. */
import type * as WorkerThreads from 'node:worker_threads'
import type { PoolThreadData, PoolMessage, RunTable } from './thread-pool.ts'

/**
 * The whole life of a thread. It is started from this function's own text, so it refers to nothing outside itself:
 * what it needs comes as data.
 */
export function poolThread({ workerData, receiveMessageOnPort }: typeof WorkerThreads): void {
  const { memory, port, thread, address, bytes, at, released } = workerData as PoolThreadData
  const control = new Int32Array(memory.buffer, address, bytes / 4)
  const modules = new Map<number, WebAssembly.Module>()
  const programs = new Map<number, RunTable>()

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

  /** A program is told before it is run for the first time. */
  const program = (id: number): RunTable => {
    const known = programs.get(id)
    if (known) return known
    while (receive());
    const instance = new WebAssembly.Instance(modules.get(id)!, { env: { memory } })
    // The module exports exactly this function.
    const run = instance.exports['run'] as RunTable
    programs.set(id, run)
    modules.delete(id)
    return run
  }

  const take = (epoch: number): void => {
    Atomics.add(control, at.active, 1)
    try {
      if (Atomics.load(control, at.open) === epoch) program(control[at.program]!)(control[at.table]!, thread)
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
  for (;;) {
    const start = performance.now()
    let epoch = Atomics.load(control, at.epoch)
    while (epoch === seen && performance.now() - start < watch) {
      for (let i = 0; i < 16 && epoch === seen; i++) {
        Atomics.pause?.()
        epoch = Atomics.load(control, at.epoch)
      }
    }
    if (epoch === seen) {
      Atomics.add(control, at.sleepers, 1)
      Atomics.wait(control, at.epoch, seen)
      Atomics.sub(control, at.sleepers, 1)
      epoch = Atomics.load(control, at.epoch)
    }
    if (epoch === seen) continue
    watch = performance.now() - start < longWatch ? longWatch : shortWatch
    seen = epoch
    take(epoch)
  }
}
