/** Which instruction computes what, for one element and for four. A bool is 0/1 alone and a full mask in a vector. */
import type { BinaryFn, UnaryFn } from '../../compiler/primitive.ts'
import type { ComputeType } from '../../tensor/dtype.ts'
import { op, simd, type FunctionBuilder } from './assembler.ts'

const floatBinary: Partial<Record<BinaryFn, [scalar: number, vector: number]>> = {
  add: [op.f32Add, simd.f32x4Add],
  sub: [op.f32Sub, simd.f32x4Sub],
  mul: [op.f32Mul, simd.f32x4Mul],
  div: [op.f32Div, simd.f32x4Div],
  max: [op.f32Max, simd.f32x4Max],
  min: [op.f32Min, simd.f32x4Min],
  lt: [op.f32Lt, simd.f32x4Lt],
  eq: [op.f32Eq, simd.f32x4Eq],
}
const intBinary: Partial<Record<BinaryFn, [scalar: number, vector: number]>> = {
  add: [op.i32Add, simd.i32x4Add],
  sub: [op.i32Sub, simd.i32x4Sub],
  mul: [op.i32Mul, simd.i32x4Mul],
  lt: [op.i32LtS, simd.i32x4LtS],
  eq: [op.i32Eq, simd.i32x4Eq],
  and: [op.i32And, simd.and],
  or: [op.i32Or, simd.or],
  xor: [op.i32Xor, simd.xor],
  shl: [op.i32Shl, simd.i32x4Shl],
  shr: [op.i32ShrS, simd.i32x4ShrS],
}

/** Operands are on the stack; a vector's shift count is a single i32. */
export function emitBinary(f: FunctionBuilder, fn: BinaryFn, dtype: ComputeType, vector: boolean): void {
  if (dtype === 'float32') {
    const codes = floatBinary[fn]
    if (!codes) throw new Error(`${fn} is not defined for float32`)
    if (vector) f.simd(codes[1])
    else f.emit(codes[0])
    return
  }
  const isUnsigned = dtype === 'uint32'
  if (fn === 'max' || fn === 'min') return emitIntegerExtreme(f, fn, isUnsigned, vector)
  if (fn === 'div') {
    emitQuotient(f, isUnsigned)
    return
  }
  if (isUnsigned && fn === 'lt') {
    if (vector) f.simd(simd.i32x4LtU)
    else f.emit(op.i32LtU)
    return
  }
  if (isUnsigned && fn === 'shr') {
    if (vector) f.simd(simd.i32x4ShrU)
    else f.emit(op.i32ShrU)
    return
  }
  const codes = intBinary[fn]!
  if (vector) f.simd(codes[1])
  else f.emit(codes[0])
}

/** WebAssembly stops the program at a division by zero and at -2³¹ / -1; here the first is 0, and the second wraps. */
function emitQuotient(f: FunctionBuilder, isUnsigned: boolean): void {
  const [a, b] = [f.local('i32'), f.local('i32')]
  f.set(b).set(a)
  const isSpecial = (): unknown =>
    isUnsigned ? f.get(b).emit(op.i32Eqz) : f.get(b).i32(1).emit(op.i32Add).i32(2).emit(op.i32LtU)
  // -1 and 0: the one turns the sign, and so does the other of nothing.
  f.get(a).get(b).emit(op.i32Mul)
  f.get(a).i32(1).get(b)
  isSpecial()
  f.emit(op.select, isUnsigned ? op.i32DivU : op.i32DivS)
  isSpecial()
  f.emit(op.select)
}

function emitIntegerExtreme(
  f: FunctionBuilder,
  fn: 'max' | 'min',
  isUnsigned: boolean,
  vector: boolean,
): void {
  if (vector) {
    const code = { max: [simd.i32x4MaxS, simd.i32x4MaxU], min: [simd.i32x4MinS, simd.i32x4MinU] }[fn][
      isUnsigned ? 1 : 0
    ]!
    f.simd(code)
    return
  }
  const [a, b] = [f.local('i32'), f.local('i32')]
  f.set(b).tee(a).get(b).get(a).get(b)
  f.emit(fn === 'max' ? (isUnsigned ? op.i32GtU : op.i32GtS) : isUnsigned ? op.i32LtU : op.i32LtS, op.select)
}

/** The operand is on the stack. Functions that only exist as formulas have been expanded before. */
export function emitUnary(f: FunctionBuilder, fn: UnaryFn, dtype: ComputeType, vector: boolean): void {
  if (dtype === 'float32') {
    const codes: Partial<Record<UnaryFn, [number, number]>> = {
      neg: [op.f32Neg, simd.f32x4Neg],
      abs: [op.f32Abs, simd.f32x4Abs],
      floor: [op.f32Floor, simd.f32x4Floor],
      sqrt: [op.f32Sqrt, simd.f32x4Sqrt],
    }
    const pair = codes[fn]
    if (!pair) throw new Error(`${fn} has no instruction`)
    if (vector) f.simd(pair[1])
    else f.emit(pair[0])
    return
  }
  if (fn === 'not') {
    if (dtype === 'bool') {
      if (vector) f.simd(simd.not)
      else f.emit(op.i32Eqz)
    } else if (vector) f.simd(simd.not)
    else f.i32(-1).emit(op.i32Xor)
    return
  }
  if (fn === 'neg') {
    if (vector) f.simd(simd.i32x4Neg)
    else f.i32(-1).emit(op.i32Mul)
    return
  }
  if (fn === 'abs' && vector) {
    f.simd(simd.i32x4Abs)
    return
  }
  if (fn === 'abs') {
    const x = f.local('i32')
    const sign = f.local('i32')
    f.tee(x).i32(31).emit(op.i32ShrS).tee(sign).get(x).emit(op.i32Xor).get(sign).emit(op.i32Sub)
    return
  }
  if (fn !== 'floor') throw new Error(`${fn} is not defined for ${dtype}`)
}

export function emitCast(f: FunctionBuilder, from: ComputeType, to: ComputeType, vector: boolean): void {
  if (to === 'bool') return emitToBool(f, from, vector)
  if (to === 'float32') {
    if (from === 'bool' && vector) f.f32x4(1).simd(simd.and)
    else if (vector) f.simd(from === 'uint32' ? simd.f32x4ConvertI32x4U : simd.f32x4ConvertI32x4S)
    else f.emit(from === 'uint32' ? op.f32ConvertI32U : op.f32ConvertI32S)
    return
  }
  if (to === 'uint8') {
    if (from !== 'uint8') emitCast(f, from, 'int32', vector)
    if (vector) f.i32x4(255, 255, 255, 255).simd(simd.and)
    else f.i32(255).emit(op.i32And)
    return
  }
  if (from === 'float32') {
    if (vector) f.simd(to === 'uint32' ? simd.i32x4TruncSatF32x4U : simd.i32x4TruncSatF32x4S)
    else f.truncSat(to !== 'uint32')
    return
  }
  if (from === 'bool' && vector) f.i32x4(1, 1, 1, 1).simd(simd.and)
}

function emitToBool(f: FunctionBuilder, from: ComputeType, vector: boolean): void {
  if (from === 'bool') return
  if (from === 'float32') {
    if (vector) f.f32x4(0).simd(simd.f32x4Eq).simd(simd.not)
    else f.f32(0).emit(op.f32Ne)
  } else if (vector) f.i32x4(0, 0, 0, 0).simd(simd.i32x4Ne)
  else f.i32(0).emit(op.i32Ne)
}

/** Between registers of one width; only the scalar form needs an instruction. */
export function emitBitcast(f: FunctionBuilder, from: ComputeType, to: ComputeType, vector: boolean): void {
  if (vector || (from === 'float32') === (to === 'float32')) return
  f.emit(to === 'float32' ? op.f32ReinterpretI32 : op.i32ReinterpretF32)
}

export const isFloatRegister = (dtype: ComputeType): boolean => dtype === 'float32'
