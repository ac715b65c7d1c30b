/** A table in memory, column by column, in file order: what preparation, training and prediction work on. */

export interface NumberColumn {
  readonly kind: 'number'
  readonly name: string
  /** NaN is missing. Never infinite: the import reads infinities as missing and says so. */
  readonly values: Float64Array
}

export interface CategoryColumn {
  readonly kind: 'category'
  readonly name: string
  /** Index into `categories`; -1 is missing. */
  readonly codes: Int32Array
  /** Distinct values in order of first appearance. */
  readonly categories: readonly string[]
}

export type FrameColumn = NumberColumn | CategoryColumn

export interface Frame {
  readonly rows: number
  readonly columns: readonly FrameColumn[]
}
