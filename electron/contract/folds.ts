/** Cross-validation: the recipes of its runs, and which runs belong to one. */
import { begin, byGroup, folds, predictsClasses, splits } from './definitions/index.ts'
import type { Recipe } from './recipe.ts'

/** Whether the recipe's split is one of several folds. */
export const isFold = ({ split }: Recipe): boolean => split.method === folds.name

export interface FoldNumber {
  readonly folds: number
  /** From 1. */
  readonly fold: number
  /** From 1: rows are dealt anew in each, and all other seeds are others. */
  readonly repeat: number
}

/** The recipe with one of the folds as its test; groups that its split kept together stay so. */
export function recipeOfFold(recipe: Recipe, { folds: count, fold, repeat }: FoldNumber): Recipe {
  const { split } = recipe
  const kept = split.method === folds.name ? split : null
  const group = split.method === byGroup.name ? split.column : (kept?.column ?? '')
  const seed = ('seed' in split ? split.seed : 0) + repeat - 1
  const stratify = 'stratify' in split ? split.stratify : predictsClasses(recipe.task)
  return {
    ...recipe,
    seed: recipe.seed + repeat - 1,
    split: begin(splits, folds.name, { ...(kept ?? { stratify }), folds: count, fold, seed, column: group }),
  }
}

/** The same for all runs of one cross-validation, whatever their fold and repeat; null: the run is in none. */
export function foldsKey(recipe: Recipe): string | null {
  const { split } = recipe
  if (split.method !== folds.name) return null
  return JSON.stringify({ ...recipe, seed: 0, split: { ...split, fold: 0, seed: 0 } })
}

/** Mean, and standard deviation with n − 1; of one value there is no deviation. */
export function meanAndDeviation(values: readonly number[]): {
  readonly mean: number
  readonly deviation: number | null
} {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  if (values.length < 2) return { mean, deviation: null }
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) }
}
