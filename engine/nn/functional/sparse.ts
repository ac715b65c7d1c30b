import * as ops from '../../ops/index.ts'
import { apply, type Tensor } from '../../tensor/tensor.ts'

export interface EmbeddingOptions {
  /** A row that is not trained; negative numbers count from the end. */
  readonly paddingIdx?: number
}

/** Row numbers from the end become row numbers; errors: RangeError where there is no such row. */
export function paddingRow(rows: number, paddingIdx: number): number {
  const row = paddingIdx < 0 ? paddingIdx + rows : paddingIdx
  if (!Number.isInteger(row) || row < 0 || row >= rows)
    throw new RangeError(`paddingIdx must be one of the table's ${rows} rows, not ${paddingIdx}.`)
  return row
}

/** Rows of weight [rows, width] by an integer index [..], to [.., width]. Source: torch.nn.functional.embedding. */
export function embedding(input: Tensor, weight: Tensor, { paddingIdx }: EmbeddingOptions = {}): Tensor {
  const row = paddingIdx === undefined ? null : paddingRow(weight.shape[0] ?? 0, paddingIdx)
  return apply(ops.embedding, [input, weight], { paddingIdx: row })
}
