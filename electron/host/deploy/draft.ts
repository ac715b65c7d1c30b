import type { Metrics, Recipe } from '../../contract/index.ts'
import { inputWidth } from '../model/input.ts'
import type { Preparation } from '../prepare/preparation.ts'
import { networkOf } from '../training/data.ts'
import type { ModelDraft } from './folder.ts'

/** What a user gives the model. */
function inputsOf(preparation: Preparation): ModelDraft['inputs'] {
  switch (preparation.kind) {
    case 'table':
      return preparation.columns.map(({ name, kind }) => ({ name, kind }))
    case 'images':
      return [{ name: 'image', kind: 'image' }]
    case 'text':
      return [{ name: 'text', kind: 'text' }]
  }
}

export interface Trained {
  readonly name: string
  readonly runId: string
  readonly recipe: Recipe
  readonly preparation: Preparation
  readonly dataFile: string
  readonly header: boolean | null
  readonly dataSha256: string
  readonly engineVersion: string
  readonly backend: Recipe['backend']
  readonly device: string
  readonly bestEpoch: number
  readonly test: Metrics | null
}

/** What model.json will say of a trained run. */
export function modelDraft(trained: Trained): ModelDraft {
  const { name, runId, recipe, preparation, ...provenance } = trained
  const { target } = preparation
  const network = networkOf(recipe, preparation)
  const classes = target.kind === 'classes' ? target.classes : null
  return {
    name,
    createdAt: Date.now(),
    task: recipe.task,
    target: target.name,
    classes,
    inputs: inputsOf(preparation),
    architecture: {
      model: recipe.model,
      inputs: inputWidth(network.input),
      outputs: network.outputs,
    },
    preparation,
    provenance: { runId, recipe, trainRows: preparation.trainRows, ...provenance },
  }
}
