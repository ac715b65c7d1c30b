/** A described network, built of the engine's layers. */
import { cat, nn, noGrad, tensor, type Tensor } from '../../../index.ts'
import type { Layer, Model } from '../../cases.ts'
import { startValues } from '../parameters.ts'

class Residual extends nn.Module {
  readonly body: nn.Module
  readonly shortcut: nn.Module
  constructor(body: nn.Module, shortcut: nn.Module) {
    super()
    this.body = body
    this.shortcut = shortcut
  }
  forward(input: Tensor): Tensor {
    return this.body.forward(input).add(this.shortcut.forward(input)).relu()
  }
}

/** Convolutions over words side by side, each with its largest answer. */
class TextConvs extends nn.Module {
  readonly convs: nn.ModuleList<nn.Conv1d>
  constructor(width: number, kernels: readonly number[], outputs: number) {
    super()
    this.convs = new nn.ModuleList(...kernels.map((kernel) => new nn.Conv1d(width, outputs, kernel)))
  }
  forward(input: Tensor): Tensor {
    // The largest of what a ReLU leaves is what it leaves of the largest.
    const answers = [...this.convs].map(({ weight, bias }) =>
      nn.functional.conv1dMax(input, weight, bias).relu(),
    )
    return cat(answers, 1)
  }
}

class LastHidden extends nn.Module {
  readonly recurrent: nn.LSTM | nn.GRU
  constructor(recurrent: nn.LSTM | nn.GRU) {
    super()
    this.recurrent = recurrent
  }
  forward(input: Tensor): Tensor {
    const { recurrent } = this
    const [output] = recurrent instanceof nn.LSTM ? recurrent.forward(input) : recurrent.forward(input)
    return output.slice(1, -1).squeeze(1)
  }
}

class Mean extends nn.Module {
  forward(input: Tensor): Tensor {
    return input.mean(1)
  }
}

function build(layer: Layer): nn.Module {
  switch (layer.layer) {
    case 'linear':
      return new nn.Linear(layer.inputs, layer.outputs)
    case 'relu':
      return new nn.ReLU()
    case 'flatten':
      return new nn.Flatten()
    case 'conv': {
      const { inputs, outputs, kernel, stride, padding, bias } = layer
      return new nn.Conv2d(inputs, outputs, kernel, { stride, padding, bias })
    }
    case 'batch-norm':
      return new nn.BatchNorm2d(layer.channels)
    case 'max-pool':
      return new nn.MaxPool2d(layer.size)
    case 'average-pool':
      return new nn.Sequential(new nn.AdaptiveAvgPool2d(1), new nn.Flatten())
    case 'residual':
      return new Residual(sequence(layer.body), sequence(layer.shortcut))
    case 'text-convs':
      return new TextConvs(layer.width, layer.kernels, layer.outputs)
    case 'embedding':
      return new nn.Embedding(layer.count, layer.width)
    case 'lstm':
      return new LastHidden(new nn.LSTM(layer.inputs, layer.hidden, { batchFirst: true }))
    case 'gru':
      return new LastHidden(new nn.GRU(layer.inputs, layer.hidden, { batchFirst: true }))
    case 'member-scale':
      return new nn.MemberScale(layer.members, layer.inputs)
    case 'member-linear':
      return new nn.MemberLinear(layer.members, layer.inputs, layer.outputs)
    case 'encoder': {
      const { width, heads, feedForward: dimFeedforward } = layer
      return new nn.TransformerEncoderLayer(width, heads, { dimFeedforward, dropout: 0, batchFirst: true })
    }
    case 'mean':
      return new Mean()
  }
}

const sequence = (layers: readonly Layer[]): nn.Module => new nn.Sequential(...layers.map(build))

export function buildModel({ layers }: Model): nn.Module {
  const model = sequence(layers)
  const parameters = model.parameters()
  const start = startValues(layers)
  if (parameters.length !== start.length)
    throw new Error(`the model has ${parameters.length} parameters instead of ${start.length}`)
  noGrad(() =>
    parameters.forEach((parameter, i) =>
      parameter.copy_(tensor(start[i]!.values, { shape: start[i]!.shape })),
    ),
  )
  return model
}
