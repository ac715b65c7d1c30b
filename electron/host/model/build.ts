/** The network itself, on the engine's current device. */
import { nn, type Tensor } from '../../../engine/index.ts'
import type { Model } from '../../contract/index.ts'
import { layersOf, type LayerSpec } from './layers.ts'

const activations = { relu: nn.ReLU, gelu: nn.GELU, tanh: nn.Tanh }

function moduleOf(layer: LayerSpec): nn.Module {
  switch (layer.type) {
    case 'Linear':
      return new nn.Linear(layer.inputs, layer.outputs)
    case 'BatchNorm1d':
      return new nn.BatchNorm1d(layer.features)
    case 'Activation':
      return new activations[layer.function]()
    case 'Dropout':
      return new nn.Dropout(layer.probability)
  }
}

/** Weights are drawn from the engine's generator: call manualSeed before for a network that can be had again. */
export function buildModel(model: Model, inputs: number, outputs: number): nn.Sequential {
  return new nn.Sequential(...layersOf(model, inputs, outputs).map(moduleOf))
}

/** What the loss compares: logits [N, K], or the one output [N, 1] of a regression. */
export type Network = Pick<nn.Sequential, 'forward' | 'train' | 'eval' | 'stateDict' | 'loadStateDict'> & {
  forward(input: Tensor): Tensor
}
