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
