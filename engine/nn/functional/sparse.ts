import * as ops from '../../ops/index.ts'
import { defineWithOptions } from '../../functions/define.ts'
import { integers, uniform } from '../../ops/samples.ts'
import { apply, type Tensor } from '../../tensor/tensor.ts'
import { onlyDefaults } from '../checks.ts'
import { place } from './place.ts'

interface EmbeddingOptions {
  /** A row that is not trained; negative numbers count from the end. */
  readonly paddingIdx?: number
  /** Only null: rows are not shortened. */
  readonly maxNorm?: null
  /** Only 2, since rows are not shortened. */
  readonly normType?: 2
  /** Only false. */
  readonly scaleGradByFreq?: false
  /** Only false. */
  readonly sparse?: false
}

/** Row numbers from the end become row numbers; errors: RangeError where there is no such row. */
export function paddingRow(rows: number, paddingIdx: number): number {
  const row = paddingIdx < 0 ? paddingIdx + rows : paddingIdx
  if (!Number.isInteger(row) || row < 0 || row >= rows)
    throw new RangeError(`paddingIdx must be one of the table's ${rows} rows, not ${paddingIdx}.`)
  return row
}

/** Rows of weight [rows, width] by an integer index [..], to [.., width]. Source: torch.nn.functional.embedding. */
export const embedding = defineWithOptions({
  name: 'embedding',
  ...place,
  positional: ['paddingIdx', 'maxNorm', 'normType', 'scaleGradByFreq', 'sparse'],
  call(input: Tensor, weight: Tensor, { paddingIdx, ...others }: EmbeddingOptions): Tensor {
    onlyDefaults<EmbeddingOptions>('embedding', others, {
      maxNorm: null,
      normType: 2,
      scaleGradByFreq: false,
      sparse: false,
    })
    const row = paddingIdx === undefined ? null : paddingRow(weight.shape[0] ?? 0, paddingIdx)
    return apply(ops.embedding, [input, weight], { paddingIdx: row })
  },
  samples: [
    [integers([2, 3], 0, 5), uniform([5, 4])],
    [integers([], 0, 5), uniform([5, 1])],
    [integers([0], 0, 5), uniform([5, 2])],
  ],
})
