/** The network itself, on the engine's current device. */
import { nn, text, vision } from '../../../engine/index.ts'
import type { Mlp, Model, Task } from '../../contract/index.ts'
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

function mlp(model: Mlp, input: InputSpec, outputs: number): nn.Sequential {
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

/** Weights are drawn from the engine's generator: call manualSeed before for a network that can be had again. */
export function buildNetwork({ model, input, outputs }: NetworkSpec): Network {
  switch (model.template) {
    case 'mlp':
      return mlp(model, input, outputs)
    case 'cnn': {
      const { channels, height, width } = require(input, 'images', 'cnn')
      return vision.models.cnn({ channels, height, width, classes: outputs, dropout: model.dropout })
    }
    case 'resnet20':
      return vision.models.resnet20({
        channels: require(input, 'images', 'resnet20').channels,
        classes: outputs,
      })
    case 'text-cnn': {
      const { embedding, filters, widths, dropout } = model
      return text.models.textCnn({
        ...wordsOf(input, outputs, model.template),
        embedding,
        filters,
        widths,
        dropout,
      })
    }
    case 'lstm': {
      const { embedding, hidden, dropout } = model
      return text.models.lstmClassifier({
        ...wordsOf(input, outputs, model.template),
        embedding,
        hidden,
        dropout,
      })
    }
    case 'transformer': {
      const { width, heads, layers, feedForward, dropout } = model
      const { maxTokens } = require(input, 'text', model.template)
      const words = wordsOf(input, outputs, model.template)
      const options = { width, heads, layers, feedForward, dropout, maxLength: maxTokens }
      return text.models.transformerClassifier({ ...words, ...options })
    }
  }
}
