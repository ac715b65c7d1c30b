import { formatShape, sameShape } from '../tensor/shape.ts'
import * as ops from '../ops/index.ts'
import { applyMulti, cat, stack, type Tensor } from '../tensor/tensor.ts'
import { dropout, linear } from './functional.ts'
import { uniform, type DeviceOption } from './init.ts'
import { Module } from './module.ts'

/** Hidden and cell state, each [layers · directions, rows, hidden]. */
export type LSTMState = readonly [hidden: Tensor, cell: Tensor]

export interface LSTMOptions extends DeviceOption {
  /** 1 by default. */
  readonly numLayers?: number
  /** Input and output are [rows, steps, …] instead of [steps, rows, …]. */
  readonly batchFirst?: boolean
  /** Also from the last step to the first; outputs stand side by side. */
  readonly bidirectional?: boolean
  /** Between layers, while training. */
  readonly dropout?: number
}

interface Weights {
  readonly weightIh: Tensor
  readonly weightHh: Tensor
  readonly biasIh: Tensor
  readonly biasHh: Tensor
}

/**
 * Long short-term memory: [steps, rows, inputSize] to [steps, rows, hiddenSize · directions], with the last states. Each
 * layer's weightIhL0 [4·hidden, in], weightHhL0 [4·hidden, hidden], biasIhL0 and biasHhL0 [4·hidden] hold the gates in the
 * order input, forget, candidate, output, and start uniform in ±1/√hidden; those of the way back end in Reverse.
 * Source: torch.nn.LSTM.
 */
export class LSTM extends Module<[input: Tensor, state?: LSTMState], [output: Tensor, state: LSTMState]> {
  readonly hiddenSize: number
  readonly options: LSTMOptions
  readonly #weights: Weights[] = []

  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    super()
    this.hiddenSize = hiddenSize
    this.options = options
    const directions = options.bidirectional ? 2 : 1
    const make = (...shape: number[]): Tensor => uniform(shape, 1 / Math.sqrt(hiddenSize), options)
    for (let layer = 0; layer < (options.numLayers ?? 1); layer++) {
      for (let direction = 0; direction < directions; direction++) {
        const weights: Weights = {
          weightIh: make(4 * hiddenSize, layer === 0 ? inputSize : hiddenSize * directions),
          weightHh: make(4 * hiddenSize, hiddenSize),
          biasIh: make(4 * hiddenSize),
          biasHh: make(4 * hiddenSize),
        }
        const suffix = `L${layer}${direction === 1 ? 'Reverse' : ''}`
        for (const [name, weight] of Object.entries(weights))
          Object.assign(this, { [`${name}${suffix}`]: weight })
        this.#weights.push(weights)
      }
    }
  }

  forward(input: Tensor, state?: LSTMState): [output: Tensor, state: LSTMState] {
    const { batchFirst = false, bidirectional = false, numLayers = 1, dropout: p = 0 } = this.options
    const directions = bidirectional ? 2 : 1
    if (input.ndim !== 3) {
      const wanted = batchFirst ? '[rows, steps, features]' : '[steps, rows, features]'
      throw new RangeError(`LSTM takes ${wanted}, not ${formatShape(input.shape)}.`)
    }
    const rows = input.shape[batchFirst ? 0 : 1]!
    const first = [this.#weights.length, rows, this.hiddenSize]
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
        const way = runLayer(direction === 1 ? from.flip(0) : from, this.#weights[i]!, start)
        last.push(way)
        return direction === 1 ? way.output.flip(0) : way.output
      })
      current = cat(ways, 2)
    }
    const after: LSTMState = [stack(last.map((s) => s.hidden)), stack(last.map((s) => s.cell))]
    return [batchFirst ? current.transpose(0, 1) : current, after]
  }
}

function runLayer(
  input: Tensor,
  { weightIh, weightHh, biasIh, biasHh }: Weights,
  [hidden, cell]: LSTMState,
): { output: Tensor; hidden: Tensor; cell: Tensor } {
  const gates = linear(input, weightIh, biasIh.add(biasHh))
  const [output, lastHidden, lastCell] = applyMulti(ops.lstm, [gates, weightHh, hidden, cell], null)
  return { output: output!, hidden: lastHidden!, cell: lastCell! }
}
