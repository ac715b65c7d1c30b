/** Preparation: what the Prepare step shows. */
import type { Handlers, HostContext } from '../context.ts'
import { sourceOf } from '../datasets/repository.ts'
import { getProject, requireData } from '../projects/repository.ts'

export function prepareHandlers({
  store,
  jobs,
}: HostContext): Pick<Handlers, 'prepare.summary' | 'prepare.augmented'> {
  return {
    'prepare.summary': async ({ projectId }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      return await jobs.run(
        'summarize',
        { source: sourceOf(store, dataset.id, recipe) },
        { kind: 'prepare', label: `Preparing ${dataset.receipt.fileName}`, projectId, topic: dataset.id },
      )
    },
    'prepare.augmented': async ({ projectId, ...request }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      return await jobs.run(
        'augmented',
        { source: sourceOf(store, dataset.id, recipe), ...request },
        {
          kind: 'augment',
          label: `Augmenting an example of ${dataset.receipt.fileName}`,
          projectId,
          topic: `augment ${projectId}`,
          quick: true,
        },
      )
    },
  }
}
