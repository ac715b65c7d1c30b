/** Cross-validation: the recipes of its runs, and which runs belong to one. */
import {
  begin,
  byGroup,
  folds,
  given,
  predictsClasses,
  random,
  splitOf,
  splits,
} from './definitions/index.ts'
import { DescentError } from './errors.ts'
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

const refuse = (message: string): DescentError => new DescentError('badRecipe', message, 'split.method')

/** Folds deal rows by chance: a split that says otherwise which rows test would be lost without a word. */
function checkFoldable({ split }: Recipe): void {
  if (split.method === given.name)
    throw refuse(
      'A test file that came with the data is the test, so its rows cannot be dealt into folds. Leave out --folds, or the test file.',
    )
  if (![random.name, byGroup.name, folds.name].some((name) => name === split.method))
    throw refuse(
      `The split “${splitOf(split).label}” says which rows test, and folds would deal them anew by chance. Leave out --folds, or choose the split “${random.label}” or “${byGroup.label}”.`,
    )
  if ('together' in split && split.together)
    throw refuse(
      `Folds do not keep duplicates on one side (split.together), so some would be tested that were learned. Leave out --folds, turn it off, or split by group, with a column that says which rows belong together.`,
    )
}

/** The recipe with one of the folds as its test; groups that its split kept together stay so. */
export function recipeOfFold(recipe: Recipe, { folds: count, fold, repeat }: FoldNumber): Recipe {
  checkFoldable(recipe)
  const { split } = recipe
  const kept = split.method === folds.name ? split : null
  const group = split.method === byGroup.name ? split.column : (kept?.column ?? '')
  const seed = ('seed' in split ? split.seed : 0) + repeat - 1
  const stratify = 'stratify' in split ? split.stratify : predictsClasses(recipe.task)
  const validation = 'validation' in split ? { validation: split.validation } : {}
  return {
    ...recipe,
    seed: recipe.seed + repeat - 1,
    split: begin(splits, folds.name, {
      ...(kept ?? { stratify, ...validation }),
      folds: count,
      fold,
      seed,
      column: group,
    }),
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
