/** The network of a project's recipe, before it is trained. */
import type { Handlers, HostContext } from '../context.ts'
import { sourceOf } from '../datasets/repository.ts'
import type { About } from '../jobs/index.ts'
import { getProject, requireData } from '../projects/index.ts'

/** On paper alone, but of a network of hundreds of layers that takes a second, in which the host answers others. */
const trying = (projectId: string): About => ({
  kind: 'prepare',
  label: 'Trying other networks on paper',
  projectId,
  topic: `networks of ${projectId}`,
  quick: true,
})

export function modelHandlers({
  store,
  jobs,
}: HostContext): Pick<
  Handlers,
  'model.summary' | 'model.layers' | 'model.readSource' | 'model.sizes' | 'model.ideas'
> {
  return {
    'model.layers': async () => {
      const { functionsAsData, layersAsData } = await import('./layers.ts')
      return { layers: layersAsData(), functions: functionsAsData() }
    },
    'model.readSource': async ({ source, inputs }) => {
      const { checkedSource } = await import('./source/index.ts')
      return await checkedSource(source, inputs)
    },
    'model.sizes': ({ projectId, ...given }) => jobs.run('networkSizes', given, trying(projectId)),
    'model.ideas': ({ projectId, ...given }) => jobs.run('networkIdeas', given, trying(projectId)),
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
