/** The network of a project's recipe, before it exists. */
import type { Handlers, HostContext } from '../context.ts'
import { getProject, requireData } from '../projects/index.ts'
import { outputsOf } from '../training/data.ts'
import { preparedTable } from '../training/prepared.ts'
import { summarise } from './layers.ts'

export function modelHandlers(context: HostContext): Pick<Handlers, 'model.summary'> {
  return {
    'model.summary': async ({ projectId }) => {
      const { dataset, recipe } = requireData(getProject(context.store, projectId))
      const { preparation, data } = (await preparedTable(context, dataset.id, recipe)).prepared
      return summarise(recipe.model, recipe.task, data.featureCount, outputsOf(preparation))
    },
  }
}
