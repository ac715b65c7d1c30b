import { uniform } from '../ops/samples.ts'
import * as ops from '../ops/index.ts'
import { applyMulti, stack, type Tensor } from '../tensor/tensor.ts'
import { defineModule, optionsOf, type ModuleSample } from './define.ts'
import { linear } from './functional.ts'
import { atEnd, type PackedSequence } from './packed.ts'
import { choice, device, fixed, type Given, type Rest } from './options.ts'
import { onnxRecurrent, Recurrent, recurrentOptions, type RunLayer, type Weights } from './recurrent.ts'
import { optionList } from './settle.ts'

/** Hidden and cell state, each [layers · directions, rows, hidden]. */
export type LSTMState = readonly [hidden: Tensor, cell: Tensor]

const lstmOptions = optionList('LSTM', ...recurrentOptions, fixed('projSize', 0), device)
export type LSTMOptions = Given<typeof lstmOptions.options>

/**
 * Long short-term memory: [steps, rows, inputSize] to [steps, rows, hiddenSize · directions], with the last states; what has
 * no rows is one row, as its states are; of rows of different lengths (nn.utils.rnn) the steps that there are. Each layer's weightIhL0 [4·hidden, in], weightHhL0 [4·hidden, hidden], biasIhL0 and biasHhL0 [4·hidden] hold the gates in the
 * order input, forget, candidate, output, and start uniform in ±1/√hidden; those of the way back end in Reverse.
 * Source: torch.nn.LSTM.
 */
export class LSTM extends Recurrent<[input: Tensor, state?: LSTMState], [output: Tensor, state: LSTMState]> {
  constructor(inputSize: number, hiddenSize: number, ...rest: Rest<typeof lstmOptions>) {
    super(lstmOptions, [inputSize, hiddenSize, ...rest], 4)
  }

  forward(input: PackedSequence, state?: LSTMState): [output: PackedSequence, state: LSTMState]
  forward(input: Tensor, state?: LSTMState): [output: Tensor, state: LSTMState]
  forward<Steps extends Tensor | PackedSequence>(
    input: Steps,
    state?: LSTMState,
  ): [output: Steps, state: LSTMState] {
    const { output, states } = this.read(input, state, 2, lstmLayer)
    return [output, [states[0]!, states[1]!]]
  }
}

const lstmLayer: RunLayer = (input, { weightIh, weightHh, biasIh, biasHh }, [hidden, cell], rows) => {
  const bias = biasIh && biasHh ? biasIh.add(biasHh) : null
  const gates = linear(input, weightIh, bias)
  if (!rows) {
    const [output, ...states] = applyMulti(ops.lstm, [gates, weightHh, hidden!, cell!], null)
    return { output: output!, states }
  }
  // After a row's end nothing comes in and nothing is forgotten, so that its cell stays as it is.
  const width = hidden!.shape.at(-1)!
  const closed = gates.newArange(4 * width).lt(width)
  const open = gates.newArange(4 * width).lt(2 * width)
  const holding = closed.choose(gates.newFull([], -never), open.choose(gates.newFull([], never), 0))
  const held = rows.seen.choose(gates, holding)
  const [output, , last] = applyMulti(ops.lstm, [held, weightHh, hidden!, cell!], null)
  return { output: rows.seen.choose(output!, 0), states: [atEnd(output!, rows.lengths), last!] }
}
/** What a gate is told so that it is open or closed whatever else it hears. */
const never = 1e9

/** One step after the other. */
const stepwise =
  (step: (gates: Tensor, hidden: Tensor, weights: Weights) => Tensor): RunLayer =>
  (input, weights, [start], rows) => {
    const gates = linear(input, weights.weightIh, weights.biasIh)
    let hidden = start!
    const output = Array.from({ length: input.shape[0]! }, (_, t) => {
      const next = step(gates.slice(0, t, t + 1).squeeze(0), hidden, weights)
      hidden = rows ? rows.seen.select(0, t).choose(next, hidden) : next
      return hidden
    })
    const steps = stack(output)
    return { output: rows ? rows.seen.choose(steps, 0) : steps, states: [hidden] }
  }

/** What a GRU's hidden state becomes, of the input's part of its gates reset, update and candidate (Cho et al. 2014, https://arxiv.org/abs/1406.1078). */
export function gruStep(gates: Tensor, hidden: Tensor, { weightHh, biasHh }: Weights): Tensor {
  const own = linear(hidden, weightHh, biasHh)
  const width = hidden.shape.at(-1)!
  const part = (x: Tensor, i: number): Tensor => x.narrow(-1, i * width, width)
  const [reset, update] = [0, 1].map((i) => part(gates, i).add(part(own, i)).sigmoid()) as [Tensor, Tensor]
  const candidate = part(gates, 2)
    .add(reset.mul(part(own, 2)))
    .tanh()
  return candidate.add(update.mul(hidden.sub(candidate)))
}

const gruOptions = optionList('GRU', ...recurrentOptions, device)

/**
 * Gated recurrent units: as LSTM, with one state. The gates stand in the order reset, update, candidate. Its steps are
 * computed one by one, so that long sequences make large graphs. Source: torch.nn.GRU.
 */
export class GRU extends Recurrent<[input: Tensor, hidden?: Tensor], [output: Tensor, hidden: Tensor]> {
  constructor(inputSize: number, hiddenSize: number, ...rest: Rest<typeof gruOptions>) {
    super(gruOptions, [inputSize, hiddenSize, ...rest], 3)
  }

  forward(input: PackedSequence, hidden?: Tensor): [output: PackedSequence, hidden: Tensor]
  forward(input: Tensor, hidden?: Tensor): [output: Tensor, hidden: Tensor]
  forward<Steps extends Tensor | PackedSequence>(
    input: Steps,
    hidden?: Tensor,
  ): [output: Steps, hidden: Tensor] {
    const { output, states } = this.read(input, hidden && [hidden], 1, stepwise(gruStep))
    return [output, states[0]!]
  }
}

export type Nonlinearity = 'tanh' | 'relu'
export const ending = { default: 'tanh', help: 'What each step ends in.' } as const
/** What an RNN's hidden state becomes, of the input's part (Elman 1990, https://doi.org/10.1207/s15516709cog1402_1). */
export const rnnStep =
  (end: Nonlinearity) =>
  (gates: Tensor, hidden: Tensor, { weightHh, biasHh }: Weights): Tensor => {
    const sum = gates.add(linear(hidden, weightHh, biasHh))
    return end === 'tanh' ? sum.tanh() : sum.relu()
  }

const rnnOptions = optionList(
  'RNN',
  ...recurrentOptions,
  choice('tanh', 'relu')('nonlinearity', { ...ending, byName: true }),
  device,
)

/** The simplest recurrent layer: as GRU, without gates. Source: torch.nn.RNN. */
export class RNN extends Recurrent<[input: Tensor, hidden?: Tensor], [output: Tensor, hidden: Tensor]> {
  readonly nonlinearity: Nonlinearity
  constructor(inputSize: number, hiddenSize: number, ...rest: Rest<typeof rnnOptions>) {
    super(rnnOptions, [inputSize, hiddenSize, ...rest], 1)
    this.nonlinearity = optionsOf(this)['nonlinearity'] as Nonlinearity
  }

  forward(input: PackedSequence, hidden?: Tensor): [output: PackedSequence, hidden: Tensor]
  forward(input: Tensor, hidden?: Tensor): [output: Tensor, hidden: Tensor]
  forward<Steps extends Tensor | PackedSequence>(
    input: Steps,
    hidden?: Tensor,
  ): [output: Steps, hidden: Tensor] {
    const run = stepwise(rnnStep(this.nonlinearity))
    const { output, states } = this.read(input, hidden && [hidden], 1, run)
    return [output, states[0]!]
  }
}

const family = 'Recurrent layers'

defineModule(LSTM, lstmOptions, {
  family,
  help: 'Reads a sequence step by step, and learns what to remember and what to forget.',
  // ONNX: input, output, forget, candidate.
  onnx: (module, nodes, ...inputs) =>
    onnxRecurrent(module, nodes, inputs, { opType: 'LSTM', gates: [0, 3, 1, 2] }),
  samples: [
    { make: () => new LSTM(2, 3), inputs: [uniform([4, 2, 2])] },
    { make: () => new LSTM(4, 3, 2, false, true, 0, true), inputs: [uniform([2, 5, 4])] },
    {
      make: () => new LSTM(2, 3, 2, { bidirectional: true }),
      inputs: [uniform([1, 1, 2]), uniform([4, 1, 3]), uniform([4, 1, 3], -1, 1)],
      call: {
        ours: (module, [x, hidden, cell]) => module.forward(x!, [hidden!, cell!]),
        python: 'm(x0, (x1, x2))',
      },
    },
    { make: () => new LSTM(2, 3, { batchFirst: true, bidirectional: true }), inputs: [uniform([4, 2])] },
    {
      make: () => new LSTM(2, 3),
      inputs: [uniform([3, 2]), uniform([1, 3]), uniform([1, 3], -1, 1)],
      call: {
        ours: (module, [x, hidden, cell]) => module.forward(x!, [hidden!, cell!]),
        python: 'm(x0, (x1, x2))',
      },
    },
    { make: () => new LSTM(2, 3, 2, { dropout: 0.5 }), inputs: [uniform([3, 1, 2])], without: ['training'] },
  ],
})

/** Of layers with one state. */
const samplesOf = <M extends GRU | RNN>(
  Made: new (inputSize: number, hiddenSize: number, ...rest: Rest<typeof gruOptions>) => M,
): readonly ModuleSample<M>[] => [
  { make: () => new Made(2, 3), inputs: [uniform([4, 2, 2])] },
  { make: () => new Made(4, 3, 2, false, true, 0, true), inputs: [uniform([2, 3, 4])] },
  {
    make: () => new Made(2, 3, { bidirectional: true }),
    inputs: [uniform([1, 1, 2]), uniform([2, 1, 3])],
  },
  { make: () => new Made(2, 3, { batchFirst: true }), inputs: [uniform([4, 2])] },
  { make: () => new Made(2, 3, 2), inputs: [uniform([3, 2]), uniform([2, 3])] },
  { make: () => new Made(2, 3, 2, { dropout: 0.5 }), inputs: [uniform([3, 1, 2])], without: ['training'] },
]

defineModule(GRU, gruOptions, {
  family,
  help: 'As LSTM, with one state and less to compute.',
  // ONNX: update, reset, candidate; the candidate's own offset is inside the reset, as here.
  onnx: (module, nodes, ...inputs) =>
    onnxRecurrent(module, nodes, inputs, {
      opType: 'GRU',
      gates: [1, 0, 2],
      attributes: { linear_before_reset: { int: 1 } },
    }),
  samples: samplesOf(GRU),
})

defineModule(RNN, rnnOptions, {
  family,
  help: 'Reads a sequence step by step; forgets soon.',
  onnx: (module, nodes, ...inputs) => {
    const activation = module.nonlinearity === 'tanh' ? 'Tanh' : 'Relu'
    const strings = module.options.bidirectional ? [activation, activation] : [activation]
    return onnxRecurrent(module, nodes, inputs, {
      opType: 'RNN',
      gates: [0],
      attributes: { activations: { strings } },
    })
  },
  samples: [
    ...samplesOf<RNN>(RNN),
    { make: () => new RNN(2, 3, { nonlinearity: 'relu' }), inputs: [uniform([3, 2, 2])] },
  ],
})
