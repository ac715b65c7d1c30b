/** What recurrent layers have in common: their options, weights by layer and direction, the way through both, their nodes. */
import { cat, stack, type Tensor } from '../tensor/tensor.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import { configure } from './define.ts'
import { dropout } from './functional.ts'
import { uniform } from './init.ts'
import { Module } from './module.ts'
import type { OnnxNodes, OnnxValue } from './onnx.ts'
import { PackedSequence, turned } from './packed.ts'
import { bias, type device, flag, real, whole, type OptionTuple, type Settled } from './options.ts'
import { keywords } from '../formats/python.ts'
import type { OptionList } from './settle.ts'

/** The options of all of them, in PyTorch's order. */
export const recurrentOptions = [
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
] as const
type Common = Settled<readonly [...typeof recurrentOptions, typeof device]>

export interface Weights {
  readonly weightIh: Tensor
  readonly weightHh: Tensor
  readonly biasIh: Tensor | null
  readonly biasHh: Tensor | null
}

export interface PackedRows {
  /** int32 [rows]. */
  readonly lengths: Tensor
  /** bool [steps, rows, 1]: true where there is a step. */
  readonly seen: Tensor
}

/** One layer in one direction: all steps [steps, rows, features] from first states [rows, hidden] each. */
export type RunLayer = (
  input: Tensor,
  weights: Weights,
  states: readonly Tensor[],
  /** Of rows that are of different lengths. */
  rows?: PackedRows,
) => { readonly output: Tensor; readonly states: readonly Tensor[] }

const suffixOf = (layer: number, direction: number): string => `L${layer}${direction === 1 ? 'Reverse' : ''}`

/**
 * Each layer's weightIhL0 [gates · hidden, in], weightHhL0 [gates · hidden, hidden], biasIhL0 and biasHhL0 [gates · hidden]
 * start uniform in ±1/√hidden; those of the way back end in Reverse. Source: torch.nn.RNNBase.
 */
export abstract class Recurrent<Inputs extends readonly unknown[], Output> extends Module<Inputs, Output> {
  readonly inputSize: number
  readonly hiddenSize: number
  readonly options: Omit<Common, 'inputSize' | 'hiddenSize' | 'device'>

  constructor(list: OptionList<OptionTuple>, values: readonly unknown[], gates: number) {
    super()
    const settled = configure(this, list, values) as unknown as Common
    const { inputSize, hiddenSize, numLayers, batchFirst, dropout, bidirectional, device } = settled
    this.inputSize = inputSize
    this.hiddenSize = hiddenSize
    this.options = { numLayers, bias: settled.bias, batchFirst, dropout, bidirectional }
    const directions = bidirectional ? 2 : 1
    const add = (name: string, ...shape: number[]): Tensor =>
      this.registerParameter(name, uniform(shape, 1 / Math.sqrt(hiddenSize), { device }))
    for (let layer = 0; layer < numLayers; layer++) {
      for (let direction = 0; direction < directions; direction++) {
        const suffix = suffixOf(layer, direction)
        add(`weightIh${suffix}`, gates * hiddenSize, layer === 0 ? inputSize : hiddenSize * directions)
        add(`weightHh${suffix}`, gates * hiddenSize, hiddenSize)
        if (!settled.bias) continue
        add(`biasIh${suffix}`, gates * hiddenSize)
        add(`biasHh${suffix}`, gates * hiddenSize)
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

  /** As `through`, of a tensor or of rows of different lengths, whose steps are of the kind that was given. */
  protected read<Steps extends Tensor | PackedSequence>(
    input: Steps,
    given: readonly Tensor[] | undefined,
    count: number,
    run: RunLayer,
  ): { readonly output: Steps; readonly states: readonly Tensor[] } {
    if (!(input instanceof PackedSequence)) {
      const read = this.through(input, given, count, run)
      return { output: read.output as Steps, states: read.states }
    }
    if (input.padded.ndim !== 3)
      throw new RangeError(
        `${this.constructor.name} takes packed steps of [features], not ${formatShape(input.padded.shape.slice(2))}.`,
      )
    const rows = { lengths: input.lengths, seen: input.seen().unsqueeze(2) }
    const { batchFirst } = this.options
    const { output, states } = this.through(
      batchFirst ? input.padded.transpose(0, 1) : input.padded,
      given,
      count,
      run,
      rows,
    )
    return { output: input.with(batchFirst ? output.transpose(0, 1) : output) as Steps, states }
  }

  /** Through all layers in all directions; without states from `count` of zeros. Gives the last layer's steps and the last states. */
  protected through(
    input: Tensor,
    given: readonly Tensor[] | undefined,
    count: number,
    run: RunLayer,
    packed?: PackedRows,
  ): { readonly output: Tensor; readonly states: readonly Tensor[] } {
    const { batchFirst, bidirectional, numLayers, dropout: p } = this.options
    const directions = bidirectional ? 2 : 1
    if (input.ndim !== 2 && input.ndim !== 3) {
      const wanted = batchFirst ? '[rows, steps, features]' : '[steps, rows, features]'
      throw new RangeError(
        `${this.constructor.name} takes ${wanted} or [steps, features], not ${formatShape(input.shape)}.`,
      )
    }
    const isSingle = input.ndim === 2
    const rows = isSingle ? [] : [input.shape[batchFirst ? 0 : 1]!]
    const first = [numLayers * directions, ...rows, this.hiddenSize]
    const misfit = given?.find((t) => !sameShape(t.shape, first))
    if (misfit)
      throw new RangeError(
        `${this.constructor.name}: its states must be ${formatShape(first)}, not ${formatShape(misfit.shape)}.`,
      )
    if (isSingle) {
      // A batch of one, of which neither steps nor states keep the row.
      const at = batchFirst ? 0 : 1
      const many = this.through(
        input.unsqueeze(at),
        given?.map((state) => state.unsqueeze(1)),
        count,
        run,
      )
      return { output: many.output.squeeze(at), states: many.states.map((state) => state.squeeze(1)) }
    }
    const states = given ?? Array.from({ length: count }, () => input.newFull(first, 0))

    let current = batchFirst ? input.transpose(0, 1) : input
    const last: (readonly Tensor[])[] = []
    for (let layer = 0; layer < numLayers; layer++) {
      const from = layer > 0 ? dropout(current, p, this.training) : current
      const ways = Array.from({ length: directions }, (_, direction) => {
        const i = layer * directions + direction
        const start = states.map((state) => state.slice(0, i, i + 1).squeeze(0))
        const back = (x: Tensor): Tensor => (packed ? turned(x, packed.lengths) : x.flip(0))
        const way = run(direction === 1 ? back(from) : from, this.weightsOf(layer, direction), start, packed)
        last.push(way.states)
        return direction === 1 ? back(way.output) : way.output
      })
      current = cat(ways, 2)
    }
    return {
      output: batchFirst ? current.transpose(0, 1) : current,
      states: states.map((_, k) => stack(last.map((each) => each[k]!))),
    }
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

interface OnnxRecurrent {
  readonly opType: 'LSTM' | 'GRU' | 'RNN'
  /** Where ONNX's gates stand among ours. */
  readonly gates: readonly number[]
  readonly attributes?: Parameters<OnnxNodes['several']>[3]
}

/** A weight with its gates in ONNX's order. */
function reordered(nodes: OnnxNodes, weight: Tensor, gates: readonly number[]): string {
  if (gates.length === 1) return nodes.weight(weight)
  const parts = nodes.several('Split', [nodes.weight(weight)], gates.length, { axis: { int: 0 } })
  return nodes.add(
    'Concat',
    gates.map((gate) => parts[gate]!),
    { axis: { int: 0 } },
  )
}

/** The nodes of a recurrent layer: its steps, then its last states. */
export function onnxRecurrent(
  module: Recurrent<never, unknown>,
  nodes: OnnxNodes,
  [x, ...states]: readonly OnnxValue[],
  kind: OnnxRecurrent,
): readonly string[] {
  if (x!.shape.length === 3) return onnxOfRows(module, nodes, [x!, ...states], kind)
  // Where the only row stands, in its steps and in its states.
  const [steps, beside] = [nodes.list([module.options.batchFirst ? 0 : 1]), nodes.list([1])]
  const batch = (value: OnnxValue, at: string): OnnxValue => ({
    name: nodes.add('Unsqueeze', [value, at]),
    shape: value.shape,
  })
  const rows = [batch(x!, steps), ...states.map((state) => batch(state, beside))]
  const outputs = onnxOfRows(module, nodes, rows, kind)
  return outputs.map((output, i) => nodes.add('Squeeze', [output, i === 0 ? steps : beside]))
}

function onnxOfRows(
  module: Recurrent<never, unknown>,
  nodes: OnnxNodes,
  [x, ...states]: readonly OnnxValue[],
  { opType, gates, attributes = {} }: OnnxRecurrent,
): readonly string[] {
  const { numLayers, batchFirst, bidirectional } = module.options
  const directions = bidirectional ? [0, 1] : [0]
  const first = nodes.list([0])
  const turned = (value: string | OnnxValue): string =>
    nodes.add('Transpose', [value], { perm: { ints: [1, 0, 2] } })
  const part = (state: OnnxValue | undefined, layer: number): string => {
    if (!state) return ''
    const at = layer * directions.length
    return nodes.add('Slice', [state, nodes.list([at]), nodes.list([at + directions.length]), first])
  }
  const kinds = opType === 'LSTM' ? 2 : 1
  const last: string[][] = Array.from({ length: kinds }, () => [])
  let current: string | OnnxValue = batchFirst ? turned(x!) : x!
  for (let layer = 0; layer < numLayers; layer++) {
    const weights = directions.map((direction) => module.weightsOf(layer, direction))
    // Those of the directions on top of each other.
    const of = (name: keyof Weights): string => {
      const each = weights.map((one) => nodes.add('Unsqueeze', [reordered(nodes, one[name]!, gates), first]))
      return nodes.add('Concat', each, { axis: { int: 0 } })
    }
    const biases = weights[0]!.biasIh
      ? nodes.add('Concat', [of('biasIh'), of('biasHh')], { axis: { int: 1 } })
      : ''
    const starts = Array.from({ length: kinds }, (_, k) => part(states[k], layer))
    const inputs = [current, of('weightIh'), of('weightHh'), biases, '', ...starts]
    const [steps, ...ends] = nodes.several(opType, inputs, 1 + kinds, {
      hidden_size: { int: module.hiddenSize },
      direction: { string: bidirectional ? 'bidirectional' : 'forward' },
      ...attributes,
    })
    ends.forEach((end, k) => last[k]!.push(end))
    // [steps, directions, rows, hidden] to [steps, rows, directions · hidden].
    const beside = nodes.add('Transpose', [steps!], { perm: { ints: [0, 2, 1, 3] } })
    current = nodes.add('Reshape', [beside, nodes.list([0, 0, -1])])
  }
  const joined = last.map((each) => nodes.add('Concat', each, { axis: { int: 0 } }))
  return [batchFirst ? turned(current) : (current as string), ...joined]
}
