/** Preparation: what the Prepare step shows. */
import type { Handlers, HostContext } from '../context.ts'
import { getProject, requireData } from '../projects/repository.ts'
import { preparedData } from '../training/prepared.ts'

export function prepareHandlers(context: HostContext): Pick<Handlers, 'prepare.summary'> {
  return {
    'prepare.summary': async ({ projectId }) => {
      const { dataset, recipe } = requireData(getProject(context.store, projectId))
      return (await preparedData(context, dataset.id, recipe)).summary()
    },
  }
}
