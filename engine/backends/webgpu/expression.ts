/** Scalar expressions → WGSL: each becomes one `let`, so that nothing is computed twice and nothing is a constant expression. */
import type { Expr } from '../../compiler/expr.ts'
import { range, type Atom, type Index } from '../../compiler/index-expr.ts'
import type { BinaryFn, ReduceFn, UnaryFn } from '../../compiler/primitive.ts'
import { reductionRules } from '../../compiler/reductions.ts'
import type { ComputeType } from '../../tensor/dtype.ts'
import { nativeName, type WgslName } from './functions.ts'
import { valueType, type Bindings } from './shader.ts'

const floatBits = new DataView(new ArrayBuffer(4))
function bitsOf(value: number): string {
  floatBits.setFloat32(0, value)
  return `0x${floatBits.getUint32(0).toString(16)}u`
}

export class ExpressionWriter {
  readonly uses = new Set<WgslName>()
  readonly #bindings: Bindings
  readonly #names = new Map<Expr, string>()
  /** Constants that are given. */
  readonly #plain: ReadonlySet<Expr>
  /** Quotients and remainders by their key: the same one is divided by the same size, once. */
  readonly #quotients = new Map<string, string>()
  /** Which variable a term of the reduction ends in. */
  readonly #accumulator: (term: number) => string

  constructor(bindings: Bindings, accumulator: (term: number) => string, plain: ReadonlySet<Expr>) {
    this.#bindings = bindings
    this.#accumulator = accumulator
    this.#plain = plain
  }

  written(expr: Expr): boolean {
    return this.#names.has(expr)
  }

  name(expr: Expr): string {
    return this.#names.get(expr)!
  }

  /** Its arguments must have been written before. */
  write(expr: Expr): string {
    const name = `v${this.#names.size}`
    const line = `let ${name} = ${this.#text(expr)};`
    this.#names.set(expr, name)
    return line
  }

  store(slot: number, index: Index, value: Expr): string {
    const text = value.dtype === 'bool' ? `i32(${this.name(value)})` : this.name(value)
    return `${this.#bindings.name(slot)}[${this.#address(index)}] = ${text};`
  }

  call(name: WgslName, ...args: readonly string[]): string {
    this.uses.add(name)
    return `${name}(${args.join(', ')})`
  }

  literal(value: number, dtype: ComputeType): string {
    switch (dtype) {
      case 'bool':
        return value === 0 ? 'false' : 'true'
      case 'uint32':
        return `${value >>> 0}u`
      case 'uint8':
      case 'int32':
        return `i32(${value | 0})`
      case 'float32': {
        const single = Math.fround(value)
        if (!Number.isFinite(single) || Object.is(single, -0)) return this.call('from_bits', bitsOf(single))
        return `${single}f`
      }
    }
  }

  #text(expr: Expr): string {
    const { spec, dtype } = expr
    const args = expr.args.map((a) => this.name(a))
    const [a, b, c] = args as [string, string, string]
    switch (spec.op) {
      case 'const':
        return this.#plain.has(expr)
          ? this.#bindings.size(spec.value, 'f32')
          : this.literal(spec.value, dtype)
      case 'load':
        return this.#load(expr, spec.slot, spec.index)
      case 'index':
        return `i32(${this.#address(spec.index)})`
      case 'reduced':
        return this.#accumulator(spec.term)
      case 'unary':
        return this.#unary(spec.fn, dtype, a)
      case 'binary': {
        const { dtype: operands } = expr.args[0]!
        // Dividing by a zero known beforehand is undefined in SPIR-V, and Mesa makes anything of it; this is the same quotient.
        if (spec.fn === 'div' && operands === 'float32') {
          const zero = zeroOf(expr.args[1]!)
          if (zero !== null) return `${a} * ${this.literal(1 / zero, 'float32')}`
        }
        const text = this.#binary(spec.fn, operands, a, b)
        if (spec.fn === 'div' && operands !== 'float32')
          return `select(${text}, ${valueType(operands)}(), ${b} == ${valueType(operands)}())`
        if (operands !== 'float32' || !isComparison(spec.fn)) return text
        return this.#ordered(spec.fn === 'eq' && a === b ? 'true' : text, expr.args)
      }
      case 'where':
        return `select(${c}, ${b}, ${condition(expr.args[0]!, a)})`
      case 'cast':
        if (dtype === 'uint8') {
          const whole = expr.args[0]!.dtype === 'float32' ? this.call('to_i32', a) : `i32(${a})`
          return `(${whole} & 255)`
        }
        if (expr.args[0]!.dtype === 'float32' && (dtype === 'int32' || dtype === 'uint32'))
          return this.call(dtype === 'int32' ? 'to_i32' : 'to_u32', a)
        return cast(expr.args[0]!.dtype, dtype, a)
      case 'bitcast': {
        const source = expr.args[0]!.dtype === 'bool' ? `i32(${a})` : a
        return dtype === 'bool' ? `(bitcast<i32>(${source}) != 0)` : `bitcast<${valueType(dtype)}>(${source})`
      }
    }
  }

  /** NaN is neither less than anything nor equal to it, which a compiler may forget: it is looked for by its bits. */
  #ordered(comparison: string, operands: readonly Expr[]): string {
    const numbers = new Set(operands.filter(({ spec }) => spec.op !== 'const' || Number.isNaN(spec.value)))
    return [comparison, ...[...numbers].map((x) => `!${this.call('is_nan', this.name(x))}`)].join(' && ')
  }

  #load(expr: Expr, slot: number, index: Index): string {
    const guard = expr.args[0] && condition(expr.args[0], this.name(expr.args[0]))
    const address = this.#address(index)
    const element = `${this.#bindings.name(slot)}[${guard ? `select(0, ${address}, ${guard})` : address}]`
    const value = expr.dtype === 'bool' ? `(${element} != 0)` : element
    if (!guard) return value
    return expr.dtype === 'bool'
      ? `(${guard} && ${value})`
      : `select(${valueType(expr.dtype)}(), ${value}, ${guard})`
  }

  #unary(fn: UnaryFn, dtype: ComputeType, x: string): string {
    if (fn === 'not') return dtype === 'bool' ? `!${x}` : `~${x}`
    if (fn === 'neg') return dtype === 'uint32' ? `0u - ${x}` : `-${x}`
    if (dtype !== 'float32') {
      if (fn === 'abs' || fn === 'floor') return fn === 'abs' && dtype === 'int32' ? `abs(${x})` : x
      throw new Error(`${fn} is not defined for ${dtype}`)
    }
    const native = nativeName(fn)
    return native ? this.call(native, x) : `${fn}(${x})`
  }

  #binary(fn: BinaryFn, dtype: ComputeType, a: string, b: string): string {
    if (dtype === 'bool') return boolBinary(fn, a, b)
    switch (fn) {
      case 'add':
        return `${a} + ${b}`
      case 'sub':
        return `${a} - ${b}`
      case 'mul':
        return `${a} * ${b}`
      case 'div':
        return `${a} / ${b}`
      case 'max':
      case 'min':
        return dtype === 'float32' ? this.call(`nan_${fn}`, a, b) : `${fn}(${a}, ${b})`
      case 'lt':
        return `${a} < ${b}`
      case 'eq':
        return `${a} == ${b}`
      case 'and':
        return `${a} & ${b}`
      case 'or':
        return `${a} | ${b}`
      case 'xor':
        return `${a} ^ ${b}`
      case 'shl':
        return `${a} << u32(${b})`
      case 'shr':
        return `${a} >> u32(${b})`
    }
  }

  /** One step of a reduction. */
  combine(fn: ReduceFn, dtype: ComputeType, a: string, b: string): string {
    return this.#binary(reductionRules[fn].combine, dtype, a, b)
  }

  #address(index: Index): string {
    const terms = index.terms.map(({ atom, coefficient }) => {
      const text = this.#atom(atom)
      return coefficient === 1 ? text : `${text} * ${this.#bindings.size(coefficient, 'i32')}`
    })
    if (index.offset !== 0) terms.push(this.#bindings.size(index.offset, 'i32'))
    return terms.join(' + ') || '0'
  }

  #atom(atom: Atom): string {
    switch (atom.kind) {
      case 'loop':
        return loopName(atom.loop)
      case 'value': {
        const last = this.#bindings.size(Math.max(0, atom.extent - 1))
        const value = this.name(atom.expr)
        // What is out of range is not looked at: it must only stay inside the memory. Negative ones are huge unsigned.
        return `i32(min(u32(${value}), ${last}))`
      }
      case 'div':
      case 'mod': {
        let text = this.#quotients.get(atom.key)
        if (text === undefined) this.#quotients.set(atom.key, (text = this.#quotient(atom)))
        return text
      }
    }
  }

  #quotient({ kind, of, by }: Extract<Atom, { kind: 'div' | 'mod' }>): string {
    const divisor = this.#bindings.divisor(by)
    // WGSL's division cuts toward zero: what may be negative is lifted by a multiple first.
    const [low] = range(of)
    const lift = low < 0 ? Math.ceil(-low / by) : 0
    const lifted = lift === 0 ? '' : ` + ${this.#bindings.size(lift * by, 'i32')}`
    const dividend = `u32(${this.#address(of)}${lifted})`
    if (kind === 'mod') return `i32(${dividend} % ${divisor})`
    const quotient = `i32(${dividend} / ${divisor})`
    return lift === 0 ? quotient : `(${quotient} - ${this.#bindings.size(lift, 'i32')})`
  }
}

const isComparison = (fn: BinaryFn): boolean => fn === 'lt' || fn === 'eq'

export const loopName = (loop: number): string => `i${loop}`

/** The constant 0 or -0 that this is. */
const zeroOf = ({ spec }: Expr): number | null =>
  spec.op === 'const' && spec.value === 0 ? spec.value : null

const condition = (expr: Expr, name: string): string =>
  expr.dtype === 'bool' ? name : `(${cast(expr.dtype, 'bool', name)})`

function cast(from: ComputeType, to: ComputeType, x: string): string {
  if (to !== 'bool') return `${valueType(to)}(${x})`
  // By bits, for NaN counts as true and a comparison with it is left open; both zeros count as false.
  return from === 'float32' ? `(bitcast<u32>(${x}) & 0x7fffffffu) != 0u` : `${x} != ${valueType(from)}()`
}

/** Sums and products of truth values are "or" and "and", as in PyTorch. */
function boolBinary(fn: BinaryFn, a: string, b: string): string {
  switch (fn) {
    case 'add':
    case 'max':
    case 'or':
      return `${a} || ${b}`
    case 'mul':
    case 'min':
    case 'and':
      return `${a} && ${b}`
    case 'sub':
    case 'xor':
      return `${a} != ${b}`
    case 'eq':
      return `${a} == ${b}`
    case 'lt':
      return `!${a} && ${b}`
    default:
      throw new Error(`${fn} is not defined for bool`)
  }
}
