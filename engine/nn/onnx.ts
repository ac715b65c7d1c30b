/** A module's nodes in ONNX, by the rule in its record. */
import type { OnnxAttribute, OnnxConstant, OnnxGraph, OnnxNode, OnnxPort, OnnxType } from '../formats/onnx.ts'
import type { Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { recordOf } from './define.ts'
import type { AnyModule } from './module.ts'

/** A value that flows, with the shape it had for an example; the first extent is the batch's and may be another. */
export interface OnnxValue {
  readonly name: string
  readonly shape: Shape
}

/** Adds a module's nodes (opset 17), as it is when evaluating, and gives the names of its outputs. */
export type OnnxRule<M> = (
  module: M,
  nodes: OnnxNodes,
  ...inputs: readonly OnnxValue[]
) => string | readonly string[]

type Input = string | OnnxValue
const nameOf = (input: Input): string => (typeof input === 'string' ? input : input.name)

/** Collects nodes, and the weights and constants that they read. */
export class OnnxNodes {
  readonly nodes: OnnxNode[] = []
  readonly weights = new Map<string, Tensor>()
  readonly constants = new Map<string, OnnxConstant>()
  #names = 0
  #prefix: string

  /** `prefix`: stands before every name that is made here. */
  constructor(prefix = '') {
    this.#prefix = prefix
  }

  #name(hint: string): string {
    return `${this.#prefix}${hint}_${this.#names++}`
  }

  /** One node of several outputs; an input that is left out is ''. Of another domain than ONNX's: `ai.onnx.ml.LabelEncoder`. */
  several(
    opType: string,
    inputs: readonly Input[],
    outputs: number,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): readonly string[] {
    const dot = opType.lastIndexOf('.')
    const [domain, type] = [opType.slice(0, Math.max(0, dot)), opType.slice(dot + 1)]
    const names = Array.from({ length: outputs }, () => this.#name(type))
    const node = { opType: type, inputs: inputs.map(nameOf), outputs: names, attributes }
    this.nodes.push(domain === '' ? node : { domain, ...node })
    return names
  }

  /** One node of one output, which it gives. */
  add(
    opType: string,
    inputs: readonly Input[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    return this.several(opType, inputs, 1, attributes)[0]!
  }

  /** The same value under a name of one's own, such as an output's. */
  named(value: Input, name: string): string {
    this.nodes.push({ opType: 'Identity', inputs: [nameOf(value)], outputs: [name], attributes: {} })
    return name
  }

  /** A parameter or buffer. */
  weight(value: Tensor): string {
    const known = [...this.weights].find(([, one]) => one === value)
    if (known) return known[0]
    const name = this.#name('weight')
    this.weights.set(name, value)
    return name
  }

  /** All constants and weights, read from their device. */
  async values(): Promise<ReadonlyMap<string, OnnxConstant>> {
    const values = new Map(this.constants)
    for (const [name, weight] of this.weights)
      values.set(name, { dtype: 'float32', shape: weight.shape, values: await weight.data() })
    return values
  }

  /** float32 numbers: one, or several of a shape. */
  number(value: number | readonly number[], shape: Shape = []): string {
    return this.#constant('float32', [value].flat(), shape)
  }

  /** A list of int64, such as a shape. */
  list(values: readonly number[]): string {
    return this.#constant('int64', values, [values.length])
  }

  /** Words: one, or several of a shape. */
  word(value: string | readonly string[], shape: Shape = []): string {
    const name = this.#name('constant')
    this.constants.set(name, { dtype: 'string', shape, values: [value].flat() })
    return name
  }

  #constant(dtype: Exclude<OnnxType, 'string' | 'float64'>, values: readonly number[], shape: Shape): string {
    const name = this.#name('constant')
    this.constants.set(name, { dtype, shape, values })
    return name
  }

  /** The nodes of another module. Errors: an Error for one that has none, and for an input that none of them would read. */
  module(module: AnyModule, ...inputs: readonly OnnxValue[]): readonly string[] {
    const { name, onnx } = recordOf(module)
    if (typeof onnx !== 'function') throw new Error(`${name} is not in ONNX: ${onnx.absent}`)
    const before = this.nodes.length
    const outputs = [onnx(module, this, ...inputs)].flat()
    // A mask that is left out, say, would make another result without anybody noticing.
    const read = new Set([...outputs, ...this.nodes.slice(before).flatMap((node) => node.inputs)])
    const unread = inputs.find((input) => !read.has(input.name))
    if (unread)
      throw new Error(`${name} has no place in ONNX for ${unread.name}: a file would compute something else.`)
    return outputs
  }
}

/** A module, as it is when evaluating, as a graph that can be written to a file. Errors: as the rules'. */
export async function onnxOf(module: AnyModule, inputs: readonly OnnxPort[]): Promise<OnnxGraph> {
  const nodes = new OnnxNodes()
  const example = inputs.map(({ name, shape = [] }) => ({
    name,
    shape: shape.map((extent) => (typeof extent === 'number' ? extent : 1)),
  }))
  const names = nodes.module(module, ...example)
  return {
    name: recordOf(module).name,
    nodes: nodes.nodes,
    inputs,
    outputs: names.map((name) => ({ name, dtype: 'float32' })),
    constants: await nodes.values(),
  }
}

/** A node that wants a batch, of a single example as well. */
export function onnxOfBatch(
  nodes: OnnxNodes,
  x: OnnxValue,
  dimensions: number,
  body: (batch: Input) => string,
): string {
  if (x.shape.length === dimensions) return body(x)
  const first = nodes.list([0])
  return nodes.add('Squeeze', [body(nodes.add('Unsqueeze', [x, first])), first])
}
