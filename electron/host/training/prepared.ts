/** The prepared table of a run or project. The last one is kept: consecutive steps of the workflow ask for the same. */
import type { Recipe } from '../../contract/index.ts'
import type { HostContext } from '../context.ts'
import { datasetFile, type Frame, readFrame } from '../datasets/index.ts'
import { prepareData, type PreparedData } from '../prepare/index.ts'

export interface PreparedTable {
  readonly frame: Frame
  readonly prepared: PreparedData
}

interface Kept {
  readonly key: string
  readonly table: Promise<PreparedTable>
}

const kept = new WeakMap<HostContext, Kept>()

/** Everything preparation depends on; network and training settings may change without preparing again. */
const keyOf = (datasetId: string, { data, task, prepare, split }: Recipe): string =>
  JSON.stringify([datasetId, data.columns, task, prepare, split])

async function load(context: HostContext, datasetId: string, recipe: Recipe): Promise<PreparedTable> {
  const frame = await readFrame(datasetFile(context.workspace, datasetId), recipe.data.columns)
  return { frame, prepared: prepareData(frame, recipe) }
}

export function preparedTable(
  context: HostContext,
  datasetId: string,
  recipe: Recipe,
): Promise<PreparedTable> {
  const key = keyOf(datasetId, recipe)
  const last = kept.get(context)
  if (last?.key === key) return last.table
  const table = load(context, datasetId, recipe)
  kept.set(context, { key, table })
  table.catch(() => {
    if (kept.get(context)?.table === table) kept.delete(context)
  })
  return table
}
