import { uniform as uniformSample } from '../ops/samples.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import * as ops from '../ops/index.ts'
import { applyMulti, cat, stack, type Tensor } from '../tensor/tensor.ts'
import { configure, defineModule } from './define.ts'
import { dropout, linear } from './functional.ts'
import { uniform } from './init.ts'
import { Module } from './module.ts'
import type { OnnxNodes, OnnxValue } from './onnx.ts'
import { bias, device, fixed, flag, real, whole, type Given, type Rest, type Settled } from './options.ts'
import { keywords } from '../formats/python.ts'
import { optionList } from './settle.ts'

/** Hidden and cell state, each [layers · directions, rows, hidden]. */
export type LSTMState = readonly [hidden: Tensor, cell: Tensor]

const lstmOptions = optionList(
  'LSTM',
  whole('inputSize', { help: 'How many numbers each step has.' }),
  whole('hiddenSize', { help: 'How many numbers are remembered from step to step.' }),
  whole('numLayers', { default: 1, help: 'So many, one on top of the other.' }),
  bias,
  flag('batchFirst', {
    default: false,
    help: 'Whether input and output are [rows, steps, …] instead of [steps, rows, …].',
  }),
  real('dropout', {
    default: 0,
    least: 0,
    most: 1,
    help: 'The probability with which an element between layers is zeroed while training.',
  }),
  flag('bidirectional', {
    default: false,
    help: 'Whether steps are also read from the last to the first; outputs stand side by side.',
  }),
  fixed('projSize', 0),
  device,
)
export type LSTMOptions = Given<typeof lstmOptions.options>

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
  readonly options: Omit<
    Settled<typeof lstmOptions.options>,
    'inputSize' | 'hiddenSize' | 'projSize' | 'device'
  >

  constructor(inputSize: number, hiddenSize: number, ...rest: Rest<typeof lstmOptions>) {
    super()
    const settled = configure(this, lstmOptions, [inputSize, hiddenSize, ...rest])
    const { numLayers, bias, batchFirst, dropout, bidirectional, device } = settled
    this.inputSize = inputSize
    this.hiddenSize = hiddenSize
    this.options = { numLayers, bias, batchFirst, dropout, bidirectional }
    const directions = bidirectional ? 2 : 1
    const add = (name: string, ...shape: number[]): Tensor =>
      this.registerParameter(name, uniform(shape, 1 / Math.sqrt(hiddenSize), { device }))
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
  weightsOf(layer: number, direction: number): Weights {
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
        const way = runLayer(direction === 1 ? from.flip(0) : from, this.weightsOf(layer, direction), start)
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

/** ONNX has the gates in the order input, output, forget, candidate; here they are input, forget, candidate, output. */
function onnxGates(nodes: OnnxNodes, weight: Tensor): string {
  const [input, forget, candidate, output] = nodes.several('Split', [nodes.weight(weight)], 4, {
    axis: { int: 0 },
  }) as [string, string, string, string]
  return nodes.add('Concat', [input, output, forget, candidate], { axis: { int: 0 } })
}

/** Tensors of the directions, on top of each other. */
function onnxStacked(nodes: OnnxNodes, parts: readonly string[]): string {
  const first = nodes.list([0])
  const each = parts.map((part) => nodes.add('Unsqueeze', [part, first]))
  return nodes.add('Concat', each, { axis: { int: 0 } })
}

function onnxLstm(
  module: LSTM,
  nodes: OnnxNodes,
  x: OnnxValue,
  hidden?: OnnxValue,
  cell?: OnnxValue,
): readonly string[] {
  const { numLayers, batchFirst, bidirectional } = module.options
  const directions = bidirectional ? [0, 1] : [0]
  const turned = (value: string | OnnxValue): string =>
    nodes.add('Transpose', [value], { perm: { ints: [1, 0, 2] } })
  const part = (state: OnnxValue | undefined, layer: number): string => {
    if (!state) return ''
    const at = layer * directions.length
    return nodes.add('Slice', [
      state,
      nodes.list([at]),
      nodes.list([at + directions.length]),
      nodes.list([0]),
    ])
  }
  let current: string | OnnxValue = batchFirst ? turned(x) : x
  const last: string[][] = [[], []]
  for (let layer = 0; layer < numLayers; layer++) {
    const weights = directions.map((direction) => module.weightsOf(layer, direction))
    const of = (name: keyof Weights): string =>
      onnxStacked(
        nodes,
        weights.map((one) => onnxGates(nodes, one[name]!)),
      )
    const bias = (): string => {
      const [ih, hh] = [of('biasIh'), of('biasHh')]
      return nodes.add('Concat', [ih, hh], { axis: { int: 1 } })
    }
    const [steps, h, c] = nodes.several(
      'LSTM',
      [
        current,
        of('weightIh'),
        of('weightHh'),
        weights[0]!.biasIh ? bias() : '',
        '',
        part(hidden, layer),
        part(cell, layer),
      ],
      3,
      {
        hidden_size: { int: module.hiddenSize },
        direction: { string: bidirectional ? 'bidirectional' : 'forward' },
      },
    ) as [string, string, string]
    last[0]!.push(h)
    last[1]!.push(c)
    // [steps, directions, rows, hidden] to [steps, rows, directions · hidden].
    const beside = nodes.add('Transpose', [steps], { perm: { ints: [0, 2, 1, 3] } })
    current = nodes.add('Reshape', [beside, nodes.list([0, 0, -1])])
  }
  const joined = last.map((states) => nodes.add('Concat', states, { axis: { int: 0 } }))
  return [batchFirst ? turned(current) : (current as string), ...joined]
}

defineModule(LSTM, lstmOptions, {
  family: 'Recurrent layers',
  help: 'Reads a sequence step by step, and learns what to remember and what to forget.',
  onnx: (module, nodes, x, hidden, cell) => onnxLstm(module, nodes, x!, hidden, cell),
  samples: [
    { make: () => new LSTM(2, 3), inputs: [uniformSample([4, 2, 2])] },
    {
      make: () => new LSTM(4, 3, 2, false, true, 0, true),
      inputs: [uniformSample([2, 5, 4])],
    },
    {
      make: () => new LSTM(2, 3, 2, { bidirectional: true }),
      inputs: [uniformSample([1, 1, 2]), uniformSample([4, 1, 3]), uniformSample([4, 1, 3], -1, 1)],
      call: {
        ours: (module, [x, hidden, cell]) => module.forward(x!, [hidden!, cell!]),
        python: 'm(x0, (x1, x2))',
      },
    },
    {
      make: () => new LSTM(2, 3, 2, { dropout: 0.5 }),
      inputs: [uniformSample([3, 1, 2])],
      without: ['training'],
    },
  ],
})
