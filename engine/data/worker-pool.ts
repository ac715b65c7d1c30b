/** Threads that load batches ahead. They are given numbers of samples and give numbers back, in the order they were asked for. */
import type { Worker } from 'node:worker_threads'
import { nodeThreads } from '../backends/wasm/thread-pool.ts'
import type { DType, TypedArray } from '../tensor/dtype.ts'
import { HostArray } from './collate.ts'
import type { SampleSeed } from './fetch.ts'
import type { Answer, Asked } from './worker.ts'

interface Waiting {
  resolve(batch: unknown): void
  reject(error: Error): void
}

/** As it came from a worker. */
interface Crossed {
  readonly host: TypedArray
  readonly shape: readonly number[]
  readonly dtype: DType
}

const hasCrossed = (value: object): value is Crossed =>
  'host' in value && ArrayBuffer.isView(value.host) && 'dtype' in value && 'shape' in value

function arrived(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(arrived)
  if (typeof tree !== 'object' || tree === null || Object.getPrototypeOf(tree) !== Object.prototype)
    return tree
  if (hasCrossed(tree)) return new HostArray(tree.host, tree.shape, tree.dtype)
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, arrived(value)]))
}

/** Beside this file, in whatever form that is. */
const source = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

export class WorkerPool {
  readonly #workers: Worker[]
  readonly #waiting = new Map<number, Waiting>()
  #asked = 0
  #failed: Error | null = null

  /** Errors: an Error where there are no threads, as in a browser. */
  constructor(url: string, options: unknown, count: number) {
    const threads = nodeThreads()
    if (!threads) throw new Error('Workers of a DataLoader are threads of Node: leave numWorkers at 0 here.')
    this.#workers = Array.from({ length: count }, () => {
      const worker = new threads.Worker(source, { workerData: { url, options } })
      worker.on('message', (answer: Answer) => this.#hear(answer))
      worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))))
      worker.on('exit', () => this.#fail(new Error('A worker of the DataLoader ended before its time.')))
      // Whoever waits for a batch keeps the process alive by a timer of ours.
      worker.unref()
      return worker
    })
  }

  #hear(answer: Answer): void {
    const waiting = this.#waiting.get(answer.number)
    this.#waiting.delete(answer.number)
    if ('error' in answer) waiting?.reject(Object.assign(new Error(answer.error), { name: answer.name }))
    else waiting?.resolve(arrived(answer.batch))
  }

  #fail(error: Error): void {
    this.#failed ??= error
    for (const waiting of this.#waiting.values()) waiting.reject(error)
    this.#waiting.clear()
  }

  #ask(indices: readonly number[], seed: SampleSeed, single: boolean): Promise<unknown> {
    if (this.#failed) return Promise.reject(this.#failed)
    const number = this.#asked++
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(number, { resolve, reject }))
    const asked: Asked = { number, indices, seed, single }
    this.#workers[number % this.#workers.length]!.postMessage(asked)
    return answer
  }

  /** Batches of these indices, `ahead` of them asked for at a time. Errors: those of the data set, told in this thread. */
  async *ordered(
    wanted: Iterable<readonly number[]>,
    { seed, single, ahead }: { readonly seed: SampleSeed; readonly single: boolean; readonly ahead: number },
  ): AsyncGenerator<unknown> {
    const queue: Promise<unknown>[] = []
    const more = wanted[Symbol.iterator]()
    const fill = (): void => {
      while (queue.length < ahead) {
        const next = more.next()
        if (next.done) return
        const answer = this.#ask(next.value, seed, single)
        // Told when its turn comes.
        answer.catch(() => {})
        queue.push(answer)
      }
    }
    for (fill(); queue.length > 0; fill()) {
      const alive = setInterval(() => {}, 2 ** 30)
      try {
        const batch = await queue.shift()!
        clearInterval(alive)
        yield batch
      } finally {
        clearInterval(alive)
      }
    }
  }

  close(): void {
    for (const worker of this.#workers) {
      worker.removeAllListeners('exit')
      void worker.terminate()
    }
  }
}
