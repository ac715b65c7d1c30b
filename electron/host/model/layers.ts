/** The network a recipe describes, as a list of layers: decided here once, drawn by the window and built by build.ts. */
import type { Model, ModelSummary, Task } from '../../contract/index.ts'

type Activation = Model['activation']

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
export function layersOf(model: Model, inputs: number, outputs: number): LayerSpec[] {
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

const activationNames: Record<Activation, string> = { relu: 'ReLU', gelu: 'GELU', tanh: 'Tanh' }

function describe(layer: LayerSpec): { type: string; inputs: number; outputs: number; parameters: number } {
  switch (layer.type) {
    case 'Linear': {
      const { inputs, outputs } = layer
      return { type: 'Linear', inputs, outputs, parameters: inputs * outputs + outputs }
    }
    case 'BatchNorm1d': {
      const { features } = layer
      return { type: 'BatchNorm1d', inputs: features, outputs: features, parameters: 2 * features }
    }
    case 'Activation': {
      const { features } = layer
      return { type: activationNames[layer.function], inputs: features, outputs: features, parameters: 0 }
    }
    case 'Dropout': {
      const { features, probability } = layer
      return { type: `Dropout(${probability})`, inputs: features, outputs: features, parameters: 0 }
    }
  }
}

/** What the window shows of the network. Layer names are those of the parameters: `0.weight`, `3.bias`… */
export function summarise(model: Model, task: Task, inputs: number, outputs: number): ModelSummary {
  const layers = layersOf(model, inputs, outputs).map((spec, index) => {
    const { type, inputs: from, outputs: to, parameters } = describe(spec)
    const inputShape: (number | 'N')[] = ['N', from]
    const outputShape: (number | 'N')[] = ['N', to]
    return { name: String(index), type, inputShape, outputShape, parameters }
  })
  const parameters = layers.reduce((sum, layer) => sum + layer.parameters, 0)
  return {
    layers,
    parameters,
    bytes: 4 * parameters,
    // A model that has learnt nothing gives every class 1/K; or predicts the mean of a target of variance 1.
    expectedInitialLoss: task === 'classification' ? Math.log(outputs) : 1,
    loss:
      task === 'classification' ? 'Softmax cross-entropy' : 'Mean squared error of the standardised target',
  }
}

/** Floating-point operations of one training step: two for each weight and row forward, and twice that backward. */
export function stepWork(model: Model, inputs: number, outputs: number, batchSize: number): number {
  const parameters = layersOf(model, inputs, outputs).reduce(
    (sum, spec) => sum + describe(spec).parameters,
    0,
  )
  return 6 * parameters * batchSize
}
