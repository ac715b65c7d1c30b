/** Outputs of a network in evaluation mode for any number of rows. */
import { capture, noGrad, tensor, type Tensor } from '../../../engine/index.ts'
import type { Network, NetworkSpec } from '../model/build.ts'
import { isSmall, onDevice, sizeOfInputs, type InputRows } from '../model/input.ts'

/**
 * Rows per pass. For one model always the same, with the last batch filled up, so that a row goes through the very same
 * kernels whether it is predicted alone or among a million: that makes predictions equal to the bit. A row of a table is
 * little work; what convolutions or attention make of an image or a text is a hundred times its size. Rows of thousands of
 * features fill a pass sooner, or a handful of them would wait for the arithmetic of hundreds.
 */
const predictionBatch = { small: 512, large: 128 }
/** Numbers in a pass through a table's network, and rows at least. */
const [mostInPass, leastInPass] = [262_144, 32]
export function rowsPerPass(inputs: NetworkSpec['inputs']): number {
  if (!isSmall(inputs)) return predictionBatch.large
  const affordable = Math.floor(mostInPass / Math.max(1, sizeOfInputs(inputs)))
  // A power of two, so that vectors are full.
  return Math.min(
    predictionBatch.small,
    Math.max(leastInPass, 2 ** Math.floor(Math.log2(Math.max(1, affordable)))),
  )
}

/** Row numbers of one pass; behind the last row the last one is repeated. */
function batchRows(start: number, size: number, rows: number): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: size }, (_, i) => Math.min(start + i, rows - 1))
}

export interface Predictor {
  (): Promise<Float32Array<ArrayBuffer>>
  /** Gives back the memory that a pass takes, which for pictures is much. */
  release(): void
}

/** Returns a function that computes rows × outputs with the network's current weights. The caller sets eval mode. */
export function openPredictor(
  network: Network,
  data: InputRows,
  { inputs, outputs }: Pick<NetworkSpec, 'inputs' | 'outputs'>,
): Predictor {
  const result = new Float32Array(data.rows * outputs)
  if (data.rows === 0) return Object.assign(async () => result, { release: () => {} })
  const stored = onDevice(inputs, data)
  const step = capture((rows: Tensor) => noGrad(() => network.forward(...stored.batch(rows))))
  const size = rowsPerPass(inputs)
  const predict = async (): Promise<Float32Array<ArrayBuffer>> => {
    for (let start = 0; start < data.rows; start += size) {
      const index = tensor(batchRows(start, size, data.rows))
      const values = await step(index).data()
      index.dispose()
      const filled = Math.min(size, data.rows - start) * outputs
      result.set(values.subarray(0, filled), start * outputs)
    }
    return result
  }
  return Object.assign(predict, { release: () => step.release() })
}

/** The same for once. */
export async function predictOnce(
  ...of: Parameters<typeof openPredictor>
): Promise<Float32Array<ArrayBuffer>> {
  const predict = openPredictor(...of)
  try {
    return await predict()
  } finally {
    predict.release()
  }
}
