/** The network itself, on the engine's current device. */
import { nn, text, vision } from '../../../engine/index.ts'
import {
  implementationOf,
  templates,
  type Implementations,
  type Mlp,
  type Model,
  type Task,
} from '../../contract/index.ts'
import { inputWidth, type InputSpec } from './input.ts'
import { layersOf, type LayerSpec } from './layers.ts'

export interface NetworkSpec {
  readonly task: Task
  readonly model: Model
  readonly input: InputSpec
  /** Units of the last layer. */
  readonly outputs: number
}

/** What the loss compares comes out: logits [N, K], or the one output [N, 1] of a regression. */
export type Network = nn.Module

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

function mlp(model: Omit<Mlp, 'template'>, input: InputSpec, outputs: number): nn.Sequential {
  const layers = layersOf(model, inputWidth(input), outputs).map(moduleOf)
  return new nn.Sequential(...(input.kind === 'table' ? layers : [new nn.Flatten(), ...layers]))
}

type Of<K extends InputSpec['kind']> = Extract<InputSpec, { kind: K }>

/** The recipe's schema lets no other combination through. */
function require<K extends InputSpec['kind']>(input: InputSpec, kind: K, template: string): Of<K> {
  if (input.kind !== kind) throw new Error(`The network ${template} takes ${kind}, not ${input.kind}.`)
  return input as Of<K>
}

const wordsOf = (input: InputSpec, classes: number, template: string) => {
  const { vocabulary, padding } = require(input, 'text', template)
  return { vocabulary, classes, paddingIdx: padding }
}

type Build = (input: InputSpec, outputs: number) => Network

const implementations: Implementations<typeof templates, Build> = {
  mlp: (model) => (input, outputs) => mlp(model, input, outputs),
  cnn:
    ({ dropout }) =>
    (input, classes) => {
      const { channels, height, width } = require(input, 'images', 'cnn')
      return vision.models.cnn({ channels, height, width, classes, dropout })
    },
  resnet20: () => (input, classes) =>
    vision.models.resnet20({ channels: require(input, 'images', 'resnet20').channels, classes }),
  'text-cnn': (options) => (input, classes) =>
    text.models.textCnn({ ...wordsOf(input, classes, 'text-cnn'), ...options }),
  lstm: (options) => (input, classes) =>
    text.models.lstmClassifier({ ...wordsOf(input, classes, 'lstm'), ...options }),
  transformer: (options) => (input, classes) =>
    text.models.transformerClassifier({
      ...wordsOf(input, classes, 'transformer'),
      ...options,
      maxLength: require(input, 'text', 'transformer').maxTokens,
    }),
}

/** Weights are drawn from the engine's generator: call manualSeed before for a network that can be had again. */
export const buildNetwork = ({ model, input, outputs }: NetworkSpec): Network =>
  implementationOf(templates, implementations, model)(input, outputs)
