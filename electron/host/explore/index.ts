/** Exploring: what is in the data, and what is wrong with it. */
import type { Handlers, HostContext } from '../context.ts'
import { placeOf } from '../datasets/repository.ts'
import { kindOf } from '../kinds/index.ts'
import { getProject, requireData } from '../projects/repository.ts'

export function exploreHandlers({ store, workspace }: HostContext): Pick<Handlers, 'explore.profile'> {
  return {
    'explore.profile': async ({ projectId }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      return kindOf(recipe.kind).profile(placeOf(workspace, dataset.id), dataset, recipe)
    },
  }
}
