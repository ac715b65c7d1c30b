/** The multilayer perceptron a recipe describes, as a list of layers, which build.ts builds. */
import type { Mlp, Task } from '../../contract/index.ts'

type Activation = Mlp['activation']

export type LayerSpec =
  | { readonly type: 'Linear'; readonly inputs: number; readonly outputs: number }
  | { readonly type: 'BatchNorm1d'; readonly features: number }
  | { readonly type: 'Activation'; readonly function: Activation; readonly features: number }
  | { readonly type: 'Dropout'; readonly probability: number; readonly features: number }

/** Units of the last layer: one logit per class (two for a binary task as well), or the one predicted number. */
export function outputUnits(task: Task, classes: number): number {
  return task === 'classification' ? classes : 1
}

/**
 * Linear → BatchNorm → activation → Dropout per hidden layer, then a linear layer to the outputs. Dropout comes
 * after normalisation: before it, the variance the normalisation sees would differ between training and
 * prediction (Li et al. 2019, "Disharmony between Dropout and Batch Normalization").
 */
export function layersOf(model: Omit<Mlp, 'template'>, inputs: number, outputs: number): LayerSpec[] {
  const layers: LayerSpec[] = []
  let width = inputs
  for (const units of model.hidden) {
    // BatchNorm subtracts the mean again, so the bias before it is idle; it is kept as torch's defaults do.
    layers.push({ type: 'Linear', inputs: width, outputs: units })
    if (model.batchNorm) layers.push({ type: 'BatchNorm1d', features: units })
    layers.push({ type: 'Activation', function: model.activation, features: units })
    if (model.dropout > 0) layers.push({ type: 'Dropout', probability: model.dropout, features: units })
    width = units
  }
  layers.push({ type: 'Linear', inputs: width, outputs })
  return layers
}
