/** A direct, slow interpreter of primitives in float64: what every other backend is checked against. */
import type { BinaryFn, Prim } from '../../compiler/primitive.ts'
import { topological } from '../../compiler/primitive.ts'
import { reductionRules } from '../../compiler/reductions.ts'
import { routineOutputs } from '../../compiler/routines.ts'
import { scalars } from '../../compiler/scalars/index.ts'
import { elementTypes, type ComputeType } from '../../tensor/dtype.ts'
import { contiguousStrides, numel, type Shape } from '../../tensor/shape.ts'
import { runRoutine } from '../host-routines/index.ts'

export type Values = Float64Array

/** NaN wins, as it does in PyTorch's maximum and minimum. */
const floatFns: Record<BinaryFn, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  max: Math.max,
  min: Math.min,
  lt: (a, b) => Number(a < b),
  eq: (a, b) => Number(a === b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << b,
  shr: (a, b) => a >> b,
}
const integerFns: Record<BinaryFn, (a: number, b: number) => number> = {
  ...floatFns,
  mul: Math.imul,
  div: (a, b) => Math.trunc(a / b),
}
const unsignedFns: Record<BinaryFn, (a: number, b: number) => number> = {
  ...integerFns,
  shr: (a, b) => a >>> b,
}

const binaryOf = (fn: BinaryFn, operands: ComputeType): ((a: number, b: number) => number) =>
  (operands === 'float32' ? floatFns : operands === 'uint32' ? unsignedFns : integerFns)[fn]

/** Brings a number back into the range of its type. */
const wrap = (dtype: ComputeType): ((x: number) => number) => elementTypes[dtype].hold

/** A float cut toward zero into the type's range, as WebAssembly and WGSL do it; NaN becomes 0. A byte is cut from an int32. */
function truncate(dtype: ComputeType): (x: number) => number {
  const { lowest, highest } = elementTypes[dtype === 'uint8' ? 'int32' : dtype]
  const fit = wrap(dtype)
  return (x) => (Number.isNaN(x) ? 0 : fit(Math.min(Math.max(Math.trunc(x), lowest), highest)))
}

/** Calls `visit` with every coordinate of `shape`, in row-major order. */
function eachCoordinate(
  shape: Shape,
  visit: (coordinate: readonly number[], position: number) => void,
): void {
  const coordinate = shape.map(() => 0)
  const count = numel(shape)
  for (let position = 0; position < count; position++) {
    visit(coordinate, position)
    for (let d = shape.length - 1; d >= 0; d--) {
      if (++coordinate[d]! < shape[d]!) break
      coordinate[d] = 0
    }
  }
}

const dot = (coordinate: readonly number[], strides: readonly number[]): number =>
  coordinate.reduce((sum, c, i) => sum + c * strides[i]!, 0)

/** `around` is given every computation, to be done once. */
export function evaluate(
  outputs: readonly Prim[],
  inputs: readonly Values[],
  around: (prim: Prim, compute: () => Values) => Values = (_prim, compute) => compute(),
): Values[] {
  const done = new Map<Prim, Values>()
  for (const prim of topological(outputs)) {
    const args = prim.inputs.map((i) => done.get(i)!)
    const compute = (): Values => evaluateOne(prim, args, inputs)
    done.set(prim, around(prim, compute))
  }
  return outputs.map((o) => done.get(o)!)
}

function evaluateOne(prim: Prim, args: readonly Values[], memory: readonly Values[]): Values {
  const { spec, shape, dtype } = prim
  const [a, b, c] = args as [Values, Values, Values]
  const fit = wrap(dtype)
  switch (spec.kind) {
    case 'buffer':
      return memory[spec.slot]!
    case 'const':
      return new Float64Array(numel(shape)).fill(fit(spec.value))
    case 'iota':
      return fromCoordinates(shape, (coordinate) => coordinate[spec.axis]!)
    case 'unary': {
      if (spec.fn === 'not') return a.map((x) => (dtype === 'bool' ? Number(x === 0) : fit(~x)))
      const { exact: fn } = scalars[spec.fn]
      return a.map((x) => fit(fn(x)))
    }
    case 'binary': {
      const operands = prim.inputs[0]!.dtype
      const fn = binaryOf(spec.fn, operands)
      return a.map((x, i) => fit(fn(x, b[i]!)))
    }
    case 'where':
      return a.map((x, i) => (x !== 0 ? b[i]! : c[i]!))
    case 'cast':
      if (dtype === 'float32') return a
      if (dtype === 'bool') return a.map((x) => Number(x !== 0))
      return a.map(prim.inputs[0]!.dtype === 'float32' ? truncate(dtype) : fit)
    case 'bitcast':
      return Float64Array.from(bits(a, prim.inputs[0]!.dtype, dtype))
    case 'reduce':
      return reduce(prim, a)
    case 'contract':
      return contract(prim, a, b)
    case 'scatter':
      return scatter(prim, a, b)
    case 'routine':
      return routine(prim, args)
    case 'assemble':
      return assemble(prim, args)
    case 'gather':
      return gather(prim, spec.axis, a, b)
    case 'reshape':
      return a
    default:
      return move(prim, a)
  }
}

/** Every output asks for all of them: simple, and slow like everything here. */
function routine(prim: Prim, args: readonly Values[]): Values {
  const { spec, inputs } = prim
  if (spec.kind !== 'routine') throw new Error('not a routine')
  const outputs = routineOutputs(spec.routine, inputs).map((type) => ({
    ...type,
    values: new Float64Array(numel(type.shape)),
  }))
  const operands = inputs.map(({ shape, dtype }, i) => ({ shape, dtype, values: args[i]! }))
  runRoutine(spec.routine, operands, outputs)
  return outputs[spec.output]!.values
}

function fromCoordinates(shape: Shape, value: (coordinate: readonly number[]) => number): Values {
  const out = new Float64Array(numel(shape))
  eachCoordinate(shape, (coordinate, position) => (out[position] = value(coordinate)))
  return out
}

function bits(values: Values, from: ComputeType, to: ComputeType): ArrayLike<number> {
  const source = from === 'float32' ? Float32Array.from(values) : Uint32Array.from(values, (v) => v >>> 0)
  if (to === 'float32') return new Float32Array(source.buffer)
  return to === 'uint32' ? new Uint32Array(source.buffer) : new Int32Array(source.buffer)
}

function reduce(prim: Prim, source: Values): Values {
  const { spec, shape } = prim
  if (spec.kind !== 'reduce') throw new Error('not a reduction')
  const { combine: name, identity } = reductionRules[spec.fn]
  const combine = binaryOf(name, prim.dtype)
  const out = new Float64Array(numel(shape)).fill(identity(prim.dtype))
  const strides = contiguousStrides(shape).map((s, i) => (spec.axes.includes(i) ? 0 : s))
  const fit = wrap(prim.dtype)
  eachCoordinate(prim.inputs[0]!.shape, (coordinate, position) => {
    const at = dot(coordinate, strides)
    out[at] = fit(combine(out[at]!, source[position]!))
  })
  return out
}

/** Operands are contiguous here, so each group of axes is one. */
function contract(prim: Prim, a: Values, b: Values): Values {
  const { spec, inputs } = prim
  if (spec.kind !== 'contract') throw new Error('not a contraction')
  const [left, right] = [inputs[0]!.shape, inputs[1]!.shape]
  const batches = numel(prim.shape.slice(0, spec.batch))
  const depth = numel(right.slice(spec.batch, spec.batch + spec.inner))
  const m = numel(left) / batches / depth
  const n = numel(right) / batches / depth
  const out = new Float64Array(numel(prim.shape))
  for (let batch = 0; batch < batches; batch++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0
        for (let k = 0; k < depth; k++)
          sum += a[(batch * m + i) * depth + k]! * b[(batch * depth + k) * n + j]!
        out[(batch * m + i) * n + j] = sum
      }
    }
  }
  return out
}

function gather(prim: Prim, axis: number, source: Values, index: Values): Values {
  const shape = prim.inputs[0]!.shape
  const strides = contiguousStrides(shape)
  const out = new Float64Array(index.length)
  eachCoordinate(prim.shape, (coordinate, position) => {
    const at = Math.min(Math.max(index[position]!, 0), shape[axis]! - 1)
    out[position] = source[dot(coordinate.with(axis, at), strides)]!
  })
  return out
}

function assemble(prim: Prim, parts: readonly Values[]): Values {
  const { spec, inputs, shape } = prim
  if (spec.kind !== 'assemble') throw new Error('not an assembly')
  const out = new Float64Array(numel(shape))
  const strides = contiguousStrides(shape)
  inputs.forEach((part, k) => {
    const start = dot(spec.offsets[k]!, strides)
    eachCoordinate(part.shape, (coordinate, position) => {
      out[start + dot(coordinate, strides)] = parts[k]![position]!
    })
  })
  return out
}

function scatter(prim: Prim, source: Values, index: Values): Values {
  const [sourceShape, indexShape] = prim.inputs.map((i) => i.shape) as [Shape, Shape]
  const out = new Float64Array(numel(prim.shape))
  const strides = contiguousStrides(prim.shape)
  const indexStrides = contiguousStrides(indexShape).map((stride, i) => (indexShape[i] === 1 ? 0 : stride))
  const fit = wrap(prim.dtype)
  eachCoordinate(sourceShape, (coordinate, position) => {
    const at = index[dot(coordinate, indexStrides)]!
    if (at < 0 || at >= prim.shape[1]!) return
    const target = dot(coordinate.with(1, at), strides)
    out[target] = fit(out[target]! + source[position]!)
  })
  return out
}

/** permute, expand, shrink, flip, pad, window: every output element is one input element, or zero. */
function move(prim: Prim, source: Values): Values {
  const { spec } = prim
  const shape = prim.inputs[0]!.shape
  const strides = contiguousStrides(shape)
  return fromCoordinates(prim.shape, (coordinate) => {
    switch (spec.kind) {
      case 'permute':
        return source[coordinate.reduce((sum, c, i) => sum + c * strides[spec.order[i]!]!, 0)]!
      case 'expand':
        return source[
          dot(
            coordinate.map((c, i) => (shape[i] === 1 ? 0 : c)),
            strides,
          )
        ]!
      case 'shrink':
        return source[
          dot(
            coordinate.map((c, i) => c + spec.bounds[i]![0]),
            strides,
          )
        ]!
      case 'window': {
        const inner = coordinate.slice(0, shape.length)
        spec.windows.forEach(({ axis, stride, dilation }, k) => {
          inner[axis] = inner[axis]! * stride + coordinate[shape.length + k]! * dilation
        })
        return source[dot(inner, strides)]!
      }
      case 'flip':
        return source[
          dot(
            coordinate.map((c, i) => (spec.axes.includes(i) ? shape[i]! - 1 - c : c)),
            strides,
          )
        ]!
      case 'pad': {
        const inner = coordinate.map((c, i) => c - spec.padding[i]![0])
        return inner.every((c, i) => c >= 0 && c < shape[i]!) ? source[dot(inner, strides)]! : 0
      }
      default:
        throw new Error(`${spec.kind} is not a movement`)
    }
  })
}
