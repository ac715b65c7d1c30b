/** A small WebAssembly assembler: just what the code generator emits (https://webassembly.github.io/spec/core/binary/). */
import { concatenate } from '../../bytes.ts'

export type ValueType = 'i32' | 'f32' | 'v128'
const typeCodes: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, v128: 0x7b }

/** One-byte instructions, by the specification's names. */
export const op = {
  unreachable: 0x00, block: 0x02, loop: 0x03, if: 0x04, else: 0x05, end: 0x0b, br: 0x0c, brIf: 0x0d, call: 0x10, drop: 0x1a, select: 0x1b,
  localGet: 0x20, localSet: 0x21, localTee: 0x22, i32Load: 0x28, f32Load: 0x2a, i32Store: 0x36, f32Store: 0x38,
  i32Const: 0x41, i64Const: 0x42, f32Const: 0x43,
  i32Eqz: 0x45, i32Eq: 0x46, i32Ne: 0x47, i32LtS: 0x48, i32LtU: 0x49, i32GtS: 0x4a, i32GtU: 0x4b, i32LeS: 0x4c, i32GeS: 0x4e, i32GeU: 0x4f,
  f32Eq: 0x5b, f32Ne: 0x5c, f32Lt: 0x5d,
  i32Add: 0x6a, i32Sub: 0x6b, i32Mul: 0x6c, i32DivS: 0x6d, i32DivU: 0x6e, i32RemU: 0x70, i32And: 0x71, i32Or: 0x72,
  i32Xor: 0x73, i32Shl: 0x74, i32ShrS: 0x75, i32ShrU: 0x76,
  f32Abs: 0x8b, f32Neg: 0x8c, f32Floor: 0x8e, f32Sqrt: 0x91, f32Add: 0x92, f32Sub: 0x93, f32Mul: 0x94, f32Div: 0x95,
  f32Min: 0x96, f32Max: 0x97, f32ConvertI32S: 0xb2, f32ConvertI32U: 0xb3, i32ReinterpretF32: 0xbc, f32ReinterpretI32: 0xbe,
} as const // prettier-ignore

/** Instructions behind the SIMD prefix. */
export const simd = {
  load: 0x00, load32Splat: 0x09, store: 0x0b, const: 0x0c, shuffle: 0x0d, i32x4Splat: 0x11, f32x4Splat: 0x13,
  i32x4ExtractLane: 0x1b, i32x4ReplaceLane: 0x1c, f32x4ExtractLane: 0x1f, load32Lane: 0x56, load64Zero: 0x5d, store32Lane: 0x5a, store64Lane: 0x5b,
  i32x4Eq: 0x37, i32x4Ne: 0x38, i32x4LtS: 0x39, i32x4LtU: 0x3a, f32x4Eq: 0x41, f32x4Lt: 0x43,
  not: 0x4d, and: 0x4e, andnot: 0x4f, or: 0x50, xor: 0x51, bitselect: 0x52, f32x4Floor: 0x68,
  i32x4Abs: 0xa0, i32x4Neg: 0xa1, i32x4Shl: 0xab, i32x4ShrS: 0xac, i32x4ShrU: 0xad, i32x4Add: 0xae, i32x4Sub: 0xb1, i32x4Mul: 0xb5,
  i32x4MinS: 0xb6, i32x4MinU: 0xb7, i32x4MaxS: 0xb8, i32x4MaxU: 0xb9,
  f32x4Abs: 0xe0, f32x4Neg: 0xe1, f32x4Sqrt: 0xe3, f32x4Add: 0xe4, f32x4Sub: 0xe5, f32x4Mul: 0xe6, f32x4Div: 0xe7,
  f32x4Min: 0xe8, f32x4Max: 0xe9, f32x4Pmin: 0xea, f32x4Pmax: 0xeb,
  i32x4TruncSatF32x4S: 0xf8, i32x4TruncSatF32x4U: 0xf9, f32x4ConvertI32x4S: 0xfa, f32x4ConvertI32x4U: 0xfb,
  f32x4RelaxedMadd: 0x105, f32x4RelaxedNmadd: 0x106, i32x4RelaxedLaneselect: 0x10b,
} as const // prettier-ignore

/** Instructions of the threads proposal, behind their prefix. */
export const atomic = { notify: 0x00, wait32: 0x01, load: 0x10, add: 0x1e, compareExchange: 0x48 } as const

/** Bytes under construction: kernels are long, and arrays of numbers would be copied several times. */
class Bytes {
  #bytes = new Uint8Array(256)
  #length = 0

  get length(): number {
    return this.#length
  }

  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const longer = new Uint8Array(Math.max(needed, 2 * this.#bytes.length))
    longer.set(this.#bytes)
    this.#bytes = longer
  }

  byte(value: number): this {
    if (this.#length === this.#bytes.length) this.#reserve(1)
    this.#bytes[this.#length++] = value
    return this
  }

  bytes(values: ArrayLike<number>): this {
    this.#reserve(values.length)
    this.#bytes.set(values, this.#length)
    this.#length += values.length
    return this
  }

  /** LEB128. */
  unsigned(value: number): this {
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    return this.byte(rest)
  }

  signed(value: number): this {
    let rest = value | 0
    while (rest < -0x40 || rest >= 0x40) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return this.byte(rest & 0x7f)
  }

  /** How many they are, then they themselves. */
  counted(values: ArrayLike<number>): this {
    return this.unsigned(values.length).bytes(values)
  }
}

const float32 = (value: number): Uint8Array => new Uint8Array(Float32Array.of(value).buffer)

/** One function under construction. */
export class FunctionBuilder {
  readonly parameters: number
  readonly #locals: ValueType[] = []
  readonly #code = new Bytes()

  /** All parameters are i32; nothing is returned. */
  constructor(parameters: number) {
    this.parameters = parameters
  }

  /** How long its code is so far. */
  get size(): number {
    return this.#code.length
  }

  local(type: ValueType): number {
    return this.parameters + this.#locals.push(type) - 1
  }

  emit(...codes: number[]): this {
    for (const code of codes) this.#code.byte(code)
    return this
  }
  #then(write: (code: Bytes) => unknown): this {
    write(this.#code)
    return this
  }
  get(local: number): this { return this.#then((code) => code.byte(op.localGet).unsigned(local)) } // prettier-ignore
  set(local: number): this { return this.#then((code) => code.byte(op.localSet).unsigned(local)) } // prettier-ignore
  tee(local: number): this { return this.#then((code) => code.byte(op.localTee).unsigned(local)) } // prettier-ignore
  i32(value: number): this { return this.#then((code) => code.byte(op.i32Const).signed(value)) } // prettier-ignore
  f32(value: number): this { return this.#then((code) => code.byte(op.f32Const).bytes(float32(value))) } // prettier-ignore
  simd(code: number, ...immediates: number[]): this {
    this.#code.byte(0xfd).unsigned(code)
    return this.emit(...immediates)
  }
  /** Saturating float → integer, which unlike plain truncation never traps. */
  truncSat(isSigned: boolean): this { return this.emit(0xfc, isSigned ? 0 : 1) } // prettier-ignore
  f32x4(value: number): this { return this.#vector(Float32Array.of(value, value, value, value)) } // prettier-ignore
  i32x4(...lanes: [number, number, number, number]): this { return this.#vector(Int32Array.from(lanes)) } // prettier-ignore
  #vector(values: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>): this {
    this.simd(simd.const)
    return this.#then((code) => code.bytes(new Uint8Array(values.buffer)))
  }
  /** Memory access, four bytes aligned, `offset` bytes past the address on the stack. */
  memory(code: number, offset = 0): this { return this.#then((bytes) => bytes.byte(code).byte(2).unsigned(offset)) } // prettier-ignore
  simdMemory(code: number, offset = 0, ...lane: number[]): this {
    this.#code.byte(0xfd).unsigned(code).byte(2).unsigned(offset)
    return this.emit(...lane)
  }
  atomic(code: number, offset = 0): this { return this.#then((bytes) => bytes.byte(0xfe).byte(code).byte(2).unsigned(offset)) } // prettier-ignore
  i64(value: number): this { return this.#then((code) => code.byte(op.i64Const).signed(value)) } // prettier-ignore
  /** On the stack: address, byte, count. */
  memoryFill(): this { return this.emit(0xfc, 0x0b, 0) } // prettier-ignore
  call(fn: number): this { return this.#then((code) => code.byte(op.call).unsigned(fn)) } // prettier-ignore

  /** Runs `body` with `counter` = start, start + step, … below `end`; at least once. */
  loop(counter: number, start: number, end: number, step: number, body: () => void): this {
    this.i32(start).set(counter).emit(op.loop, 0x40)
    body()
    return this.get(counter)
      .i32(step)
      .emit(op.i32Add)
      .tee(counter)
      .i32(end)
      .emit(op.i32LtS, op.brIf, 0, op.end)
  }

  /** Runs `body` with `counter` on from where it stands, by `step`, while `whole` steps fit below what is in `end`; perhaps never. */
  range(counter: number, end: number, step: number, body: () => void): this {
    this.emit(op.block, 0x40, op.loop, 0x40)
    this.get(counter).i32(step).emit(op.i32Add).get(end).emit(op.i32GtS, op.brIf, 1)
    body()
    return this.get(counter).i32(step).emit(op.i32Add).set(counter).emit(op.br, 0, op.end, op.end)
  }

  /** The condition is on the stack; both branches leave one value. */
  ifElse(type: ValueType, then: () => void, otherwise: () => void): this {
    this.emit(op.if, typeCodes[type])
    then()
    this.emit(op.else)
    otherwise()
    return this.emit(op.end)
  }

  /** As it stands in a module: its length, its locals, its code. */
  body(): Uint8Array {
    const locals = new Bytes().unsigned(this.#locals.length)
    for (const type of this.#locals) locals.byte(1).byte(typeCodes[type])
    return new Bytes()
      .unsigned(locals.length + this.#code.length + 1)
      .bytes(locals.written)
      .bytes(this.#code.written)
      .byte(op.end).written
  }
}

const section = (id: number, content: Bytes): Uint8Array =>
  new Bytes().byte(id).counted(content.written).written
const text = (value: string): Uint8Array => new Bytes().counted(new TextEncoder().encode(value)).written

/**
 * A module that imports its memory as env.memory and exports its last functions by `names`. `sharedPages`: the memory is
 * shared between threads and can grow to this many pages.
 */
export function assemble(
  functions: readonly FunctionBuilder[],
  sharedPages: number | null = null,
  names: readonly string[] = ['run'],
): Uint8Array<ArrayBuffer> {
  const arities = [...new Set(functions.map((f) => f.parameters))]
  const types = new Bytes().unsigned(arities.length)
  for (const n of arities) types.byte(0x60).unsigned(n).bytes(new Uint8Array(n).fill(typeCodes.i32)).byte(0)
  const memory = new Bytes().byte(1).bytes(text('env')).bytes(text('memory')).byte(0x02)
  if (sharedPages === null) memory.byte(0x00).byte(1)
  else memory.byte(0x03).byte(1).unsigned(sharedPages)
  const indices = new Bytes().unsigned(functions.length)
  for (const { parameters } of functions) indices.unsigned(arities.indexOf(parameters))
  const exported = new Bytes().unsigned(names.length)
  names.forEach((name, i) =>
    exported
      .bytes(text(name))
      .byte(0x00)
      .unsigned(functions.length - names.length + i),
  )
  const code = new Bytes().unsigned(functions.length)
  for (const f of functions) code.bytes(f.body())
  return concatenate([
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    section(1, types),
    section(2, memory),
    section(3, indices),
    section(7, exported),
    section(10, code),
  ])
}
