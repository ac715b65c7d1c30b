/** Numbers that a kernel's code is given when it runs, so that one code serves kernels of many sizes. */
import { op, type FunctionBuilder } from './assembler.ts'

export interface Given {
  readonly type: 'i32' | 'f32'
  readonly value: number
}

export const given = (value: number): Given => ({ type: 'i32', value })

/** As code finds them in memory, a word for each. */
export function wordsOf(numbers: readonly Given[]): Int32Array<ArrayBuffer> {
  const words = new Int32Array(numbers.length)
  const floats = new Float32Array(words.buffer)
  numbers.forEach(({ type, value }, i) => {
    if (type === 'f32') floats[i] = value
    else words[i] = value
  })
  return words
}

/** Loads them from the address in a parameter into locals. */
export function receive(f: FunctionBuilder, parameter: number, numbers: readonly Given[]): number[] {
  return numbers.map(({ type }, i) => {
    const local = f.local(type)
    f.get(parameter).memory(type === 'f32' ? op.f32Load : op.i32Load, i * 4)
    f.set(local)
    return local
  })
}

/** A number that stands in the code, or a local that holds one. */
export type Size = number | { readonly local: number }

export const push = (f: FunctionBuilder, size: Size): FunctionBuilder =>
  typeof size === 'number' ? f.i32(size) : f.get(size.local)

/** Adds an amount to a local. */
export const step = (f: FunctionBuilder, local: number, by: Size): FunctionBuilder =>
  by === 0 ? f : push(f.get(local), by).emit(op.i32Add).set(local)

/** The smaller of a local and an amount, into the local. */
export function limitTo(f: FunctionBuilder, local: number, most: Size): FunctionBuilder {
  push(f.get(local), most).get(local)
  return push(f, most).emit(op.i32LtS, op.select).set(local)
}
