/** torch.special: functions that PyTorch has there only, and second names of others. None of them is a method of tensors. */
import * as ops from '../ops/index.ts'
import { edge, uniform } from '../ops/samples.ts'
import { alias, defineFunction } from '../functions/define.ts'
import { broadcast, applyUnary, operand, type Operand } from '../functions/operands.ts'
import { sigmoid } from '../functions/pointwise.ts'
import { one, pairs, positive, signed, unit } from '../functions/samples.ts'
import { digamma as digammaOf, erfc as erfcOf, lgamma, mvlgamma } from '../functions/transcendental.ts'
import { apply, type Tensor } from '../tensor/core.ts'

export { exp2, erf, logit } from '../functions/pointwise.ts'
export { sinc, xlogy } from '../functions/special.ts'
export { digamma, erfc, erfinv, expm1, i0, log1p } from '../functions/transcendental.ts'
export { round } from '../functions/arithmetic.ts'
export { logSoftmax, logsumexp, softmax } from '../functions/reduction.ts'

const place = { torch: 'torch.special', isMethod: false } as const

/** As sigmoid: 1 / (1 + e⁻ˣ), element by element. Source: torch.special.expit. */
export const expit = alias('expit', sigmoid, [[signed]], place)
/** As lgamma: ln |Γ(x)|, element by element. Source: torch.special.gammaln. */
export const gammaln = alias('gammaln', lgamma, [[positive]], place)
/** As digamma, the derivative of ln Γ, element by element. Source: torch.special.psi. */
export const psi = alias('psi', digammaOf, [[positive]], place)
/**
 * As mvlgamma: ln Γₚ(x) of the multivariate gamma function of p dimensions. Errors: a RangeError for a p that is no whole number from 1.
 * Source: torch.special.multigammaln.
 */
export const multigammaln = alias('multigammaln', mvlgamma, [[uniform([3, 4], 1.1, 5), 3]], place)

/**
 * The n-th derivative of digamma, n = 0, 1, …; the tensor may come first, as it does in PyTorch's method.
 * Errors: a RangeError for another n. Source: torch.special.polygamma, torch.Tensor.polygamma.
 */
export const polygamma = defineFunction({
  name: 'polygamma',
  widens: true,
  isMethod: false,
  call(first: number | Tensor, second: number | Tensor): Tensor {
    const [n, input] = (typeof first === 'number' ? [first, second] : [second, first]) as [number, Tensor]
    if (!Number.isInteger(n) || n < 0)
      throw new RangeError(`polygamma: n is a whole number from 0 up, not ${n}.`)
    return n === 0 ? digammaOf(input) : apply(ops.polygamma, [input], { n })
  },
  samples: [
    [0, positive],
    [1, uniform([3, 4], 0.2, 3)],
    [2, uniform([3, 4], 0.5, 3)],
  ],
})

/** erfc · e^(x²), which is not 0 where erfc is, element by element. Source: torch.special.erfcx. */
export const erfcx = defineFunction({
  name: 'erfcx',
  ...place,
  call: (input: Tensor): Tensor => applyUnary(ops.erfcx, input),
  samples: one(signed, uniform([17], -4, 20)),
})

/** The share of the normal distribution below x, from 0 to 1, element by element. Source: torch.special.ndtr. */
export const ndtr = defineFunction({
  name: 'ndtr',
  widens: true,
  ...place,
  call: (input: Tensor): Tensor => erfcOf(input.mul(-Math.SQRT1_2)).mul(0.5),
  samples: one(signed, uniform([17], -8, 8)),
})

/** ln ndtr, exact far below 0 too, element by element. Source: torch.special.log_ndtr. */
export const logNdtr = defineFunction({
  name: 'logNdtr',
  widens: true,
  ...place,
  call(input: Tensor): Tensor {
    const isLow = input.lt(-1)
    // The branch that is not taken must not make NaN of the other's gradient.
    const low = isLow.choose(input, -1)
    const tail = erfcx(low.mul(-Math.SQRT1_2)).mul(0.5).log().sub(low.square().mul(0.5))
    const share = erfcOf(isLow.choose(0, input).mul(Math.SQRT1_2)).mul(-0.5)
    return isLow.choose(tail, share.log1p())
  },
  samples: one(signed, uniform([17], -20, 8)),
})

/** The number below which the share `input` of the normal distribution is; NaN outside 0 … 1. Source: torch.special.ndtri. */
export const ndtri = defineFunction({
  name: 'ndtri',
  ...place,
  call: (input: Tensor): Tensor => applyUnary(ops.ndtri, input),
  samples: one(uniform([3, 4], 0.05, 0.95), edge([0.5, 1e-10, 0.999])),
})

/** −x·ln x in nats, 0 at 0 and −∞ below, element by element. Source: torch.special.entr. */
export const entr = defineFunction({
  name: 'entr',
  widens: true,
  ...place,
  call: (input: Tensor): Tensor => applyUnary(ops.entr, input),
  samples: one(positive, edge([0, 1, -1, 0.5])),
})

/** input · ln(1 + other), 0 where input is 0. Shapes broadcast. Source: torch.special.xlog1py. */
export const xlog1py = defineFunction({
  name: 'xlog1py',
  widens: true,
  ...place,
  call(input: Operand, other: Operand): Tensor {
    const model = typeof input === 'object' ? input : (other as Tensor)
    const [x, y] = broadcast('xlog1py', operand(input, model), operand(other, model)) as [Tensor, Tensor]
    // Elsewhere the product is 0 by itself, and has a slope.
    const isNothing = x.eq(0).logicalAnd(y.le(-1).logicalOr(y.eq(Infinity)))
    return isNothing.choose(0, x.mul(isNothing.choose(0, y).log1p()))
  },
  samples: [...pairs(-0.9, 3), [positive, 2], [edge([0, 1, 0, 2]), edge([1, 2, NaN, 3])]],
})

/** i0 · e^(−|x|), which does not overflow, element by element. Source: torch.special.i0e. */
export const i0e = defineFunction({
  name: 'i0e',
  ...place,
  call: (input: Tensor): Tensor => applyUnary(ops.i0e, input),
  samples: one(signed, uniform([17], -20, 20)),
})

/** The modified Bessel function of the first kind and order 1, element by element; i1e does not overflow. Source: torch.special.i1. */
export const i1 = defineFunction({
  name: 'i1',
  widens: true,
  ...place,
  call: (input: Tensor): Tensor => applyUnary(ops.i1, input),
  samples: one(signed, uniform([17], -20, 20)),
})

/** i1 · e^(−|x|), which does not overflow, element by element. Source: torch.special.i1e. */
export const i1e = defineFunction({
  name: 'i1e',
  ...place,
  call: (input: Tensor): Tensor => applyUnary(ops.i1e, input),
  samples: one(signed, uniform([17], -20, 20), unit),
})
