/** What checks decide over: what has become of the data, and the recipe that says so. */
import type { PreparedSummary, Recipe } from '../../../contract/index.ts'
import type { AcrossSplits } from '../../prepare/alike.ts'
import type { Unit } from '../findings.ts'

/** What a column of categories has become. */
export interface EncodedCategories {
  readonly name: string
  /** Those with a feature of their own. */
  readonly kept: number
  /** Features beside these: for the rarer ones, and for missing ones. */
  readonly more: number
  /** The rarer ones share a feature. */
  readonly shared: boolean
}

/** Values of an ordered column that are none of its levels. */
export interface OutsideLevels {
  readonly name: string
  readonly values: readonly string[]
  readonly rows: number
}

/** What a column of texts has become. */
export interface EncodedTexts {
  readonly name: string
  /** Of each text, in words, before it is cut. */
  readonly lengths: ArrayLike<number>
  /** Words that are kept of a text. */
  readonly maxTokens: number
  readonly vocabulary: number
  /** Share of the words that the vocabulary does not have. */
  readonly unknown: number
  /** Of each text, how many of the words that are kept the vocabulary does not have. */
  readonly unseen: ArrayLike<number>
}

/** How far a column's distribution in a split is from that in training. */
export interface Drift {
  readonly name: string
  readonly split: 'validation' | 'test'
  readonly statistic: string
  readonly distance: number
}

/** Rows of a split with a target outside of the range that predictions are held within. */
export interface TargetsBeyond {
  readonly name: string
  readonly split: 'validation' | 'test'
  readonly rows: number
  readonly least: number
  readonly most: number
}

export interface CheckEvidence {
  /** What the split says of itself. */
  readonly splitNotes: readonly string[]
  readonly duplicates: AcrossSplits
  /** Beyond chance, the furthest first. */
  readonly drifts: readonly Drift[]
  readonly recipe: Recipe
  readonly unit: Unit
  readonly splits: PreparedSummary['splits']
  readonly dropped: number
  readonly classes: readonly string[] | null
  readonly classCounts: PreparedSummary['classCounts']
  /** Numbers that the network is given of a row's columns, pixels and words not counted; null: it is given none. */
  readonly features: number | null
  readonly categories: readonly EncodedCategories[]
  readonly outside: readonly OutsideLevels[]
  readonly beyond: readonly TargetsBeyond[]
  /** Features of the recipe without a value in the training split. */
  readonly empty: readonly string[]
  readonly texts: readonly EncodedTexts[]
}
