/** For tests: small networks, and recipes as earlier versions wrote them. */
import { withEffort, type Recipe } from './recipe.ts'

/** A recipe of a table with the network that is trained in a moment, where nothing is asked of how good it is. */
export const quickly = <R extends Recipe>(recipe: R, rows: number): R =>
  recipe.kind === 'table' ? (withEffort(recipe, 'quick', rows) as R) : recipe

/** A recipe with start settings as versions began it whose dates were no features and whose numbers were not clipped. */
export const asBegunBefore = <R extends Recipe>(recipe: R): R => ({
  ...recipe,
  prepare: recipe.prepare
    .filter(({ kind }) => kind !== 'date')
    .map((group) => ({ ...group, steps: group.steps.filter(({ step }) => step !== 'clip') })),
})

/** One whose target has no order and no separator, as version 4 wrote it. */
export function recipeOfVersion4(recipe: Recipe): Record<string, unknown> {
  const { method, ...split } = recipe.split
  const held = method === 'given' ? { ...split, test: null } : split
  return { ...recipe, version: 4, target: { steps: recipe.target.steps }, split: held }
}

/** And one that has the start settings of a new table, images or text, as version 3 wrote it. */
export function recipeOfVersion3(recipe: Recipe): Record<string, unknown> {
  const {
    prepare: _,
    target: __,
    imbalance: ___,
    augment: ____,
    ...rest
  } = recipeOfVersion4(recipe) as Record<string, unknown>
  const prepare = {
    table: {
      impute: { number: 'median', category: 'missing', indicators: true },
      scale: 'standard',
      encode: { maxCategories: 50 },
      imbalance: 'none',
    },
    images: { normalize: 'standard', augment: { shift: 0, flip: false }, imbalance: 'none' },
    text: {
      tokenizer: 'basicEnglish',
      minCount: 1,
      maxVocabulary: 30_000,
      maxTokens: 50,
      imbalance: 'none',
    },
  }[recipe.kind]
  return { ...rest, version: 3, prepare }
}

/** And as version 2 did: one loss for each task. */
export function recipeOfVersion2(recipe: Recipe): Record<string, unknown> {
  const { loss: _, ...training } = recipe.training
  return { ...recipeOfVersion3(recipe), version: 2, training }
}

/** And as version 1 did, of a table: there was nothing else. */
export function recipeOfVersion1(recipe: Recipe): Record<string, unknown> {
  const { kind: _, ...rest } = recipeOfVersion2(recipe)
  const { rows: __, ...data } = recipe.data
  return { ...rest, version: 1, data }
}
