/** Preparation: split, impute, scale, encode. Pure functions on a Frame; what is learnt is a plain document. */
import type { Handlers, HostContext } from '../context.ts'
import { readFrame } from '../datasets/read-frame.ts'
import { datasetFile } from '../datasets/repository.ts'
import { getProject, requireData } from '../projects/repository.ts'
import { prepareData } from './prepare-data.ts'
import { summarise } from './summary.ts'

export { fitPreparation } from './fit.ts'
export { prepareData, type PreparedData } from './prepare-data.ts'
export { preparationSchema, type Preparation } from './preparation.ts'
export { transform, type Transformed } from './transform.ts'

export function prepareHandlers({ store, workspace }: HostContext): Pick<Handlers, 'prepare.summary'> {
  return {
    'prepare.summary': async ({ projectId }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      const { columns } = recipe.data
      const frame = await readFrame(datasetFile(workspace, dataset.id), columns)
      const features = columns.filter(({ role }) => role === 'feature').map(({ name }) => name)
      return summarise(frame, prepareData(frame, recipe), features)
    },
  }
}
