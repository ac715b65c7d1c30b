/** Exploring: what is in the data, and what is wrong with it. */
import type { Handlers, HostContext } from '../context.ts'
import { sourceOf } from '../datasets/repository.ts'
import { getProject, requireData } from '../projects/repository.ts'

export function exploreHandlers({ store, jobs }: HostContext): Pick<Handlers, 'explore.profile'> {
  return {
    'explore.profile': async ({ projectId }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      return await jobs.run(
        'profile',
        { source: sourceOf(store, dataset.id, recipe) },
        { kind: 'profile', label: `Exploring ${dataset.receipt.fileName}`, projectId, topic: dataset.id },
      )
    },
  }
}
