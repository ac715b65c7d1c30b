/** A thread that helps to measure the roofline. */
import { parentPort, workerData } from 'node:worker_threads'

export interface RooflineThread {
  module: WebAssembly.Module
  memory: WebAssembly.Memory
  address: number
  bytes: number
}

/** Memory nobody has written to is one page of zeros over and over, read from the cache: it is filled by who will use it. */
export function startLoop({ module, memory, address, bytes }: RooflineThread): (repeats: number) => void {
  new Float32Array(memory.buffer, address, bytes / 4).fill(1)
  const instance = new WebAssembly.Instance(module, { env: { memory } })
  // The module exports exactly this function.
  const run = instance.exports['run'] as (address: number, repeats: number) => void
  return (repeats) => run(address, repeats)
}

if (parentPort) {
  const run = startLoop(workerData as RooflineThread)
  parentPort.on('message', (repeats: number) => {
    run(repeats)
    parentPort!.postMessage('done')
  })
  parentPort.postMessage('ready')
}
