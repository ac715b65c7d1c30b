/** Stateless forms, as in torch.nn.functional. */
import * as ops from '../ops/index.ts'
import { defineVariadic } from '../functions/define.ts'
import { uniform } from '../ops/samples.ts'
import { refuseSurplus } from '../tensor/arguments.ts'
import { apply, type Tensor } from '../tensor/tensor.ts'
import { place } from './functional/place.ts'

export * from './functional/activation.ts'
export * from './functional/attention.ts'
export * from './functional/convolution.ts'
export * from './functional/convolution-transposed.ts'
export * from './functional/distances.ts'
export * from './functional/dropout.ts'
export { interpolate, unfold } from './functional/images.ts'
export * from './functional/losses.ts'
export * from './functional/max-over-time.ts'
export * from './functional/normalization.ts'
export { pad, type PadMode, type PadOptions } from './functional/pad.ts'
export { adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d } from './functional/adaptive.ts'
export { avgPool1d, avgPool2d, maxPool1d, maxPool2d } from './functional/pooling.ts'
export * from './functional/pooling-fractional.ts'
export * from './functional/pooling-volumes.ts'
export { maxUnpool1d, maxUnpool2d } from './functional/unpool.ts'
export * from './functional/ctc.ts'
export * from './functional/margins.ts'
export * from './functional/response.ts'
export * from './functional/sampling.ts'
export * from './functional/lookup.ts'
export * from './functional/noise.ts'
export * from './functional/shared.ts'
export * from './functional/weighed.ts'

/**
 * x·Wᵀ + b of x [.., in], weight [out, in] and bias [out]: [.., out]. Errors: a RangeError for extents that do not fit. Source:
 * torch.nn.functional.linear.
 */
export const linear = defineVariadic({
  name: 'linear',
  ...place,
  widens: 'alone',
  call(input: Tensor, weight: Tensor, bias?: Tensor | null, ...rest: readonly []): Tensor {
    refuseSurplus('linear', 3, [input, weight, bias, ...rest])
    return apply(ops.linear, bias ? [input, weight, bias] : [input, weight], null)
  },
  samples: [
    [uniform([2, 3]), uniform([4, 3]), uniform([4])],
    [uniform([2, 1, 3]), uniform([2, 3])],
    [uniform([3]), uniform([2, 3]), uniform([2])],
    [uniform([0, 3]), uniform([2, 3])],
  ],
})
