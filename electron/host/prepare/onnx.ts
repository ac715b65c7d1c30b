/** A preparation as an ONNX graph: from values as they are written to the tensors that a network is given. */
import { OnnxNodes, type OnnxGraph, type OnnxPort } from '../../../engine/index.ts'
import { isCategorical, marksOf } from '../../contract/index.ts'
import { shapeOfInput } from '../model/input.ts'
import { exportEncoder, isDouble, readingOf, tensorOf } from './encoders/index.ts'
import { inputNameOf, inputsOf, type Preparation, type PreparedColumn } from './preparation.ts'
import { isOneOf } from './steps/categories.ts'
import { exportSteps } from './steps/index.ts'

const batch = 'N'

/**
 * What a column is as an input. Missing is NaN, or the empty string; dates are days since 1970-01-01, as float64 where their time of
 * day counts, and times of day are shares of a day; texts are their
 * words, padded to the longest that counts.
 */
export function portOfColumn({ name, encoder, kind }: PreparedColumn): Required<OnnxPort> {
  const tensor = tensorOf(encoder)
  if (tensor.kind === 'pixels') return { name, dtype: 'uint8', shape: [batch, ...shapeOfInput(tensor)] }
  if (tensor.kind === 'tokens') return { name, dtype: 'string', shape: [batch, ...shapeOfInput(tensor)] }
  // Words of a text, padded to so many, also where they end up as numbers.
  const words = readingOf(encoder)?.['length']
  if (kind === 'text' && typeof words === 'number') return { name, dtype: 'string', shape: [batch, words] }
  return {
    name,
    dtype: isCategorical(kind) ? 'string' : isDouble(encoder) ? 'float64' : 'float32',
    shape: [batch, 1],
  }
}

/** Words that stand for a missing value become the empty one. */
function withoutMissing(nodes: OnnxNodes, value: string, missing: readonly string[]): string {
  const spellings = [...new Set(missing)].filter((one) => one !== '')
  if (spellings.length === 0) return value
  return nodes.add('Where', [isOneOf(nodes, value, spellings), nodes.word(''), value])
}

/**
 * Adds the nodes that make a network's tensors, in their order, of the columns, which are values by their names. `missing`: how
 * a missing category may be spelled.
 */
export function addPreparation(
  nodes: OnnxNodes,
  preparation: Preparation,
  missing: readonly string[] = [],
): OnnxPort[] {
  const parts = preparation.columns.map((column) => {
    const value = isCategorical(column.kind)
      ? withoutMissing(nodes, column.name, marksOf(column, missing))
      : column.name
    return {
      into: inputNameOf(column),
      value: exportEncoder(nodes, exportSteps(nodes, { value }, column.steps), column.encoder),
    }
  })
  return inputsOf(preparation).map((input): OnnxPort => {
    const values = parts.filter(({ into }) => into === input.name).map(({ value }) => value)
    const [first] = values
    const whole = input.kind === 'codes' || input.kind === 'tokens'
    const name = values.length === 1 ? first! : nodes.add('Concat', values, { axis: { int: 1 } })
    return {
      name: whole ? nodes.add('Cast', [name], { to: { int: 6 } }) : name,
      dtype: whole ? 'int32' : 'float32',
      shape: [batch, ...shapeOfInput(input)],
    }
  })
}

/** The preparation alone: its inputs are the columns, its outputs the network's tensors. */
export function onnxOfPreparation(preparation: Preparation): OnnxGraph {
  const nodes = new OnnxNodes('prepare_')
  const outputs = addPreparation(nodes, preparation)
  return {
    name: 'preparation',
    nodes: nodes.nodes,
    inputs: preparation.columns.map(portOfColumn),
    outputs,
    constants: nodes.constants,
  }
}
