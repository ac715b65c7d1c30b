/** A scalar function, and the arithmetic on expressions in which its formula is written. */
import type { ExprBuilder, Expr } from '../expr.ts'
import type { BinaryFn, UnaryFn } from '../primitive.ts'

/** One function of one number, for every backend. */
export interface ScalarFunction {
  /** In float64: what the reference computes, constants are folded with, and every formula is held to. */
  readonly exact: (x: number) => number
  /**
   * In float32, as a graph of elementary operations, for backends that have no good instruction for it. Absent where all
   * have one. A NaN in gives a NaN out wherever arithmetic keeps NaN; compilers that may not are guarded by expandScalars.
   */
  readonly formula?: (f: Formula, x: Expr) => Expr
  /** What it costs, in exponentials; 1 where absent. */
  readonly cost?: number
}

export type F = Expr | number

/** Float32 arithmetic on expressions, to write formulas in. */
export class Formula {
  readonly #exprs: ExprBuilder
  readonly #expand: (fn: UnaryFn) => ScalarFunction['formula']

  /** `expand`: the formula of a function that is to be spelled out, and nothing for one that the backend has. */
  constructor(exprs: ExprBuilder, expand: (fn: UnaryFn) => ScalarFunction['formula']) {
    this.#exprs = exprs
    this.#expand = expand
  }
  #of(x: F): Expr {
    return typeof x === 'number' ? this.#exprs.make({ op: 'const', value: Math.fround(x) }, 'float32') : x
  }
  int(value: number): Expr {
    return this.#exprs.make({ op: 'const', value }, 'int32')
  }
  #binary(fn: BinaryFn, a: F, b: F): Expr {
    const x =
      typeof a === 'number' && typeof b !== 'number' && b.dtype !== 'float32' ? this.int(a) : this.#of(a)
    const y = typeof b === 'number' && x.dtype !== 'float32' ? this.int(b) : this.#of(b)
    return this.#exprs.make({ op: 'binary', fn }, fn === 'lt' || fn === 'eq' ? 'bool' : x.dtype, [x, y])
  }
  /** Another scalar function, spelled out too unless the backend has it. */
  unary(fn: UnaryFn, x: Expr): Expr {
    const formula = this.#expand(fn)
    return formula ? formula(this, x) : this.#exprs.make({ op: 'unary', fn }, x.dtype, [x])
  }
  add(a: F, b: F): Expr { return this.#binary('add', a, b) } // prettier-ignore
  sub(a: F, b: F): Expr { return this.#binary('sub', a, b) } // prettier-ignore
  mul(a: F, b: F): Expr { return this.#binary('mul', a, b) } // prettier-ignore
  div(a: F, b: F): Expr { return this.#binary('div', a, b) } // prettier-ignore
  max(a: F, b: F): Expr { return this.#binary('max', a, b) } // prettier-ignore
  min(a: F, b: F): Expr { return this.#binary('min', a, b) } // prettier-ignore
  lt(a: F, b: F): Expr { return this.#binary('lt', a, b) } // prettier-ignore
  eq(a: F, b: F): Expr { return this.#binary('eq', a, b) } // prettier-ignore
  and(a: F, b: F): Expr { return this.#binary('and', a, b) } // prettier-ignore
  or(a: F, b: F): Expr { return this.#binary('or', a, b) } // prettier-ignore
  shl(a: F, b: F): Expr { return this.#binary('shl', a, b) } // prettier-ignore
  shr(a: F, b: F): Expr { return this.#binary('shr', a, b) } // prettier-ignore
  neg(x: Expr): Expr { return this.unary('neg', x) } // prettier-ignore
  abs(x: Expr): Expr { return this.unary('abs', x) } // prettier-ignore
  floor(x: Expr): Expr { return this.unary('floor', x) } // prettier-ignore
  sqrt(x: Expr): Expr { return this.unary('sqrt', x) } // prettier-ignore
  exp(x: Expr): Expr { return this.unary('exp', x) } // prettier-ignore
  log(x: Expr): Expr { return this.unary('log', x) } // prettier-ignore
  where(condition: Expr, a: F, b: F): Expr {
    const x = this.#of(a)
    return this.#exprs.make({ op: 'where' }, x.dtype, [condition, x, this.#of(b)])
  }
  toInt(x: Expr): Expr { return this.#exprs.make({ op: 'cast' }, 'int32', [x]) } // prettier-ignore
  toFloat(x: Expr): Expr { return this.#exprs.make({ op: 'cast' }, 'float32', [x]) } // prettier-ignore
  asInt(x: Expr): Expr { return this.#exprs.make({ op: 'bitcast' }, 'int32', [x]) } // prettier-ignore
  asFloat(x: Expr): Expr { return this.#exprs.make({ op: 'bitcast' }, 'float32', [x]) } // prettier-ignore
  /** Horner's scheme, highest power first. */
  polynomial(x: Expr, coefficients: readonly number[]): Expr {
    return coefficients
      .slice(1)
      .reduce<Expr>((sum, c) => this.add(this.mul(sum, x), c), this.#of(coefficients[0]!))
  }
  /** By its bits, which no compiler can reason away. */
  isNaN(x: Expr): Expr {
    return this.lt(0x7f800000, this.and(this.asInt(x), 0x7fffffff))
  }
  /** A magnitude, not negative, with the sign of x: of −0 too. */
  withSign(magnitude: Expr, x: Expr): Expr {
    return this.asFloat(this.or(this.asInt(magnitude), this.and(this.asInt(x), -0x80000000)))
  }
  /** NaN where |x| is above 1, else the value. */
  withinOne(size: Expr, value: Expr): Expr {
    return this.where(this.lt(1, size), NaN, value)
  }
}
