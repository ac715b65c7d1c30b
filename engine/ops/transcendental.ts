/** The scalar functions beyond the elementary ones as ops: each is its record in the compiler's table, with a gradient. */
import type { Prim, Primitives } from '../compiler/primitive.ts'
import type { ScalarFn } from '../compiler/scalars/index.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { defineOp, real, type GradientContext, type OpRecord } from './define.ts'
import {
  edge,
  everywhere,
  special,
  specialPairs,
  specials,
  sizes,
  uniform,
  type SampleInput,
} from './samples.ts'

interface Scalar {
  readonly gradient: (context: GradientContext<null> & { readonly x: Tensor }, grad: Tensor) => Tensor
  readonly samples: readonly SampleInput[]
  /** A single number within the range, where that ends below 2. */
  readonly alone?: SampleInput
  readonly torch?: string
}

const scalarOp = (name: ScalarFn, { gradient, samples, alone, torch }: Scalar): OpRecord<null> =>
  defineOp({
    name,
    infer: real,
    lower: (k, [x]) => k.unary(name, k.cast(x!, 'float32')),
    gradient: (context, grad) => [gradient({ ...context, x: context.inputs[0]! }, grad)],
    samples: alone
      ? [...samples, ...specials, alone, uniform([0, 3])].map((input) => ({ inputs: [input], attrs: null }))
      : everywhere(...samples),
    torch: torch ?? `torch.${name}(x0)`,
  })

const signed = uniform([3, 4])
const unit = uniform([3, 4], -0.9, 0.9)
/** Both ends of the range, and what is outside. */
const ends = edge([-1, 1, -1.5, 1.5, 0.5, -0.5])

/** √(1 − x²). */
const slant = (x: Tensor): Tensor => x.mul(x).neg().add(1).sqrt()

// ---- inverse trigonometric functions ----

export const atan = scalarOp('atan', {
  gradient: ({ x }, grad) => grad.div(x.mul(x).add(1)),
  samples: [signed, uniform([17], -20, 20), edge([1e-30, -1e-30, 1e10, -1e15])],
})

export const asin = scalarOp('asin', {
  gradient: ({ x }, grad) => grad.div(slant(x)),
  samples: [unit, ends],
})

export const acos = scalarOp('acos', {
  gradient: ({ x }, grad) => grad.div(slant(x).neg()),
  samples: [unit, ends],
})

/** The sign bit, which −0 has too. */
const isNegative = (k: Primitives, x: Prim): Prim => k.lt(k.bitcast(x, 'int32'), 0)

/** The angle of the point (x, y), from −π to π. Zeros and infinities as in C's atan2. */
export const atan2 = defineOp({
  name: 'atan2',
  infer: real,
  lower: (k, inputs) => {
    const [y, x] = inputs.map((v) => k.cast(v, 'float32')) as [Prim, Prim]
    const [height, width] = [k.abs(y), k.abs(x)]
    // The quotient of equal sizes is 1 where they are infinite or zero too; a zero beside a zero lies on the axis.
    const size = k.where(k.eq(height, width), 1, k.div(height, width))
    const slope = k.where(k.eq(height, 0), k.const(0, y.shape), size)
    const angle = k.unary('atan', slope)
    const turned = k.where(isNegative(k, x), k.sub(Math.PI, angle), angle)
    const signed = k.where(isNegative(k, y), k.neg(turned), turned)
    return k.where(k.eq(x, x), k.where(k.eq(y, y), signed, y), x)
  },
  gradient: ({ inputs: [y, x] }, grad) => {
    const size = grad.div(x!.mul(x!).add(y!.mul(y!)))
    return [size.mul(x!), size.mul(y!.neg())]
  },
  samples: [
    { inputs: [uniform([3, 4]), uniform([3, 4], -2, 2, 1)], attrs: null },
    { inputs: [...specialPairs], attrs: null },
    ...sizes.map((size) => ({ inputs: [size, size], attrs: null })),
  ],
  torch: 'torch.atan2(x0, x1)',
})

// ---- exponentials and hyperbolic functions ----

export const expm1 = scalarOp('expm1', {
  gradient: ({ output }, grad) => grad.mul(output.add(1)),
  samples: [signed, uniform([5], -1e-5, 1e-5), uniform([17], -8, 4), edge([-10, 20])],
})

export const log1p = scalarOp('log1p', {
  gradient: ({ x }, grad) => grad.div(x.add(1)),
  samples: [uniform([3, 4], -0.9, 3), uniform([5], 0, 1e-5), uniform([5], 100, 1e6), ends],
})

export const sinh = scalarOp('sinh', {
  gradient: ({ x }, grad) => grad.mul(x.cosh()),
  samples: [signed, uniform([17], -10, 10), edge([89, -89])],
})

export const cosh = scalarOp('cosh', {
  gradient: ({ x }, grad) => grad.mul(x.sinh()),
  samples: [signed, uniform([17], -10, 10), edge([89, -89])],
})

export const asinh = scalarOp('asinh', {
  gradient: ({ x }, grad) => grad.mul(x.mul(x).add(1).pow(-0.5)),
  samples: [signed, uniform([17], -1e4, 1e4)],
})

export const acosh = scalarOp('acosh', {
  gradient: ({ x }, grad) => grad.mul(x.mul(x).sub(1).pow(-0.5)),
  samples: [uniform([3, 4], 1.1, 4), uniform([17], 2, 1e4), ends],
})

export const atanh = scalarOp('atanh', {
  gradient: ({ x }, grad) => grad.div(x.mul(x).neg().add(1)),
  samples: [unit, ends],
  alone: uniform([1], 0.1, 0.9),
})

// ---- the error function's family ----

const rootPi = Math.sqrt(Math.PI)

export const erfc = scalarOp('erfc', {
  gradient: ({ x }, grad) =>
    grad.mul(
      x
        .mul(x)
        .neg()
        .exp()
        .mul(-2 / rootPi),
    ),
  samples: [signed, uniform([17], -5, 8)],
})

export const erfcx: OpRecord<null> = scalarOp('erfcx', {
  gradient: ({ x, output }, grad) =>
    grad.mul(
      x
        .mul(output)
        .mul(2)
        .sub(2 / rootPi),
    ),
  samples: [signed, uniform([17], -4, 20)],
  torch: 'torch.special.erfcx(x0)',
})

export const erfinv = scalarOp('erfinv', {
  gradient: ({ output }, grad) =>
    grad.mul(
      output
        .mul(output)
        .exp()
        .mul(rootPi / 2),
    ),
  samples: [unit, ends, edge([0.9999, -0.9999, 1e-20])],
})

export const ndtri = scalarOp('ndtri', {
  gradient: ({ output }, grad) =>
    grad.mul(
      output
        .mul(output)
        .mul(0.5)
        .exp()
        .mul(Math.sqrt(2 * Math.PI)),
    ),
  samples: [uniform([3, 4], 0.05, 0.95), ends, edge([1e-10, 0.999])],
  torch: 'torch.special.ndtri(x0)',
})

/** −x·ln x, the entropy of a probability; 0 at 0 and −∞ below. */
export const entr = defineOp({
  name: 'entr',
  infer: real,
  lower: (k, [input]) => {
    const x = k.cast(input!, 'float32')
    const edge = k.where(k.lt(x, 0), k.const(-Infinity, x.shape), 0)
    const isEdge = k.or(k.lt(x, 0), k.eq(x, 0))
    return k.where(isEdge, edge, k.mul(k.neg(x), k.log(x)))
  },
  gradient: ({ inputs: [x] }, grad) => [grad.mul(x!.log().add(1).neg())],
  samples: everywhere(uniform([3, 4], 0.1, 3)),
  torch: 'torch.special.entr(x0)',
})

// ---- the gamma function's family ----

/** The pole at 0 and those below it, and large numbers. */
const poles = edge([-1, -2, -3.5, -0.5, 1e10, 2])

export const lgamma = scalarOp('lgamma', {
  gradient: ({ x, apply }, grad) => grad.mul(apply(digamma, [x], null)),
  samples: [uniform([3, 4], 0.1, 3), uniform([17], 3, 100), uniform([5], -2.9, -2.1), poles],
})

export const digamma: OpRecord<null> = scalarOp('digamma', {
  gradient: ({ x, apply }, grad) => grad.mul(apply(polygamma, [x], { n: 1 })),
  samples: [uniform([3, 4], 0.1, 3), uniform([17], 3, 100), uniform([5], -2.9, -2.1)],
})

/** Bernoulli's numbers B₂, B₄, … over (2k)!, of the Euler–Maclaurin sum. */
const bernoulli = [1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000]
/** Terms that are added one by one before the Euler–Maclaurin sum. */
const plainTerms = 9

const product = (k: Primitives, x: Prim, times: number): Prim =>
  Array.from({ length: times - 1 }).reduce<Prim>((power) => k.mul(power, x), x)

/** Hurwitz's zeta function Σ (x + i)⁻ˢ, x > 0, s = 2, 3, … (Johansson 2015, https://arxiv.org/abs/1309.2877). */
function zeta(k: Primitives, s: number, x: Prim): Prim {
  const terms = Array.from({ length: plainTerms }, (_, i) => k.div(1, product(k, k.add(x, i), s)))
  const end = k.add(x, plainTerms)
  const inverse = k.div(1, end)
  const power = product(k, inverse, s)
  const square = k.mul(inverse, inverse)
  let term = k.mul(power, inverse)
  let rising = s
  // At ∞ this is NaN, as in PyTorch, but for s = 2.
  const integral = s === 2 ? inverse : k.mul(power, end)
  let tail = k.add(k.mul(integral, 1 / (s - 1)), k.mul(power, 0.5))
  bernoulli.forEach((b, i) => {
    tail = k.add(tail, k.mul(term, b * rising))
    term = k.mul(term, square)
    rising *= (s + 2 * i + 1) * (s + 2 * i + 2)
  })
  return terms.reduce((sum, each) => k.add(sum, each), tail)
}

/** The n-th derivative of cot(πx) as a polynomial in the cotangent, lowest power first: that of c is −π(1 + c²). */
function cotangentDerivative(n: number): number[] {
  let powers = [0, 1]
  for (let step = 0; step < n; step++) {
    const next = new Array<number>(powers.length + 1).fill(0)
    powers.forEach((factor, power) => {
      if (power === 0) return
      next[power - 1]! -= Math.PI * power * factor
      next[power + 1]! -= Math.PI * power * factor
    })
    powers = next
  }
  return powers
}

/** The n-th derivative of digamma, n ≥ 1; below ½ by reflection (Abramowitz & Stegun 6.4.7 and 6.4.10). */
export const polygamma: OpRecord<{ n: number }> = defineOp<{ n: number }>({
  name: 'polygamma',
  infer: real,
  lower: (k, [input], { n }) => {
    const x = k.cast(input!, 'float32')
    const isLow = k.lt(x, 0.5)
    const factorial = Array.from({ length: n }, (_, i) => i + 1).reduce((a, b) => a * b, 1)
    const sign = n % 2 === 1 ? 1 : -1
    const high = k.mul(zeta(k, n + 1, k.where(isLow, k.sub(1, x), x)), sign * factorial)
    const rest = k.sub(x, k.floor(k.add(x, 0.5)))
    const turn = (part: Prim): Prim => k.sin(k.mul(part, Math.PI))
    // cos(πr) = sin(π(½ − |r|)), which keeps its digits near its zero.
    const cotangent = k.div(turn(k.sub(0.5, k.abs(rest))), turn(rest))
    const [first, ...others] = cotangentDerivative(n).reverse()
    const slope = others.reduce<Prim>(
      (sum, factor) => k.add(k.mul(sum, cotangent), factor),
      k.const(first!, x.shape),
    )
    const low = k.sub(k.mul(high, -sign), k.mul(slope, Math.PI))
    // From either side, as in PyTorch, which sees a pole at −∞ too, but for n = 1.
    const pole = k.const(sign * Infinity, x.shape)
    const below = k.where(k.eq(rest, 0), pole, low)
    const end = n === 1 ? k.const(NaN, x.shape) : pole
    return k.where(k.eq(x, -Infinity), end, k.where(isLow, below, high))
  },
  gradient: ({ inputs: [x], attrs: { n }, apply }, grad) => [grad.mul(apply(polygamma, [x!], { n: n + 1 }))],
  samples: [
    { inputs: [uniform([3, 4], 0.2, 3)], attrs: { n: 1 } },
    { inputs: [uniform([17], 2, 30)], attrs: { n: 2 } },
    { inputs: [uniform([5], -2.9, -2.1)], attrs: { n: 1 } },
    { inputs: [uniform([3, 4], 0.2, 3)], attrs: { n: 3 } },
    ...sizes.map((size) => ({ inputs: [size], attrs: { n: 1 } })),
    { inputs: [edge([...special, 1e10])], attrs: { n: 1 } },
  ],
  torch: 'torch.polygamma(n, x0)',
})

// ---- modified Bessel functions ----

/** A slope with 1/x in it: at 0 it is ½, and at NaN too, as in PyTorch. */
function limitAtZero(x: Tensor, slope: (inverse: Tensor) => Tensor): Tensor {
  const isAway = x.abs().gt(0)
  return isAway.choose(slope(isAway.choose(x, 1).pow(-1)), 0.5)
}

export const i0e = scalarOp('i0e', {
  gradient: ({ x, output, apply }, grad) => grad.mul(apply(i1e, [x], null).sub(x.sign().mul(output))),
  samples: [signed, uniform([17], -20, 20)],
  torch: 'torch.special.i0e(x0)',
})

export const i1e: OpRecord<null> = scalarOp('i1e', {
  gradient: ({ x, output, apply }, grad) =>
    grad.mul(limitAtZero(x, (inverse) => apply(i0e, [x], null).sub(output.mul(x.sign().add(inverse))))),
  samples: [signed, uniform([17], -20, 20)],
  torch: 'torch.special.i1e(x0)',
})

/** e^|x| in two factors, so that it is infinite only where the result is; expm1 is exact on every backend. */
function unscaled(k: Primitives, input: Prim, fn: ScalarFn): Prim {
  const x = k.cast(input, 'float32')
  const half = k.add(k.unary('expm1', k.mul(k.abs(x), 0.5)), 1)
  return k.mul(k.mul(k.unary(fn, x), half), half)
}

export const i0 = defineOp({
  name: 'i0',
  infer: real,
  lower: (k, [x]) => unscaled(k, x!, 'i0e'),
  gradient: ({ inputs: [x], apply }, grad) => [grad.mul(apply(i1, [x!], null))],
  samples: everywhere(signed, uniform([17], -10, 10)),
  torch: 'torch.i0(x0)',
})

export const i1: OpRecord<null> = defineOp({
  name: 'i1',
  infer: real,
  lower: (k, [x]) => unscaled(k, x!, 'i1e'),
  gradient: ({ inputs: [x], output, apply }, grad) => [
    grad.mul(limitAtZero(x!, (inverse) => apply(i0, [x!], null).sub(output.mul(inverse)))),
  ],
  samples: everywhere(signed, uniform([17], -10, 10)),
  torch: 'torch.special.i1(x0)',
})
