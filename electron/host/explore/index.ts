/** Exploring: what is in the data, and what is wrong with it. */
import type { Handlers, HostContext } from '../context.ts'
import { datasetFile } from '../datasets/repository.ts'
import { getProject, requireData } from '../projects/repository.ts'
import { profileTable } from './profile.ts'

export function exploreHandlers({ store, workspace }: HostContext): Pick<Handlers, 'explore.profile'> {
  return {
    'explore.profile': async ({ projectId }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      return profileTable(datasetFile(workspace, dataset.id), recipe.data.columns)
    },
  }
}
