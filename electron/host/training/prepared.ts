/** The prepared data of a run or project. The last one is kept: consecutive steps of the workflow ask for the same. */
import { DescentError, type Recipe } from '../../contract/index.ts'
import type { HostContext } from '../context.ts'
import { loadDataset, placeOf } from '../datasets/repository.ts'
import { kindOf, type Prepared } from '../kinds/index.ts'

interface Kept {
  readonly key: string
  readonly prepared: Promise<Prepared>
}

const kept = new WeakMap<HostContext, Kept>()

/** Everything preparation depends on; network and training settings may change without preparing again. */
const keyOf = (datasetId: string, { data, task, prepare, split }: Recipe): string =>
  JSON.stringify([datasetId, data.columns, data.rows, task, prepare, split])

async function load({ store, workspace }: HostContext, datasetId: string, recipe: Recipe): Promise<Prepared> {
  const dataset = loadDataset(store, datasetId)
  if (dataset === null) throw new DescentError('notFound', 'The data of this run has been removed.')
  return await kindOf(recipe.kind).prepare(placeOf(workspace, datasetId), dataset.receipt, recipe)
}

export function preparedData(context: HostContext, datasetId: string, recipe: Recipe): Promise<Prepared> {
  const key = keyOf(datasetId, recipe)
  const last = kept.get(context)
  if (last?.key === key) return last.prepared
  const prepared = load(context, datasetId, recipe)
  kept.set(context, { key, prepared })
  prepared.catch(() => {
    if (kept.get(context)?.prepared === prepared) kept.delete(context)
  })
  return prepared
}
