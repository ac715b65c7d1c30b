/** A loader's worker: loads a module that makes the data set, and gives the batches it is asked for. */
import { parentPort, workerData } from 'node:worker_threads'
import { Tensor } from '../tensor/tensor.ts'
import { collateOnHost, HostArray, mapLeaves } from './collate.ts'
import { samplesOf, type SampleSeed } from './fetch.ts'
import type { DatasetModule } from './module-dataset.ts'

export interface Asked {
  readonly number: number
  readonly indices: readonly number[]
  readonly seed: SampleSeed
  /** The one sample as it is. */
  readonly single: boolean
}
export type Answer =
  | { readonly number: number; readonly batch: unknown }
  | { readonly number: number; readonly error: string; readonly name: string }

const { url, options } = workerData as { readonly url: string; readonly options: unknown }
// A failure is told with the first batch that is asked for.
const opened = (async () => {
  const module = (await import(url)) as DatasetModule
  return { dataset: await module.default(options), collate: module.collate ?? collateOnHost }
})()
opened.catch(() => {})

/** Tensors stay on the device of the worker: what crosses is numbers. */
async function toHost(batch: unknown): Promise<{ batch: unknown; memory: ArrayBuffer[] }> {
  const reads: Promise<unknown>[] = []
  const values = new Map<Tensor, HostArray>()
  mapLeaves(batch, (leaf) => {
    if (leaf instanceof Tensor)
      reads.push(
        leaf.data().then((data) => values.set(leaf, new HostArray(data.slice(), leaf.shape, leaf.dtype))),
      )
    return leaf
  })
  await Promise.all(reads)
  const memory: ArrayBuffer[] = []
  const plain = mapLeaves(batch, (leaf) => {
    const host = leaf instanceof Tensor ? values.get(leaf)! : leaf
    if (!(host instanceof HostArray)) return host
    memory.push(host.values.buffer as ArrayBuffer)
    return { host: host.values, shape: host.shape, dtype: host.dtype }
  })
  return { batch: plain, memory: [...new Set(memory)] }
}

parentPort!.on('message', ({ number, indices, seed, single }: Asked) => {
  void (async () => {
    try {
      const { dataset, collate } = await opened
      const samples = await samplesOf(dataset, indices, seed)
      const { batch, memory } = await toHost(single ? samples[0] : await collate(samples))
      parentPort!.postMessage({ number, batch } satisfies Answer, memory)
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error))
      parentPort!.postMessage({ number, error: message, name } satisfies Answer)
    }
  })()
})
