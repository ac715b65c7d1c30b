/**
 * ONNX files (https://onnx.ai/onnx/repo-docs/IR.html): a graph of nodes with the tensors they read, as a protocol buffer
 * (https://protobuf.dev/programming-guides/encoding/) whose fields are numbered in onnx.proto. They are only written here.
 */
import { concatenate } from '../bytes.ts'

export type OnnxType =
  'float32' | 'float16' | 'int32' | 'int64' | 'int8' | 'bool' | 'uint8' | 'float64' | 'string'

export type OnnxAttribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }

export interface OnnxNode {
  /** Of ONNX's own operators it is left out; `ai.onnx.ml` has those of classical machine learning. */
  readonly domain?: string
  readonly opType: string
  /** '' stands for one that is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
}

export type OnnxConstant =
  | {
      readonly dtype: Exclude<OnnxType, 'string' | 'float64'>
      readonly shape: readonly number[]
      readonly values: ArrayLike<number>
    }
  | { readonly dtype: 'string'; readonly shape: readonly number[]; readonly values: readonly string[] }

/** What goes in or comes out; an extent that may be any is a word, and the same word is the same extent. */
export interface OnnxPort {
  readonly name: string
  readonly dtype: OnnxType
  /** Absent where it is not known. */
  readonly shape?: readonly (number | string)[]
}

export interface OnnxGraph {
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly inputs: readonly OnnxPort[]
  readonly outputs: readonly OnnxPort[]
  readonly constants: ReadonlyMap<string, OnnxConstant>
  /** What whoever opens the file is told, by name; it computes nothing. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** The version of ONNX's operators that nodes are written in, and of the file format that came with it. */
export const opset = 17
const irVersion = 8
/** Of the operators in other domains. */
const versions: Readonly<Record<string, number>> = { 'ai.onnx.ml': 3 }

// TensorProto.DataType
const typeNumbers: Record<OnnxType, number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
}

type Bytes = readonly number[] | Uint8Array

const text = new TextEncoder()

/** 64 bits, seven at a time; negative numbers in two's complement. */
function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  do {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    bytes.push(rest === 0n ? low : low | 0x80)
  } while (rest !== 0n)
  return bytes
}

// A field is its number with the kind of what follows: 0 a number, 2 a length and bytes, 5 four bytes.
const whole = (field: number, value: number): Bytes => [...varint(field << 3), ...varint(value)]
const bytes = (field: number, value: Bytes): Bytes =>
  concatenate([varint((field << 3) | 2), varint(value.length), value])
const word = (field: number, value: string): Bytes => bytes(field, text.encode(value))
const message = (field: number, ...parts: readonly Bytes[]): Bytes => bytes(field, concatenate(parts))
function float(field: number, value: number): Bytes {
  const four = new Uint8Array(4)
  new DataView(four.buffer).setFloat32(0, value, true)
  return concatenate([varint((field << 3) | 5), four])
}

// AttributeProto: name 1, f 2, i 3, s 4, floats 7, ints 8, strings 9, type 20 (FLOAT 1, INT 2, STRING 3,
// FLOATS 6, INTS 7, STRINGS 8).
function attribute(name: string, value: OnnxAttribute): Bytes {
  const parts = (): readonly Bytes[] => {
    if ('float' in value) return [float(2, value.float), whole(20, 1)]
    if ('int' in value) return [whole(3, value.int), whole(20, 2)]
    if ('string' in value) return [word(4, value.string), whole(20, 3)]
    if ('floats' in value) return [...value.floats.map((n) => float(7, n)), whole(20, 6)]
    if ('ints' in value) return [...value.ints.map((n) => whole(8, n)), whole(20, 7)]
    return [...value.strings.map((s) => word(9, s)), whole(20, 8)]
  }
  return message(5, word(1, name), ...parts())
}

// NodeProto: input 1, output 2, name 3, op_type 4, attribute 5, domain 7.
const node = ({ domain, opType, inputs, outputs, attributes }: OnnxNode): Bytes =>
  message(
    1,
    ...inputs.map((name) => word(1, name)),
    ...outputs.map((name) => word(2, name)),
    word(3, outputs[0] ?? ''),
    word(4, opType),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    ...(domain === undefined ? [] : [word(7, domain)]),
  )

/** Little-endian. */
function raw({ dtype, values }: Exclude<OnnxConstant, { dtype: 'string' }>): Uint8Array {
  if (dtype === 'bool' || dtype === 'uint8') return Uint8Array.from(values)
  if (dtype === 'int8') return new Uint8Array(Int8Array.from(values).buffer)
  const size = dtype === 'int64' ? 8 : dtype === 'float16' ? 2 : 4
  const out = new DataView(new ArrayBuffer(values.length * size))
  for (let i = 0; i < values.length; i++) {
    if (dtype === 'float32') out.setFloat32(4 * i, values[i]!, true)
    else if (dtype === 'float16') out.setFloat16(2 * i, values[i]!, true)
    else if (dtype === 'int32') out.setInt32(4 * i, values[i]!, true)
    else out.setBigInt64(8 * i, BigInt(values[i]!), true)
  }
  return new Uint8Array(out.buffer)
}

// TensorProto: dims 1, data_type 2, string_data 6, name 8, raw_data 9.
const initializer = ([name, constant]: readonly [string, OnnxConstant]): Bytes =>
  message(
    5,
    ...constant.shape.map((extent) => whole(1, extent)),
    whole(2, typeNumbers[constant.dtype]),
    word(8, name),
    ...(constant.dtype === 'string'
      ? constant.values.map((value) => word(6, value))
      : [bytes(9, raw(constant))]),
  )

const dimension = (extent: number | string): Bytes =>
  message(1, typeof extent === 'number' ? whole(1, extent) : word(2, extent))

// ValueInfoProto: name 1, type 2 { tensor_type 1 { elem_type 1, shape 2 { dim 1 { dim_value 1 | dim_param 2 } } } }.
const port = (field: number, { name, dtype, shape }: OnnxPort): Bytes =>
  message(
    field,
    word(1, name),
    message(
      2,
      message(1, whole(1, typeNumbers[dtype]), ...(shape ? [message(2, ...shape.map(dimension))] : [])),
    ),
  )

/** A file. Source: onnx.proto, ModelProto: ir_version 1, producer_name 2, graph 7, opset_import 8, metadata_props 14. */
export function encodeOnnx(graph: OnnxGraph, producer = 'Descent'): Uint8Array {
  return concatenate([
    whole(1, irVersion),
    word(2, producer),
    // GraphProto: node 1, name 2, initializer 5, input 11, output 12.
    message(
      7,
      ...graph.nodes.map(node),
      word(2, graph.name),
      ...[...graph.constants].map(initializer),
      ...graph.inputs.map((input) => port(11, input)),
      ...graph.outputs.map((output) => port(12, output)),
    ),
    message(8, word(1, ''), whole(2, opset)),
    ...[...new Set(graph.nodes.flatMap(({ domain }) => domain ?? []))].map((domain) =>
      message(8, word(1, domain), whole(2, versions[domain] ?? 1)),
    ),
    // StringStringEntryProto: key 1, value 2.
    ...Object.entries(graph.metadata ?? {}).map(([key, value]) => message(14, word(1, key), word(2, value))),
  ])
}
