/** Single steps of recurrent layers, for loops of one's own. */
import { uniform as uniformSample } from '../ops/samples.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { configure, defineModule, optionsOf } from './define.ts'
import { linear } from './functional.ts'
import { uniform } from './init.ts'
import { Module } from './module.ts'
import type { OnnxNodes, OnnxValue } from './onnx.ts'
import { bias, choice, device, whole, type OptionTuple, type Rest, type Settled } from './options.ts'
import { ending, gruStep, rnnStep, type Nonlinearity } from './rnn.ts'
import { optionList, type OptionList } from './settle.ts'

const cellOptions = [
  whole('inputSize', { help: 'How many numbers each step has.' }),
  whole('hiddenSize', { help: 'How many numbers are remembered from step to step.' }),
  bias,
] as const
type Common = Settled<readonly [...typeof cellOptions, typeof device]>

/** Weights [gates · hidden, in] and [gates · hidden, hidden] and offsets [gates · hidden], uniform in ±1/√hidden. */
abstract class Cell<Inputs extends readonly unknown[], Output> extends Module<Inputs, Output> {
  readonly inputSize: number
  readonly hiddenSize: number
  readonly weightIh: Tensor
  readonly weightHh: Tensor
  readonly biasIh: Tensor | null
  readonly biasHh: Tensor | null
  constructor(list: OptionList<OptionTuple>, values: readonly unknown[], gates: number) {
    super()
    const settled = configure(this, list, values) as unknown as Common
    const { inputSize, hiddenSize, bias, device } = settled
    const made = (...shape: number[]): Tensor => uniform(shape, 1 / Math.sqrt(hiddenSize), { device })
    this.inputSize = inputSize
    this.hiddenSize = hiddenSize
    this.weightIh = made(gates * hiddenSize, inputSize)
    this.weightHh = made(gates * hiddenSize, hiddenSize)
    this.biasIh = bias ? made(gates * hiddenSize) : null
    this.biasHh = bias ? made(gates * hiddenSize) : null
  }
  protected inputGates(input: Tensor): Tensor {
    return linear(input, this.weightIh, this.biasIh)
  }
  /** What there is before the first step. */
  protected zeros(input: Tensor): Tensor {
    return input.newFull([...input.shape.slice(0, -1), this.hiddenSize], 0)
  }
  override extraRepr(): string {
    return `${this.inputSize}, ${this.hiddenSize}${this.biasIh ? '' : ', bias=False'}`
  }
}

const lstmCellOptions = optionList('LSTMCell', ...cellOptions, device)
type State = readonly [hidden: Tensor, cell: Tensor]

/** One step [rows, inputSize] or [inputSize] of an LSTM, to the next hidden and cell states. Source: torch.nn.LSTMCell. */
export class LSTMCell extends Cell<[input: Tensor, state?: State], [hidden: Tensor, cell: Tensor]> {
  constructor(inputSize: number, hiddenSize: number, ...rest: Rest<typeof lstmCellOptions>) {
    super(lstmCellOptions, [inputSize, hiddenSize, ...rest], 4)
  }
  forward(input: Tensor, state?: State): [hidden: Tensor, cell: Tensor] {
    const [hidden, cell] = state ?? [this.zeros(input), this.zeros(input)]
    const gates = this.inputGates(input).add(linear(hidden, this.weightHh, this.biasHh))
    const part = (i: number): Tensor => gates.narrow(-1, i * this.hiddenSize, this.hiddenSize)
    const kept = part(1).sigmoid().mul(cell)
    const after = kept.add(part(0).sigmoid().mul(part(2).tanh()))
    return [part(3).sigmoid().mul(after.tanh()), after]
  }
}

const gruCellOptions = optionList('GRUCell', ...cellOptions, device)

/** One step [rows, inputSize] or [inputSize] of a GRU, to the next hidden state. Source: torch.nn.GRUCell. */
export class GRUCell extends Cell<[input: Tensor, hidden?: Tensor], Tensor> {
  constructor(inputSize: number, hiddenSize: number, ...rest: Rest<typeof gruCellOptions>) {
    super(gruCellOptions, [inputSize, hiddenSize, ...rest], 3)
  }
  forward(input: Tensor, hidden = this.zeros(input)): Tensor {
    return gruStep(this.inputGates(input), hidden, this)
  }
}

const rnnCellOptions = optionList(
  'RNNCell',
  ...cellOptions,
  choice('tanh', 'relu')('nonlinearity', ending),
  device,
)

/** One step [rows, inputSize] or [inputSize] of an RNN, to the next hidden state. Source: torch.nn.RNNCell. */
export class RNNCell extends Cell<[input: Tensor, hidden?: Tensor], Tensor> {
  readonly nonlinearity: Nonlinearity
  constructor(inputSize: number, hiddenSize: number, ...rest: Rest<typeof rnnCellOptions>) {
    super(rnnCellOptions, [inputSize, hiddenSize, ...rest], 1)
    this.nonlinearity = optionsOf(this)['nonlinearity'] as Nonlinearity
  }
  forward(input: Tensor, hidden = this.zeros(input)): Tensor {
    return rnnStep(this.nonlinearity)(this.inputGates(input), hidden, this)
  }
  override extraRepr(): string {
    const end = this.nonlinearity === 'tanh' ? '' : `, nonlinearity=${this.nonlinearity}`
    return `${super.extraRepr()}${end}`
  }
}

/** x·Wᵀ + b, split into gates. */
function onnxGates(
  nodes: OnnxNodes,
  x: OnnxValue,
  weight: Tensor,
  bias: Tensor | null,
  count: number,
): readonly string[] {
  const turned = nodes.add('Transpose', [nodes.weight(weight)], { perm: { ints: [1, 0] } })
  const product = nodes.add('MatMul', [x, turned])
  const sum = bias ? nodes.add('Add', [product, nodes.weight(bias)]) : product
  return count === 1 ? [sum] : nodes.several('Split', [sum], count, { axis: { int: -1 } })
}

/** The gates of the input and of the state, which in a file always has to be given. */
function onnxParts(
  cell: Cell<never, unknown>,
  nodes: OnnxNodes,
  [input, hidden]: readonly OnnxValue[],
  count: number,
) {
  const own = onnxGates(nodes, input!, cell.weightIh, cell.biasIh, count)
  if (!hidden) throw new Error('A cell in ONNX needs the state before its step as an input.')
  const past = onnxGates(nodes, hidden, cell.weightHh, cell.biasHh, count)
  const of = (opType: string, ...inputs: (string | OnnxValue)[]): string => nodes.add(opType, inputs)
  const sum = (i: number): string => of('Add', own[i]!, past[i]!)
  return { own, past, hidden, of, sum }
}

const family = 'Recurrent layers'
const x = uniformSample([2, 3])
const [h, c] = [uniformSample([2, 4]), uniformSample([2, 4], -1, 1)]
const row = [uniformSample([3])]

defineModule(LSTMCell, lstmCellOptions, {
  family,
  help: 'One step of an LSTM.',
  onnx: (cell, nodes, ...inputs) => {
    const { of, sum } = onnxParts(cell, nodes, inputs, 4)
    const kept = of('Mul', of('Sigmoid', sum(1)), inputs[2]!)
    const after = of('Add', kept, of('Mul', of('Sigmoid', sum(0)), of('Tanh', sum(2))))
    return [of('Mul', of('Sigmoid', sum(3)), of('Tanh', after)), after]
  },
  samples: [
    {
      make: () => new LSTMCell(3, 4),
      inputs: [x, h, c],
      call: { ours: (cell, [x, h, c]) => cell.forward(x!, [h!, c!]), python: 'm(x0, (x1, x2))' },
    },
    { make: () => new LSTMCell(3, 4, false), inputs: [uniformSample([1, 3])], without: ['onnx'] },
    { make: () => new LSTMCell(3, 2), inputs: row, without: ['onnx'] },
  ],
})

defineModule(GRUCell, gruCellOptions, {
  family,
  help: 'One step of a GRU.',
  onnx: (cell, nodes, ...inputs) => {
    const { own, past, hidden, of, sum } = onnxParts(cell, nodes, inputs, 3)
    const candidate = of('Tanh', of('Add', own[2]!, of('Mul', of('Sigmoid', sum(0)), past[2]!)))
    return of('Add', candidate, of('Mul', of('Sigmoid', sum(1)), of('Sub', hidden, candidate)))
  },
  samples: [
    { make: () => new GRUCell(3, 4), inputs: [x, h] },
    { make: () => new GRUCell(3, 4, false), inputs: [uniformSample([1, 3])], without: ['onnx'] },
    { make: () => new GRUCell(3, 2), inputs: row, without: ['onnx'] },
  ],
})

defineModule(RNNCell, rnnCellOptions, {
  family,
  help: 'One step of an RNN.',
  onnx: (cell, nodes, ...inputs) => {
    const { of, sum } = onnxParts(cell, nodes, inputs, 1)
    return of(cell.nonlinearity === 'tanh' ? 'Tanh' : 'Relu', sum(0))
  },
  samples: [
    { make: () => new RNNCell(3, 4), inputs: [x, h] },
    { make: () => new RNNCell(3, 4, false, 'relu'), inputs: [x], without: ['onnx'] },
    { make: () => new RNNCell(3, 2), inputs: row, without: ['onnx'] },
  ],
})
