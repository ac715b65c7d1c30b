/** What draws at random while training. The samples are of what is certain: nothing dropped, or no training. */
import { defineWithOptions, type FunctionInfo } from '../../functions/define.ts'
import { signed } from '../../functions/samples.ts'
import { uniform, type SampleInput } from '../../ops/samples.ts'
import { rand } from '../../tensor/random.ts'
import { formatShape, normalizeDim } from '../../tensor/shape.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { numberWithin } from '../checks.ts'
import { place } from './place.ts'

interface DropOptions {
  /** Of each to be dropped; 0.5 by default. */
  readonly p?: number
  readonly training?: boolean
  /** Puts the result into the input as well. */
  readonly inplace?: boolean
}

const dropping = { ...place, positional: ['p', 'training', 'inplace'] } as const
const kept = (input: Tensor, output: Tensor, inplace: boolean): Tensor =>
  inplace ? input.copy_(output) : output

/** Whether each stays: elements, or whole channels of [N, C, …]. */
const staying = (input: Tensor, p: number, channels: boolean): Tensor =>
  rand(channels ? input.shape.map((n, i) => (i < 2 ? n : 1)) : input.shape, { device: input.device }).ge(p)

/** Whole channels dropped of [N, C, …]; `single`: how many dimensions a sample without N has, if there may be one. */
function channelsDropped(
  name: string,
  input: Tensor,
  single: number | null,
  { p = 0.5, training = true, inplace = false }: DropOptions,
): Tensor {
  numberWithin(`${name}: p`, p, 0, 1)
  const isSingle = input.ndim === single
  if (!isSingle && input.ndim < 3)
    throw new RangeError(`${name} takes [N, C, …], not ${formatShape(input.shape)}.`)
  if (!training || p === 0) return input
  const batch = isSingle ? input.unsqueeze(0) : input
  const output = p === 1 ? batch.mul(0) : staying(batch, p, true).choose(batch.mul(1 / (1 - p)), 0)
  return kept(input, output.reshape(input.shape), inplace)
}

const drops = (sample: SampleInput): FunctionInfo['samples'] => [
  [sample, { p: 0 }],
  [sample, { training: false }],
  [sample, { p: 1 }],
]

/** Zeroes whole channels of [N, C, L] with probability p, and scales the others by 1/(1 − p). Source: torch.nn.functional.dropout1d. Errors: a RangeError for a p that is none. */
export const dropout1d = defineWithOptions({
  name: 'dropout1d',
  ...dropping,
  call: (input: Tensor, options: DropOptions): Tensor => channelsDropped('dropout1d', input, 2, options),
  samples: drops(uniform([2, 3, 4])),
})

/** As dropout1d, of [N, C, H, W]. Source: torch.nn.functional.dropout2d. Errors: as dropout1d. */
export const dropout2d = defineWithOptions({
  name: 'dropout2d',
  ...dropping,
  call: (input: Tensor, options: DropOptions): Tensor => channelsDropped('dropout2d', input, null, options),
  samples: drops(uniform([2, 3, 2, 2])),
})

/** As dropout1d, of [N, C, D, H, W]. Source: torch.nn.functional.dropout3d. Errors: as dropout1d. */
export const dropout3d = defineWithOptions({
  name: 'dropout3d',
  ...dropping,
  call: (input: Tensor, options: DropOptions): Tensor => channelsDropped('dropout3d', input, 4, options),
  samples: drops(uniform([1, 2, 2, 2, 2])),
})

/** What selu tends to far below 0: −scale · alpha. */
const lowest = -1.7580993408473766

/** Dropped elements become selu's lowest value; all are then moved so that mean and variance stay. */
function alphaDropped(name: string, input: Tensor, options: DropOptions, channels: boolean): Tensor {
  const { p = 0.5, training = false, inplace = false } = options
  numberWithin(`${name}: p`, p, 0, 1)
  if (!training || p === 0) return input
  if (p === 1) return kept(input, input.mul(0), inplace)
  const scale = 1 / Math.sqrt((lowest ** 2 * p + 1) * (1 - p))
  const dropped = staying(input, p, channels).choose(input, lowest)
  return kept(input, dropped.mul(scale).sub(lowest * p * scale), inplace)
}

/** Dropout that keeps mean and variance of what selu gives (Klambauer et al. 2017, https://arxiv.org/abs/1706.02515); training is false by default. Source: torch.nn.functional.alpha_dropout. Errors: a RangeError for a p that is none. */
export const alphaDropout = defineWithOptions({
  name: 'alphaDropout',
  ...dropping,
  call: (input: Tensor, options: DropOptions): Tensor => alphaDropped('alphaDropout', input, options, false),
  samples: [[signed], [signed, 0, true], [signed, 1, true]],
})

/** As alphaDropout, of whole channels of [N, C, …]. Source: torch.nn.functional.feature_alpha_dropout. Errors: as alphaDropout. */
export const featureAlphaDropout = defineWithOptions({
  name: 'featureAlphaDropout',
  ...dropping,
  call: (input: Tensor, options: DropOptions): Tensor =>
    alphaDropped('featureAlphaDropout', input, options, true),
  samples: [[uniform([2, 3, 4])], [uniform([2, 3, 4]), 0, true], [uniform([2, 3, 4]), 1, true]],
})

interface RreluOptions {
  readonly lower?: number
  readonly upper?: number
  readonly training?: boolean
  readonly inplace?: boolean
}

/** As leakyRelu by parts drawn between lower (1/8) and upper (1/3) while training, else by their mean (Xu et al. 2015, https://arxiv.org/abs/1505.00853). Source: torch.nn.functional.rrelu. Errors: a RangeError where lower is more than upper. */
export const rrelu = defineWithOptions({
  name: 'rrelu',
  ...place,
  positional: ['lower', 'upper', 'training', 'inplace'],
  call(input: Tensor, options: RreluOptions): Tensor {
    const { lower = 1 / 8, upper = 1 / 3, training = false, inplace = false } = options
    if (lower > upper) throw new RangeError(`rrelu: lower ${lower} must not be more than upper ${upper}.`)
    const slope = training
      ? rand(input.shape, { device: input.device })
          .mul(upper - lower)
          .add(lower)
      : (lower + upper) / 2
    return kept(input, input.gt(0).choose(input, input.mul(slope)), inplace)
  },
  samples: [[signed], [signed, 0.1, 0.3], [signed, { lower: 0.25, upper: 0.25, training: true }]],
})

interface GumbelOptions {
  /** The temperature; 1 by default. */
  readonly tau?: number
  /** Gives one-hot vectors, with the gradients of the soft ones. */
  readonly hard?: boolean
  /** Taken for the sake of PyTorch's programs, which does not use it either. */
  readonly eps?: number
  readonly dim?: number
}

/**
 * Softmax of scores with noise, by which a class is drawn and gradients still come (Jang et al. 2017,
 * https://arxiv.org/abs/1611.01144). Source: torch.nn.functional.gumbel_softmax.
 */
export const gumbelSoftmax = defineWithOptions({
  name: 'gumbelSoftmax',
  ...place,
  positional: ['tau', 'hard', 'eps', 'dim'],
  call(logits: Tensor, { tau = 1, hard = false, dim = -1 }: GumbelOptions): Tensor {
    const d = normalizeDim(dim, logits.ndim)
    // 1 − u is in (0, 1]; of 1 the noise is largest, and finite.
    const uniforms = rand(logits.shape, { device: logits.device }).neg().add(1)
    const noise = uniforms.log().neg().clamp({ min: 1e-38 }).log().neg()
    const soft = logits.add(noise).div(tau).softmax(d)
    if (!hard) return soft
    const winner = soft.detach().argmax(d, true)
    const along = logits.shape.map((_, i) => (i === d ? -1 : 1))
    const one = winner.eq(logits.newArange(logits.shape[d]!).reshape(along)).to('float32')
    return one.sub(soft.detach()).add(soft)
  },
  // Of one class nothing is drawn.
  samples: [[uniform([3, 1])], [uniform([1, 4]), 0.5, true, 1e-10, 0]],
})
