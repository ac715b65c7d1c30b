/** Outputs of a network in evaluation mode for a whole table of rows. */
import { capture, noGrad, tensor, type Tensor } from '../../../engine/index.ts'
import type { Network } from '../model/build.ts'

/**
 * Rows per pass. Always the same, with the last batch filled up, so that a row goes through the very same kernels
 * whether it is predicted alone or among a million: that makes predictions equal to the bit.
 */
export const predictionBatch = 512

/** Row numbers of one pass; behind the last row the last one is repeated. */
export function batchRows(start: number, rows: number): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: predictionBatch }, (_, i) => Math.min(start + i, rows - 1))
}

/** Returns a function that computes rows × outputs with the network's current weights. The caller sets eval mode. */
export function openPredictor(
  network: Network,
  table: { readonly rows: number; readonly features: Float32Array },
  inputs: number,
  outputs: number,
): () => Promise<Float32Array<ArrayBuffer>> {
  const result = new Float32Array(table.rows * outputs)
  if (table.rows === 0) return async () => result
  const features = tensor(table.features, { shape: [table.rows, inputs] })
  const step = capture((rows: Tensor) => noGrad(() => network.forward(features.indexSelect(0, rows))))
  return async () => {
    for (let start = 0; start < table.rows; start += predictionBatch) {
      const index = tensor(batchRows(start, table.rows))
      const values = await step(index).data()
      index.dispose()
      const size = Math.min(predictionBatch, table.rows - start) * outputs
      result.set(values.subarray(0, size), start * outputs)
    }
    return result
  }
}
