/** The network of a project's recipe, before it is trained. */
import type { Handlers, HostContext } from '../context.ts'
import { getProject, requireData } from '../projects/index.ts'
import { networkOf } from '../training/data.ts'
import { preparedData } from '../training/prepared.ts'
import { describeNetwork } from './describe.ts'

export function modelHandlers(context: HostContext): Pick<Handlers, 'model.summary'> {
  return {
    'model.summary': async ({ projectId }) => {
      const { dataset, recipe } = requireData(getProject(context.store, projectId))
      const { preparation } = await preparedData(context, dataset.id, recipe)
      return await describeNetwork(networkOf(recipe, preparation))
    },
  }
}
