/** The graph that a worker opened last: whoever looks at one asks for its numbers and paths, one after the other. */
import { createHash } from 'node:crypto'
import type { ReadContext } from '../kinds/index.ts'
import { preparationKey, preparedOf, type DatasetSource } from '../jobs/source.ts'
import type { Tensors } from '../training/checkpoint.ts'
import type { OpenGraph } from './describe.ts'

export interface GraphRequest {
  readonly batchSize: number
  /** `key`: the same for the same weights. */
  readonly weights: { readonly key: string; readonly tensors: Tensors } | null
}

let kept: { readonly key: string; readonly graph: Promise<OpenGraph> } | null = null

async function open(
  source: DatasetSource,
  { batchSize, weights }: GraphRequest,
  context: ReadContext,
): Promise<OpenGraph> {
  const { recipe } = source
  const { trainOptionsOf } = await import('../training/data.ts')
  const { useDevice } = await import('../training/predict.ts')
  const { graphOfBatch } = await import('./batch.ts')
  const options = await trainOptionsOf(recipe, await preparedOf(source, context))
  // Small, and looked at op by op: no device is quicker at it than the processor.
  await useDevice('wasm')
  return await graphOfBatch({ ...options, batchSize, weights: weights && weights.tensors })
}

/** Of everything that a graph depends on. */
export function graphKey({ dataset, recipe }: DatasetSource, { batchSize, weights }: GraphRequest): string {
  const { model, training, seed, augment, weights: start } = recipe
  const key = [
    preparationKey(dataset.id, recipe),
    model,
    training.loss,
    training.parameters,
    start ?? null,
    seed,
    augment,
    batchSize,
    weights?.key ?? null,
  ]
  return createHash('sha256').update(JSON.stringify(key)).digest('hex')
}

export function keptGraph(
  source: DatasetSource,
  request: GraphRequest,
  context: ReadContext,
): Promise<OpenGraph> {
  const key = graphKey(source, request)
  if (kept?.key === key) return kept.graph
  const graph = open(source, request, context)
  const entry = { key, graph }
  kept = entry
  graph.catch(() => {
    if (kept === entry) kept = null
  })
  return graph
}
