/** Does a recipe fit the data? The schema has already been checked; this holds it against the data set. */
import { isDeepStrictEqual } from 'node:util'
import { DescentError, targetsOf, type Dataset, type Recipe } from '../../contract/index.ts'
import { kindOf } from '../kinds/index.ts'

const refuse = (message: string, field: string) => new DescentError('badRecipe', message, field)

export function validateRecipe(
  recipe: Recipe,
  dataset: Pick<Dataset, 'columns' | 'receipt'>,
  former: Recipe,
): void {
  if (recipe.kind !== former.kind)
    throw refuse(`A recipe for ${recipe.kind} does not fit data that is ${former.kind}.`, 'kind')
  if (!isDeepStrictEqual(recipe.data.source, former.data.source))
    throw refuse('Where the data comes from cannot be edited here. Import the file again.', 'data.source')
  const { columns } = former.data
  const incomplete = targetsOf(columns).length === 0 || !columns.some(({ role }) => role === 'feature')
  kindOf(recipe.kind).validate(recipe, dataset, { incomplete })
}
