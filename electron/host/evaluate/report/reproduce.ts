/** What trains a run again: the recipe within the report, and the line that reads it from there. */
import {
  plural,
  shellWord,
  type Dataset,
  type Recipe,
  type RunDetail,
  type TrainingReport,
} from '../../../contract/index.ts'
import { escaped, unescaped } from './html.ts'

export const recipeId = 'recipe-json'

/** On the device that it was trained on, which `auto` need not be elsewhere. */
export const recipeToRepeat = ({ recipe, backend }: Pick<RunDetail, 'recipe' | 'backend'>): Recipe => ({
  ...recipe,
  backend: backend ?? recipe.backend,
})

/** As it stands in the page. */
export const writtenRecipe = (recipe: Recipe): string => escaped(JSON.stringify(recipe, null, 1))

/** The text of the recipe in a report; null: there is none. */
export function recipeInReport(page: string): string | null {
  const found = new RegExp(`<pre id="${recipeId}">([^<]*)</pre>`).exec(page)
  return found === null ? null : unescaped(found[1]!)
}

/** In the spelling of POSIX shells: nobody knows on which system the page is read. */
export const commandFor = (fileName: string): string => `descent run ${shellWord(fileName, 'linux')}`

/** Why the line does not give the same figures; empty: it does. */
export function obstacles(
  { recipe, state, epoch }: Pick<RunDetail, 'recipe' | 'state' | 'epoch'>,
  dataset: Dataset | null,
  { adjusted = [], branchedFrom }: Pick<TrainingReport, 'adjusted' | 'branchedFrom'>,
): string[] {
  const corrected = dataset !== null && Object.values(dataset.version.counts).some((count) => count > 0)
  return [
    ...(state === 'stopped'
      ? [`It was stopped after ${plural(epoch, 'epoch')}, before its end, which the line trains to.`]
      : []),
    ...(corrected
      ? [
          'Its data were corrected in Descent: the file that was imported lacks that. Export the data, or the project, to repeat it.',
        ]
      : []),
    ...(adjusted.length > 0 ? ['Settings were changed while it trained, which the line does not do.'] : []),
    ...(branchedFrom === undefined
      ? []
      : ['It goes on from a checkpoint of another run, which the line does not have.']),
    ...('weights' in recipe &&
    recipe.weights !== undefined &&
    'path' in recipe.weights &&
    recipe.weights.path !== ''
      ? ['It begins with the weights of another model, which have to be where they were.']
      : []),
  ]
}
