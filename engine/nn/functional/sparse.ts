import * as ops from '../../ops/index.ts'
import { readArguments, type Arguments, type Signature } from '../../tensor/arguments.ts'
import { apply, type Tensor } from '../../tensor/tensor.ts'
import { onlyDefaults } from '../checks.ts'

export interface EmbeddingOptions {
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

export const embeddingOrder = ['paddingIdx', 'maxNorm', 'normType', 'scaleGradByFreq', 'sparse'] as const
const embeddingSignature: Signature<EmbeddingOptions> = { name: 'embedding', positional: embeddingOrder }

/** Errors: a RangeError for what the engine cannot do. */
export const checkEmbedding = (name: string, options: EmbeddingOptions): void =>
  onlyDefaults<EmbeddingOptions>(name, options, {
    maxNorm: null,
    normType: 2,
    scaleGradByFreq: false,
    sparse: false,
  })

/** Row numbers from the end become row numbers; errors: RangeError where there is no such row. */
export function paddingRow(rows: number, paddingIdx: number): number {
  const row = paddingIdx < 0 ? paddingIdx + rows : paddingIdx
  if (!Number.isInteger(row) || row < 0 || row >= rows)
    throw new RangeError(`paddingIdx must be one of the table's ${rows} rows, not ${paddingIdx}.`)
  return row
}

/** Rows of weight [rows, width] by an integer index [..], to [.., width]. Source: torch.nn.functional.embedding. */
export function embedding(
  input: Tensor,
  weight: Tensor,
  ...rest: Arguments<EmbeddingOptions, typeof embeddingOrder>
): Tensor {
  const options = readArguments<EmbeddingOptions>(embeddingSignature, rest)
  checkEmbedding('embedding', options)
  const { paddingIdx } = options
  const row = paddingIdx === undefined ? null : paddingRow(weight.shape[0] ?? 0, paddingIdx)
  return apply(ops.embedding, [input, weight], { paddingIdx: row })
}
