/**
 * Transcendental functions as graphs of elementary operations, for code generators whose target has none
 * (the point of the lecture: a logarithm *is* such a graph). The polynomials are those of Cephes' single-precision
 * library (Moshier, https://www.netlib.org/cephes/), erf's rational form is the one Eigen and XLA use.
 */
import { ExprBuilder, type Expr } from './expr.ts'
import type { LoopKernel } from './kernel.ts'
import type { BinaryFn, UnaryFn } from './primitive.ts'
import { rewriteKernel } from './rewrite.ts'

type F = Expr | number

/** Float32 arithmetic on expressions, to write formulas in. */
class Formula {
  readonly #exprs: ExprBuilder
  constructor(exprs: ExprBuilder) {
    this.#exprs = exprs
  }
  #of(x: F): Expr {
    return typeof x === 'number' ? this.#exprs.make({ op: 'const', value: Math.fround(x) }, 'float32') : x
  }
  int(value: number): Expr {
    return this.#exprs.make({ op: 'const', value }, 'int32')
  }
  #binary(fn: BinaryFn, a: F, b: F): Expr {
    const x = this.#of(a)
    return this.#exprs.make({ op: 'binary', fn }, fn === 'lt' || fn === 'eq' ? 'bool' : x.dtype, [
      x,
      this.#of(b),
    ])
  }
  #unary(fn: UnaryFn, x: Expr): Expr {
    return this.#exprs.make({ op: 'unary', fn }, x.dtype, [x])
  }
  add(a: F, b: F): Expr { return this.#binary('add', a, b) } // prettier-ignore
  sub(a: F, b: F): Expr { return this.#binary('sub', a, b) } // prettier-ignore
  mul(a: F, b: F): Expr { return this.#binary('mul', a, b) } // prettier-ignore
  div(a: F, b: F): Expr { return this.#binary('div', a, b) } // prettier-ignore
  max(a: F, b: F): Expr { return this.#binary('max', a, b) } // prettier-ignore
  min(a: F, b: F): Expr { return this.#binary('min', a, b) } // prettier-ignore
  lt(a: F, b: F): Expr { return this.#binary('lt', a, b) } // prettier-ignore
  eq(a: F, b: F): Expr { return this.#binary('eq', a, b) } // prettier-ignore
  and(a: Expr, b: Expr): Expr { return this.#binary('and', a, b) } // prettier-ignore
  or(a: Expr, b: Expr): Expr { return this.#binary('or', a, b) } // prettier-ignore
  shl(a: Expr, b: Expr): Expr { return this.#binary('shl', a, b) } // prettier-ignore
  shr(a: Expr, b: Expr): Expr { return this.#binary('shr', a, b) } // prettier-ignore
  neg(x: Expr): Expr { return this.#unary('neg', x) } // prettier-ignore
  abs(x: Expr): Expr { return this.#unary('abs', x) } // prettier-ignore
  floor(x: Expr): Expr { return this.#unary('floor', x) } // prettier-ignore
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
}

const ln2High = 0.693359375
const ln2Low = -2.1219444e-4

/** Added to a small number it leaves the nearest whole one in its lowest bits. */
const rounder = 1.5 * 2 ** 23

/** Results below 2⁻¹²⁵ are 0, not subnormal numbers: computing with those is many times slower, and nobody needs them. */
function exp(f: Formula, x: Expr): Expr {
  const lowest = -125 * Math.LN2
  // Beyond the upper limit the result is infinite anyway.
  const clamped = f.min(f.max(x, lowest), 88.8)
  const shifted = f.add(f.mul(clamped, Math.LOG2E), rounder)
  const n = f.sub(shifted, rounder)
  const r = f.sub(f.sub(clamped, f.mul(n, ln2High)), f.mul(n, ln2Low))
  const p = f.polynomial(
    r,
    [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1],
  )
  const y = f.add(f.add(f.mul(f.mul(p, r), r), r), 1)
  // Half the power, since 2¹²⁸ is not a number: the bits of `shifted` end in those of n.
  const half = f.asFloat(f.shl(f.add(f.asInt(shifted), f.int(126)), f.int(23)))
  const power = f.mul(f.mul(y, half), 2)
  return f.where(f.lt(x, lowest), 0, power)
}

function log(f: Formula, x: Expr): Expr {
  const tiny = f.lt(x, 1.17549435e-38)
  const normal = f.where(tiny, f.mul(x, 2 ** 23), x)
  const bits = f.asInt(normal)
  const biased = f.sub(f.and(f.shr(bits, f.int(23)), f.int(0xff)), f.where(tiny, f.int(126 + 23), f.int(126)))
  const mantissa = f.asFloat(f.or(f.and(bits, f.int(0x007fffff)), f.int(0x3f000000)))
  const low = f.lt(mantissa, Math.SQRT1_2)
  const e = f.toFloat(f.sub(biased, f.where(low, f.int(1), f.int(0))))
  const m = f.sub(f.where(low, f.add(mantissa, mantissa), mantissa), 1)
  const z = f.mul(m, m)
  const p = f.polynomial(m, [
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
  ]) // prettier-ignore
  const small = f.sub(f.add(f.mul(f.mul(m, z), p), f.mul(e, ln2Low)), f.mul(z, 0.5))
  const value = f.add(f.add(m, small), f.mul(e, ln2High))
  const edge = f.where(f.eq(x, 0), -Infinity, f.where(f.lt(x, 0), NaN, value))
  // An infinite or NaN input is its own logarithm.
  return f.where(f.lt(x, Infinity), edge, x)
}

function tanh(f: Formula, x: Expr): Expr {
  const a = f.abs(x)
  const far = f.sub(1, f.div(2, f.add(exp(f, f.add(a, a)), 1)))
  const signed = f.where(f.lt(x, 0), f.neg(far), far)
  const z = f.mul(x, x)
  const p = f.polynomial(
    z,
    [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1],
  )
  return f.where(f.lt(a, 0.625), f.add(f.mul(f.mul(p, z), x), x), signed)
}

/** Accurate to a few units in the last place for |x| below about 8,000; beyond, float32 cannot place the angle. */
function sinOrCos(f: Formula, x: Expr, isCos: boolean): Expr {
  const quarter = f.floor(f.add(f.mul(x, 2 / Math.PI), 0.5))
  // π/2 in three parts, the upper ones exact in few bits (Cody & Waite).
  const r = f.sub(
    f.sub(f.sub(x, f.mul(quarter, 1.5703125)), f.mul(quarter, 4.837512969970703125e-4)),
    f.mul(quarter, 7.54978995489188216e-8),
  )
  const z = f.mul(r, r)
  const sine = f.add(
    f.mul(f.mul(f.polynomial(z, [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1]), z), r),
    r,
  )
  const tail = f.polynomial(z, [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2])
  const cosine = f.add(f.sub(f.mul(f.mul(tail, z), z), f.mul(z, 0.5)), 1)
  const q = isCos ? f.add(f.toInt(quarter), f.int(1)) : f.toInt(quarter)
  const chosen = f.where(f.eq(f.and(q, f.int(1)), f.int(1)), cosine, sine)
  return f.where(f.eq(f.and(q, f.int(2)), f.int(2)), f.neg(chosen), chosen)
}

function erf(f: Formula, x: Expr): Expr {
  const c = f.min(f.max(x, -4), 4)
  const z = f.mul(c, c)
  const p = f.polynomial(z, [
    -2.72614225801306e-10, 2.77068142495902e-8, -2.10102402082508e-6, -5.69250639462346e-5,
    -7.34990630326855e-4, -2.95459980854025e-3, -1.60960333262415e-2,
  ]) // prettier-ignore
  const q = f.polynomial(
    z,
    [
      -1.45660718464996e-5, -2.13374055278905e-4, -1.68282697438203e-3, -7.37332916720468e-3,
      -1.42647390514189e-2,
    ],
  )
  return f.div(f.mul(c, p), q)
}

const formulas: Partial<Record<UnaryFn, (f: Formula, x: Expr) => Expr>> = {
  exp,
  log,
  tanh,
  erf,
  sin: (f, x) => sinOrCos(f, x, false),
  cos: (f, x) => sinOrCos(f, x, true),
}

/** The kernel with the named functions spelled out. */
export function expandMath(kernel: LoopKernel, functions: ReadonlySet<UnaryFn>): LoopKernel {
  const exprs = new ExprBuilder()
  const f = new Formula(exprs)
  return rewriteKernel(kernel, {
    exprs,
    node: (expr, move) => {
      if (expr.spec.op !== 'unary' || !functions.has(expr.spec.fn)) return null
      return formulas[expr.spec.fn]!(f, move(expr.args[0]!))
    },
  })
}
