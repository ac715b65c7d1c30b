/** The network itself, on the engine's current device. */
import { nn, text, vision, type Tensor } from '../../../engine/index.ts'
import {
  DescentError,
  implementationOf,
  templates,
  type Implementations,
  type Mlp,
  type Model,
  type OptionsOf,
  type Task,
} from '../../contract/index.ts'
import { sizeOfInputs, type InputOf, type InputSpec } from './input.ts'
import { JoinedNetwork } from './joined.ts'
import { residualLayers } from './residual.ts'
import { layersOf, type LayerSpec } from './layers.ts'

export interface NetworkSpec {
  readonly task: Task
  readonly model: Model
  /** What `forward` takes, in this order. */
  readonly inputs: readonly InputSpec[]
  /** Units of the last layer. */
  readonly outputs: number
}

type Resnet = OptionsOf<typeof templates, 'resnet'>

/** What the loss compares comes out: logits [N, K], or the one output [N, 1] of a regression. */
export type Network = nn.Module<Tensor[], Tensor>

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

function mlp(model: Omit<Mlp, 'template'>, inputs: readonly InputSpec[], outputs: number): Network {
  const perceptron = (width: number) => layersOf(model, width, outputs).map(moduleOf)
  const [only, ...others] = inputs
  const width = sizeOfInputs(inputs)
  if (others.length === 0 && only?.kind === 'numbers') return new nn.Sequential(...perceptron(width))
  if (others.length === 0 && only?.kind === 'pixels')
    return new nn.Sequential(new nn.Flatten(), ...perceptron(width))
  return new JoinedNetwork(inputs, perceptron)
}

function residual(model: Resnet, inputs: readonly InputSpec[], outputs: number): Network {
  const [only, ...others] = inputs
  const layers = (width: number) => residualLayers(model, width, outputs)
  return others.length === 0 && only?.kind === 'numbers'
    ? new nn.Sequential(...layers(only.width))
    : new JoinedNetwork(inputs, layers)
}

/** Templates for one tensor take an example of nothing else. */
function onlyOf<K extends InputSpec['kind']>(
  inputs: readonly InputSpec[],
  kind: K,
  template: string,
): InputOf<K> {
  const [input, ...others] = inputs
  if (input?.kind !== kind || others.length > 0)
    throw new DescentError(
      'badRecipe',
      `The network ${template} takes ${kind} and nothing else, not ${inputs.map((one) => one.kind).join(' and ')}. Choose another network.`,
      'model.template',
    )
  return input as InputOf<K>
}

const wordsOf = (inputs: readonly InputSpec[], classes: number, template: string) => {
  const { vocabulary, padding } = onlyOf(inputs, 'tokens', template)
  return { vocabulary, classes, paddingIdx: padding }
}

type Build = (inputs: readonly InputSpec[], outputs: number) => Network

const implementations: Implementations<typeof templates, Build> = {
  mlp: (model) => (inputs, outputs) => mlp(model, inputs, outputs),
  resnet: (model) => (inputs, outputs) => residual(model, inputs, outputs),
  cnn:
    ({ dropout }) =>
    (inputs, classes) => {
      const { channels, height, width } = onlyOf(inputs, 'pixels', 'cnn')
      return vision.models.cnn({ channels, height, width, classes, dropout })
    },
  resnet20: () => (inputs, classes) =>
    vision.models.resnet20({ channels: onlyOf(inputs, 'pixels', 'resnet20').channels, classes }),
  'text-cnn': (options) => (inputs, classes) =>
    text.models.textCnn({ ...wordsOf(inputs, classes, 'text-cnn'), ...options }),
  lstm: (options) => (inputs, classes) =>
    text.models.lstmClassifier({ ...wordsOf(inputs, classes, 'lstm'), ...options }),
  transformer: (options) => (inputs, classes) =>
    text.models.transformerClassifier({
      ...wordsOf(inputs, classes, 'transformer'),
      ...options,
      maxLength: onlyOf(inputs, 'tokens', 'transformer').length,
    }),
}

/** Weights are drawn from the engine's generator: call manualSeed before for a network that can be had again. */
export const buildNetwork = ({ model, inputs, outputs }: NetworkSpec): Network =>
  implementationOf(templates, implementations, model)(inputs, outputs)
