/** What checks decide over: what has become of the data, and the recipe that says so. */
import type { PreparedSummary, Recipe } from '../../../contract/index.ts'
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

export interface CheckEvidence {
  readonly recipe: Recipe
  readonly unit: Unit
  readonly splits: PreparedSummary['splits']
  readonly dropped: number
  readonly classes: readonly string[] | null
  readonly classCounts: PreparedSummary['classCounts']
  /** Inputs of the network that are columns of a table; null where they are pixels or words. */
  readonly features: number | null
  readonly categories: readonly EncodedCategories[]
  /** Features of the recipe without a value in the training split. */
  readonly empty: readonly string[]
  readonly words: {
    /** Of each text, before it is cut. */
    readonly lengths: ArrayLike<number>
    readonly vocabulary: number
    /** Share of the words that the vocabulary does not have. */
    readonly unknown: number
  } | null
}

/** What images and text have nothing of. */
export const noTable = { features: null, categories: [], empty: [] } as const
