/** The half of the browser's contestant that runs in the page. */
import type { Case } from '../../cases.ts'
import type { Prepared } from '../serve.ts'
import { prepare } from './driver.ts'
import type { Tf } from './tf.ts'

declare global {
  /** Put there by TensorFlow.js's bundle. */
  // Only var declares a property of the global object.
  var tf: Tf
}

await tf.setBackend('webgpu')
await tf.ready()

const prepared = new Map<number, Prepared>()
const adapter = await navigator.gpu.requestAdapter()

export const device = adapter ? `${adapter.info.vendor} ${adapter.info.architecture}`.trim() : 'none'

export async function ready(id: number, c: Case): Promise<void> {
  prepared.set(id, await prepare(tf, c))
}

export const run = (id: number, iterations: number): void | Promise<void> =>
  prepared.get(id)!.run(iterations, '')

export const result = (id: number): number | Promise<number> => prepared.get(id)!.result()

export function forget(id: number): void {
  prepared.get(id)?.dispose?.()
  prepared.delete(id)
}
