/** What to say of a recipe that is invalid. It needs the schema of every choice there is: a page of its own for whoever edits. */
import { recipeSchema } from '../../electron/contract/index.ts'
import type { Recipe } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import type { RecipeProblem } from './recipe.ts'

/** The first thing wrong with a recipe, before it is sent. */
export function recipeProblem(recipe: Recipe): RecipeProblem | null {
  const parsed = recipeSchema.safeParse(recipe)
  if (parsed.success) return null
  const issue = parsed.error.issues[0]
  return issue
    ? { field: issue.path.join('.'), message: issue.message }
    : { field: '', message: strings.shell.invalidRecipe }
}
