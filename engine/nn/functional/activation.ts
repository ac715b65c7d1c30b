import { defineFunction, defineWithOptions } from '../../functions/define.ts'
import { one, signed, special } from '../../functions/samples.ts'
import { uniform } from '../../ops/samples.ts'
import type { DType } from '../../tensor/dtype.ts'
import { formatShape, normalizeDim } from '../../tensor/shape.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { place } from './place.ts'

export interface InPlace {
  /** Puts the result into the input as well. */
  readonly inplace?: boolean
}

const kept = (input: Tensor, output: Tensor, { inplace = false }: InPlace): Tensor =>
  inplace ? input.copy_(output) : output

/** eˣ − 1 where x is negative, whose slope at 0 is the exponential's. */
const below = (x: Tensor): Tensor => x.gt(0).choose(0, x).expm1()

/** x where it is positive, elsewhere alpha · (eˣ − 1) (Clevert et al. 2016, https://arxiv.org/abs/1511.07289). Source: torch.nn.functional.elu. */
export const elu = defineWithOptions({
  name: 'elu',
  ...place,
  positional: ['alpha', 'inplace'],
  call: (input: Tensor, { alpha = 1, ...rest }: InPlace & { readonly alpha?: number }): Tensor =>
    kept(input, input.gt(0).choose(input, below(input).mul(alpha)), rest),
  samples: [[signed], [signed, 0.5], [uniform([4], 50, 200)]],
})

/** x where it is positive, elsewhere alpha · (exp(x / alpha) − 1). Source: torch.nn.functional.celu. */
export const celu = defineWithOptions({
  name: 'celu',
  ...place,
  positional: ['alpha', 'inplace'],
  call: (input: Tensor, { alpha = 1, ...rest }: InPlace & { readonly alpha?: number }): Tensor =>
    kept(input, input.gt(0).choose(input, below(input.div(alpha)).mul(alpha)), rest),
  samples: [[signed], [signed, 0.5]],
})

const [seluScale, seluAlpha] = [1.0507009873554804934193349852946, 1.6732632423543772848170429916717]

/** elu scaled so that variances stay (Klambauer et al. 2017, https://arxiv.org/abs/1706.02515). Source: torch.nn.functional.selu. */
export const selu = defineWithOptions({
  name: 'selu',
  ...place,
  positional: ['inplace'],
  call: (input: Tensor, rest: InPlace): Tensor =>
    kept(input, input.gt(0).choose(input, below(input).mul(seluAlpha)).mul(seluScale), rest),
  samples: one(signed),
})

/** x where it is positive, elsewhere a part of it. Source: torch.nn.functional.leaky_relu. */
export const leakyRelu = defineWithOptions({
  name: 'leakyRelu',
  ...place,
  positional: ['negativeSlope', 'inplace'],
  call: (
    input: Tensor,
    { negativeSlope = 0.01, ...rest }: InPlace & { readonly negativeSlope?: number },
  ): Tensor => kept(input, input.gt(0).choose(input, input.mul(negativeSlope)), rest),
  samples: [[signed], [signed, 0.2], [special]],
})

/** As leakyRelu, by a part that is learned: one for all, or one for each channel of [N, C, …] (He et al. 2015, https://arxiv.org/abs/1502.01852). Source: torch.nn.functional.prelu. */
export const prelu = defineFunction({
  name: 'prelu',
  ...place,
  call(input: Tensor, weight: Tensor): Tensor {
    const channels = input.ndim < 2 ? 1 : input.shape[1]!
    if (weight.numel() !== 1 && weight.numel() !== channels)
      throw new RangeError(
        `prelu needs one weight, or one for each of ${channels} channels, not ${formatShape(weight.shape)}.`,
      )
    const slope =
      weight.numel() === 1 ? weight.reshape([]) : weight.reshape([-1, ...input.shape.slice(2).map(() => 1)])
    return input.gt(0).choose(input, input.mul(slope))
  },
  samples: [
    [signed, uniform([1])],
    [signed, uniform([4])],
    [uniform([2, 3, 4]), uniform([3])],
  ],
})

/** x between two bounds; at them there is no slope. Source: torch.nn.functional.hardtanh. */
export const hardtanh = defineWithOptions({
  name: 'hardtanh',
  ...place,
  positional: ['minVal', 'maxVal', 'inplace'],
  call(
    input: Tensor,
    { minVal = -1, maxVal = 1, ...rest }: InPlace & { readonly minVal?: number; readonly maxVal?: number },
  ): Tensor {
    const ends = input.detach().clamp(minVal, maxVal)
    // A NaN is at neither end, and lets its gradient through.
    const isAtEnd = input.le(minVal).logicalOr(input.ge(maxVal))
    return kept(input, isAtEnd.choose(ends, input), rest)
  },
  samples: [[signed], [signed, -0.5, 0.25], [special]],
})

/** x between 0 and 6, element by element, in x's shape. Source: torch.nn.functional.relu6. */
export const relu6 = defineWithOptions({
  name: 'relu6',
  ...place,
  positional: ['inplace'],
  call: (input: Tensor, rest: InPlace): Tensor => hardtanh(input, 0, 6, rest),
  samples: one(signed, uniform([5], 4, 8)),
})

/** A sigmoid of straight lines: (x + 3) / 6 between 0 and 1. Source: torch.nn.functional.hardsigmoid. */
export const hardsigmoid = defineWithOptions({
  name: 'hardsigmoid',
  ...place,
  positional: ['inplace'],
  call: (input: Tensor, rest: InPlace): Tensor => kept(input, relu6(input.add(3)).div(6), rest),
  samples: one(signed, uniform([9], -5, 5)),
})

/** x · hardsigmoid(x) (Howard et al. 2019, https://arxiv.org/abs/1905.02244). Source: torch.nn.functional.hardswish. */
export const hardswish = defineWithOptions({
  name: 'hardswish',
  ...place,
  positional: ['inplace'],
  call: (input: Tensor, rest: InPlace): Tensor => kept(input, input.mul(relu6(input.add(3))).div(6), rest),
  samples: one(signed, uniform([9], -5, 5)),
})

/** x, but 0 within ±lambd, 0.5 by default, element by element, in x's shape. Source: torch.nn.functional.hardshrink. */
export const hardshrink = defineWithOptions({
  name: 'hardshrink',
  ...place,
  positional: ['lambd'],
  call: (input: Tensor, { lambd = 0.5 }: { readonly lambd?: number }): Tensor =>
    input.ge(-lambd).logicalAnd(input.le(lambd)).choose(0, input),
  samples: [[signed], [signed, 1], [special, 1]],
})

/** x drawn toward 0 by lambd, 0.5 by default, and 0 within it, element by element, in x's shape. Source: torch.nn.functional.softshrink. */
export const softshrink = defineWithOptions({
  name: 'softshrink',
  ...place,
  positional: ['lambd'],
  call: (input: Tensor, { lambd = 0.5 }: { readonly lambd?: number }): Tensor =>
    input.gt(lambd).choose(input.sub(lambd), input.lt(-lambd).choose(input.add(lambd), input.mul(0))),
  samples: [[signed], [signed, 1]],
})

/** x − tanh(x), element by element, in x's shape. Source: torch.nn.functional.tanhshrink. */
export const tanhshrink = defineFunction({
  name: 'tanhshrink',
  ...place,
  call: (input: Tensor): Tensor => input.sub(input.tanh()),
  samples: one(signed),
})

/** x / (1 + |x|), from −1 to 1, element by element, in x's shape. Source: torch.nn.functional.softsign. */
export const softsign = defineFunction({
  name: 'softsign',
  ...place,
  call: (input: Tensor): Tensor => input.div(input.abs().add(1)),
  samples: one(signed),
})

/** ln(1 + exp(beta · x)) / beta; x itself beyond the threshold, where both are one. Source: torch.nn.functional.softplus. */
export const softplus = defineWithOptions({
  name: 'softplus',
  ...place,
  positional: ['beta', 'threshold'],
  call(
    input: Tensor,
    { beta = 1, threshold = 20 }: { readonly beta?: number; readonly threshold?: number },
  ): Tensor {
    const scaled = input.mul(beta)
    const isLarge = scaled.gt(threshold)
    return isLarge.choose(input, isLarge.choose(0, scaled).exp().log1p().div(beta))
  },
  samples: [[signed], [signed, 2, 1], [uniform([9], -40, 40)]],
})

/** ln(sigmoid(x)), without overflow, element by element, in x's shape. Source: torch.nn.functional.logsigmoid. */
export const logsigmoid = defineFunction({
  name: 'logsigmoid',
  ...place,
  call(input: Tensor): Tensor {
    const isNegative = input.lt(0)
    return isNegative.choose(input, 0).sub(isNegative.choose(input, input.neg()).exp().log1p())
  },
  samples: one(signed, uniform([9], -100, 100)),
})

/** x · sigmoid(x) (Elfwing et al. 2017, https://arxiv.org/abs/1702.03118). Source: torch.nn.functional.silu. */
export const silu = defineWithOptions({
  name: 'silu',
  ...place,
  positional: ['inplace'],
  call: (input: Tensor, rest: InPlace): Tensor => kept(input, input.mul(input.sigmoid()), rest),
  samples: one(signed),
})

/** x · tanh(softplus(x)) (Misra 2019, https://arxiv.org/abs/1908.08681). Source: torch.nn.functional.mish. */
export const mish = defineWithOptions({
  name: 'mish',
  ...place,
  positional: ['inplace'],
  call: (input: Tensor, rest: InPlace): Tensor => kept(input, input.mul(softplus(input).tanh()), rest),
  samples: one(signed, uniform([9], -30, 30)),
})

/** x where it is beyond the threshold, elsewhere `value`. Source: torch.nn.functional.threshold. */
export const threshold = defineWithOptions({
  name: 'threshold',
  ...place,
  positional: ['inplace'],
  call: (input: Tensor, limit: number, value: number, rest: InPlace): Tensor =>
    kept(input, input.le(limit).choose(value, input), rest),
  samples: [[signed, 0.1, -2]],
})

/** One half of a dimension times the sigmoid of the other (Dauphin et al. 2017, https://arxiv.org/abs/1612.08083). Source: torch.nn.functional.glu. */
export const glu = defineWithOptions({
  name: 'glu',
  ...place,
  positional: ['dim'],
  call(input: Tensor, { dim = -1 }: { readonly dim?: number }): Tensor {
    const d = normalizeDim(dim, input.ndim)
    const half = input.shape[d]! / 2
    if (!Number.isInteger(half))
      throw new RangeError(`glu halves dimension ${dim} of ${formatShape(input.shape)}, which is odd.`)
    return input.narrow(d, 0, half).mul(input.narrow(d, half, half).sigmoid())
  },
  samples: [[signed], [uniform([4, 3]), 0]],
})

/**
 * softmax(−x) along `dim`: numbers from 0 to 1 that add up to 1, in x's shape. Errors: a RangeError for a dimension that is none, or not
 * given. Source: torch.nn.functional.softmin.
 */
export const softmin = defineWithOptions({
  name: 'softmin',
  ...place,
  positional: [],
  named: ['dtype'],
  call: (input: Tensor, dim: number, { dtype }: { readonly dtype?: DType }): Tensor =>
    (dtype ? input.to(dtype) : input).neg().softmax(dim),
  samples: [[signed, 1]],
})
