/** The network of a project's recipe, before it is trained. */
import type { Handlers, HostContext } from '../context.ts'
import { sourceOf } from '../datasets/repository.ts'
import { getProject, requireData } from '../projects/index.ts'

export function modelHandlers({
  store,
  jobs,
}: HostContext): Pick<Handlers, 'model.summary' | 'model.layers' | 'model.readSource'> {
  return {
    'model.layers': async () => {
      const { functionsAsData, layersAsData } = await import('./layers.ts')
      return { layers: layersAsData(), functions: functionsAsData() }
    },
    'model.readSource': async ({ source, inputs }) => {
      const { checkedSource } = await import('./source/index.ts')
      return await checkedSource(source, inputs)
    },
    'model.summary': async ({ projectId }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      return await jobs.run(
        'describeModel',
        { source: sourceOf(store, dataset.id, recipe) },
        { kind: 'prepare', label: `Preparing ${dataset.receipt.fileName}`, projectId, topic: dataset.id },
      )
    },
  }
}
