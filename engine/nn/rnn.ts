import { readArguments, wholeNumber, type Arguments, type Signature } from '../tensor/arguments.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import * as ops from '../ops/index.ts'
import { applyMulti, cat, stack, type Tensor } from '../tensor/tensor.ts'
import { numberWithin, onlyDefaults, yesOrNo } from './checks.ts'
import { dropout, linear } from './functional.ts'
import { uniform, type DeviceOption } from './init.ts'
import { Module } from './module.ts'
import { keywords } from '../formats/python.ts'

/** Hidden and cell state, each [layers · directions, rows, hidden]. */
export type LSTMState = readonly [hidden: Tensor, cell: Tensor]

export interface LSTMOptions extends DeviceOption {
  /** 1 by default. */
  readonly numLayers?: number
  /** true by default. */
  readonly bias?: boolean
  /** Input and output are [rows, steps, …] instead of [steps, rows, …]. */
  readonly batchFirst?: boolean
  /** Between layers, while training. */
  readonly dropout?: number
  /** Also from the last step to the first; outputs stand side by side. */
  readonly bidirectional?: boolean
  /** Only 0. */
  readonly projSize?: 0
}
const lstmOrder = ['numLayers', 'bias', 'batchFirst', 'dropout', 'bidirectional', 'projSize'] as const
export const lstmSignature: Signature<LSTMOptions> = {
  name: 'LSTM',
  positional: lstmOrder,
  named: ['device'],
}

interface Weights {
  readonly weightIh: Tensor
  readonly weightHh: Tensor
  readonly biasIh: Tensor | null
  readonly biasHh: Tensor | null
}

/**
 * Long short-term memory: [steps, rows, inputSize] to [steps, rows, hiddenSize · directions], with the last states. Each
 * layer's weightIhL0 [4·hidden, in], weightHhL0 [4·hidden, hidden], biasIhL0 and biasHhL0 [4·hidden] hold the gates in the
 * order input, forget, candidate, output, and start uniform in ±1/√hidden; those of the way back end in Reverse.
 * Source: torch.nn.LSTM.
 */
export class LSTM extends Module<[input: Tensor, state?: LSTMState], [output: Tensor, state: LSTMState]> {
  readonly inputSize: number
  readonly hiddenSize: number
  readonly options: Required<Omit<LSTMOptions, 'device' | 'projSize'>>

  constructor(inputSize: number, hiddenSize: number, ...rest: Arguments<LSTMOptions, typeof lstmOrder>) {
    super()
    const given = readArguments<LSTMOptions>(lstmSignature, rest)
    onlyDefaults<LSTMOptions>('LSTM', given, { projSize: 0 })
    this.inputSize = wholeNumber('inputSize', inputSize, 1)
    this.hiddenSize = wholeNumber('hiddenSize', hiddenSize, 1)
    this.options = {
      numLayers: wholeNumber('numLayers', given.numLayers ?? 1, 1),
      bias: yesOrNo('bias', given.bias ?? true),
      batchFirst: yesOrNo('batchFirst', given.batchFirst ?? false),
      dropout: numberWithin('dropout', given.dropout ?? 0, 0, 1),
      bidirectional: yesOrNo('bidirectional', given.bidirectional ?? false),
    }
    const { numLayers, bias, bidirectional } = this.options
    const directions = bidirectional ? 2 : 1
    const add = (name: string, ...shape: number[]): Tensor =>
      this.registerParameter(name, uniform(shape, 1 / Math.sqrt(hiddenSize), { device: given.device }))
    for (let layer = 0; layer < numLayers; layer++) {
      for (let direction = 0; direction < directions; direction++) {
        const suffix = suffixOf(layer, direction)
        add(`weightIh${suffix}`, 4 * hiddenSize, layer === 0 ? inputSize : hiddenSize * directions)
        add(`weightHh${suffix}`, 4 * hiddenSize, hiddenSize)
        if (!bias) continue
        add(`biasIh${suffix}`, 4 * hiddenSize)
        add(`biasHh${suffix}`, 4 * hiddenSize)
      }
    }
  }

  /** As the fields are now: a weight may have been put there from elsewhere. */
  #weights(layer: number, direction: number): Weights {
    const field = (name: string): Tensor | undefined =>
      Reflect.get(this, `${name}${suffixOf(layer, direction)}`) as Tensor | undefined
    return {
      weightIh: field('weightIh')!,
      weightHh: field('weightHh')!,
      biasIh: field('biasIh') ?? null,
      biasHh: field('biasHh') ?? null,
    }
  }

  forward(input: Tensor, state?: LSTMState): [output: Tensor, state: LSTMState] {
    const { batchFirst, bidirectional, numLayers, dropout: p } = this.options
    const directions = bidirectional ? 2 : 1
    if (input.ndim !== 3) {
      const wanted = batchFirst ? '[rows, steps, features]' : '[steps, rows, features]'
      throw new RangeError(`LSTM takes ${wanted}, not ${formatShape(input.shape)}.`)
    }
    const rows = input.shape[batchFirst ? 0 : 1]!
    const first = [numLayers * directions, rows, this.hiddenSize]
    const misfit = state?.find((t) => !sameShape(t.shape, first))
    if (misfit)
      throw new RangeError(
        `LSTM: its states must be ${formatShape(first)}, not ${formatShape(misfit.shape)}.`,
      )
    const [hidden, cell]: LSTMState = state ?? [input.newFull(first, 0), input.newFull(first, 0)]

    let current = batchFirst ? input.transpose(0, 1) : input
    const last: { hidden: Tensor; cell: Tensor }[] = []
    for (let layer = 0; layer < numLayers; layer++) {
      const from = layer > 0 ? dropout(current, p, this.training) : current
      const ways = Array.from({ length: directions }, (_, direction) => {
        const i = layer * directions + direction
        const start: LSTMState = [hidden.slice(0, i, i + 1).squeeze(0), cell.slice(0, i, i + 1).squeeze(0)]
        const way = runLayer(direction === 1 ? from.flip(0) : from, this.#weights(layer, direction), start)
        last.push(way)
        return direction === 1 ? way.output.flip(0) : way.output
      })
      current = cat(ways, 2)
    }
    const after: LSTMState = [stack(last.map((s) => s.hidden)), stack(last.map((s) => s.cell))]
    return [batchFirst ? current.transpose(0, 1) : current, after]
  }

  override extraRepr(): string {
    const { numLayers, bias, batchFirst, dropout: p, bidirectional } = this.options
    return [
      `${this.inputSize}, ${this.hiddenSize}`,
      ...(numLayers === 1 ? [] : [keywords({ num_layers: numLayers })]),
      ...(bias ? [] : [keywords({ bias })]),
      ...(batchFirst ? [keywords({ batch_first: batchFirst })] : []),
      ...(p === 0 ? [] : [keywords({ dropout: p })]),
      ...(bidirectional ? [keywords({ bidirectional })] : []),
    ].join(', ')
  }
}

const suffixOf = (layer: number, direction: number): string => `L${layer}${direction === 1 ? 'Reverse' : ''}`

function runLayer(
  input: Tensor,
  { weightIh, weightHh, biasIh, biasHh }: Weights,
  [hidden, cell]: LSTMState,
): { output: Tensor; hidden: Tensor; cell: Tensor } {
  const bias = biasIh && biasHh ? biasIh.add(biasHh) : null
  const gates = linear(input, weightIh, bias)
  const [output, lastHidden, lastCell] = applyMulti(ops.lstm, [gates, weightHh, hidden, cell], null)
  return { output: output!, hidden: lastHidden!, cell: lastCell! }
}
