/**
 * The weights of a graph in ONNX in less room: in the file they are halves, or whole numbers of eight bits, and a node makes
 * float32 of them before they are used, so that everything is still computed in float32. Only what products, convolutions and
 * look-ups read is stored so: biases and what normalizes are few numbers, and what is added to every result costs most accuracy.
 */
import type { OnnxConstant, OnnxGraph, OnnxNode } from './onnx.ts'
import { fileTypes } from './numbers.ts'

export type StoredWeights = 'float32' | 'float16' | 'int8'

type Numbers = Exclude<OnnxConstant, { dtype: 'string' }>

interface Packed {
  readonly constants: readonly (readonly [string, OnnxConstant])[]
  /** Makes what it was, under the name that it had. */
  readonly node: OnnxNode
  /** Bytes of the numbers in the file. */
  readonly bytes: number
}

/** TensorProto.DataType. */
const float32Number = 1

/** null: a number is too large for it. */
function asHalves(name: string, { shape, values }: Numbers): Packed | null {
  const [lowest, highest] = fileTypes.F16.range!
  for (let i = 0; i < values.length; i++) if (!(values[i]! >= lowest && values[i]! <= highest)) return null
  const stored = `${name}_float16`
  return {
    constants: [[stored, { dtype: 'float16', shape, values }]],
    node: {
      opType: 'Cast',
      inputs: [stored],
      outputs: [name],
      attributes: { to: { int: float32Number } },
    },
    bytes: 2 * values.length,
  }
}

/**
 * Each channel by the largest of its numbers: −127 … 127, and zero stays zero. Source: Jacob et al. 2018, Quantization and
 * Training of Neural Networks, https://arxiv.org/abs/1712.05877; symmetric as in https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html.
 */
function asBytes(name: string, { shape, values }: Numbers, axis: number): Packed | null {
  const channels = shape[axis]!
  const within = shape.slice(axis + 1).reduce((product, extent) => product * extent, 1)
  const channelOf = (i: number): number => Math.floor(i / within) % channels
  const largest = new Float32Array(channels)
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!)
    if (!Number.isFinite(size)) return null
    if (size > largest[channelOf(i)]!) largest[channelOf(i)] = size
  }
  // Of a channel of zeros any will do; what is smaller than float32 can divide by is nothing.
  const scales = largest.map((size) => (Math.fround(size / 127) > 0 ? size / 127 : 1))
  const whole = Int8Array.from({ length: values.length }, (_, i) =>
    Math.max(-127, Math.min(127, Math.round(values[i]! / scales[channelOf(i)]!))),
  )
  const [stored, scale] = [`${name}_int8`, `${name}_scale`]
  return {
    constants: [
      [stored, { dtype: 'int8', shape, values: whole }],
      [scale, { dtype: 'float32', shape: [channels], values: scales }],
    ],
    node: {
      opType: 'DequantizeLinear',
      inputs: [stored, scale],
      outputs: [name],
      attributes: { axis: { int: axis } },
    },
    bytes: values.length + 4 * channels,
  }
}

const packers: Readonly<
  Record<Exclude<StoredWeights, 'float32'>, (name: string, value: Numbers, axis: number) => Packed | null>
> = { float16: asHalves, int8: asBytes }

/** What hands numbers on as they are. */
const moving = new Set([
  'Transpose',
  'Split',
  'Unsqueeze',
  'Squeeze',
  'Concat',
  'Reshape',
  'Slice',
  'Identity',
])
/** What a weight is multiplied or looked up in, by its input; along which of its extents a channel's numbers lie together. */
const products: Readonly<
  Record<string, { readonly at: readonly number[]; readonly axis: 'first' | 'second' | 'last' }>
> = {
  Conv: { at: [1], axis: 'first' },
  ConvTranspose: { at: [1], axis: 'second' },
  Gemm: { at: [0, 1], axis: 'first' },
  MatMul: { at: [0, 1], axis: 'last' },
  Einsum: { at: [1], axis: 'first' },
  Gather: { at: [0], axis: 'first' },
  LSTM: { at: [1, 2], axis: 'first' },
  GRU: { at: [1, 2], axis: 'first' },
  RNN: { at: [1, 2], axis: 'first' },
}

/** Which extent of a weight is that of its channels; null: it is in no product. */
function channelsOf(graph: OnnxGraph, name: string, rank: number): number | null {
  const reached = [{ name, moved: false }]
  for (const { name: value, moved } of reached)
    for (const { opType, inputs, outputs } of graph.nodes) {
      const at = inputs.indexOf(value)
      if (at < 0) continue
      const product = products[opType]
      if (product?.at.includes(at)) {
        // PyTorch's weights have the channels that come out first, and are turned before a product.
        if (product.axis === 'last') return moved ? 0 : rank - 1
        return product.axis === 'second' ? 1 : 0
      }
      if (moving.has(opType)) reached.push(...outputs.map((output) => ({ name: output, moved: true })))
    }
  return null
}

/** About what a node and its names take in a file. */
const nodeBytes = 160

/** `weights`: the constants that a network learned, among others that are no weights. Without a weight worth it, the graph itself. */
export function storedAs(graph: OnnxGraph, weights: Iterable<string>, stored: StoredWeights): OnnxGraph {
  if (stored === 'float32') return graph
  const constants = new Map(graph.constants)
  const nodes: OnnxNode[] = []
  for (const name of weights) {
    const value = constants.get(name)
    if (value?.dtype !== 'float32' || value.shape.length < 2) continue
    const axis = channelsOf(graph, name, value.shape.length)
    const packed = axis === null ? null : packers[stored](name, value, axis)
    if (packed === null || packed.bytes + nodeBytes >= 4 * value.values.length) continue
    constants.delete(name)
    for (const [key, constant] of packed.constants) constants.set(key, constant)
    nodes.push(packed.node)
  }
  return nodes.length === 0 ? graph : { ...graph, constants, nodes: [...nodes, ...graph.nodes] }
}
