/** Whether a graph is still that of what is there now. */
import type { Dataset, GraphWeights, Recipe, RunSummary } from '../../../electron/contract/index.ts'

interface Now {
  readonly dataset: Pick<Dataset, 'id'> | null
  readonly recipe: Recipe | null
}

/**
 * What a graph is made of, as far as the window knows it: the same text for the same. Of a run's weights recipe and data are
 * the run's own, whatever the project's are now; but while it trains, its weights become others.
 */
export function stateOf(
  weights: GraphWeights,
  { dataset, recipe }: Now,
  run: Pick<RunSummary, 'epoch' | 'bestEpoch'> | null,
): string {
  if (weights === null) return JSON.stringify([dataset?.id, recipe])
  const epochs = { best: run?.bestEpoch, last: run?.epoch }
  return JSON.stringify([weights, epochs[weights.checkpoint]])
}
