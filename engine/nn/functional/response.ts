/** Normalization by neighbors and by sample, and forms of two inputs. */
import { defineWithOptions } from '../../functions/define.ts'
import { einsum } from '../../functions/einsum.ts'
import * as ops from '../../ops/index.ts'
import { uniform } from '../../ops/samples.ts'
import { noGrad } from '../../tensor/grad-mode.ts'
import { formatShape } from '../../tensor/shape.ts'
import { apply, type Tensor } from '../../tensor/tensor.ts'
import { batchNorm } from './normalization.ts'
import { windowSums } from './windows.ts'
import { place } from './place.ts'

interface ResponseOptions {
  readonly alpha?: number
  readonly beta?: number
  readonly k?: number
}

/** x / (k + alpha · mean of the squares of `size` neighboring channels)^beta, of [N, C, …] (Krizhevsky et al. 2012). Source: torch.nn.functional.local_response_norm. Errors: a RangeError for fewer than 3 dimensions. */
export const localResponseNorm = defineWithOptions({
  name: 'localResponseNorm',
  ...place,
  positional: ['alpha', 'beta', 'k'],
  call(input: Tensor, size: number, { alpha = 1e-4, beta = 0.75, k = 1 }: ResponseOptions): Tensor {
    if (input.ndim < 3)
      throw new RangeError(`localResponseNorm takes [N, C, …], not ${formatShape(input.shape)}.`)
    if (input.numel() === 0) return input
    const before = Math.floor(size / 2)
    const squares = input
      .square()
      .pad(input.shape.map((_, i) => (i === 1 ? [before, size - 1 - before] : [0, 0])))
    const frame = { kernel: size, stride: 1, padding: 0, dilation: 1, ceilMode: false }
    const means = windowSums('localResponseNorm', squares, 1, frame).div(size)
    return input.div(means.mul(alpha).add(k).pow(beta))
  },
  samples: [
    [uniform([2, 5, 3]), 3],
    [uniform([1, 4, 2, 3]), 2, 0.5, 0.6, 2],
    [uniform([1, 3, 2]), 5, { alpha: 1 }],
  ],
})

interface InstanceOptions {
  readonly runningMean?: Tensor
  readonly runningVar?: Tensor
  readonly weight?: Tensor
  readonly bias?: Tensor
  /** Whether each sample is measured; else the running statistics count. true by default. */
  readonly useInputStats?: boolean
  readonly momentum?: number
  readonly eps?: number
}

/**
 * Normalizes each channel of each sample of [N, C, …] (Ulyanov et al. 2017, https://arxiv.org/abs/1607.08022); running
 * statistics [C] move toward the samples' mean. Source: torch.nn.functional.instance_norm.
 * Errors: a RangeError for fewer than 3 dimensions and for channels of one element.
 */
export const instanceNorm = defineWithOptions({
  name: 'instanceNorm',
  ...place,
  positional: ['runningMean', 'runningVar', 'weight', 'bias', 'useInputStats', 'momentum', 'eps'],
  call(input: Tensor, options: InstanceOptions): Tensor {
    const {
      runningMean,
      runningVar,
      weight,
      bias,
      useInputStats = true,
      momentum = 0.1,
      eps = 1e-5,
    } = options
    const [channels, extents] = [input.shape[1]!, input.shape.slice(2)]
    if (input.ndim < 3) throw new RangeError(`instanceNorm takes [N, C, …], not ${formatShape(input.shape)}.`)
    if (!useInputStats)
      return batchNorm(input, runningMean, runningVar, {
        ...(weight ? { weight } : {}),
        ...(bias ? { bias } : {}),
        eps,
      })
    const count = extents.reduce((n, extent) => n * extent, 1)
    if (count < 2)
      throw new RangeError(
        `instanceNorm needs more than one value per channel, not ${formatShape(input.shape)}.`,
      )
    const dims = extents.map((_, i) => 2 + i)
    if (runningMean && runningVar)
      noGrad(() => {
        const move = (running: Tensor, measured: Tensor): Tensor =>
          running.copy_(running.mul(1 - momentum).add(measured.mean(0).mul(momentum)))
        move(runningMean, input.mean(dims))
        move(runningVar, input.var(dims))
      })
    const perChannel = (t: Tensor): Tensor => t.reshape([channels, ...extents.map(() => 1)])
    const normalized = apply(ops.standardize, [input], { dims, eps })
    const scaled = weight ? normalized.mul(perChannel(weight)) : normalized
    return bias ? scaled.add(perChannel(bias)) : scaled
  },
  samples: [
    [uniform([2, 3, 4])],
    [uniform([2, 2, 3, 2]), { weight: uniform([2]), bias: uniform([2]), eps: 0.01 }],
  ],
})

/** x1ᵀ · A · x2 + bias for each of the rows, with weight [out, in1, in2]: [.., in1] and [.., in2] to [.., out]. Source: torch.nn.functional.bilinear. Errors: a RangeError for shapes that do not fit. */
export const bilinear = defineWithOptions({
  name: 'bilinear',
  ...place,
  widens: 'alone',
  positional: ['bias'],
  call(input1: Tensor, input2: Tensor, weight: Tensor, { bias }: { readonly bias?: Tensor }): Tensor {
    const made = einsum('...i,oij,...j->...o', input1, weight, input2)
    return bias ? made.add(bias) : made
  },
  samples: [
    [uniform([2, 3]), uniform([2, 4]), uniform([5, 3, 4]), uniform([5])],
    [uniform([3]), uniform([4]), uniform([2, 3, 4])],
    [uniform([2, 2, 3]), uniform([2, 2, 2]), uniform([1, 3, 2])],
    [uniform([0, 3]), uniform([0, 4]), uniform([2, 3, 4])],
  ],
})
