/** What PyTorch's normalization is made of: the result, and what was measured for it, which has no gradient. */
import { defineFunction } from '../../functions/define.ts'
import { uniform } from '../../ops/samples.ts'
import type { Shape } from '../../tensor/shape.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { batchNorm, layerNorm } from './normalization.ts'

const given = (weight: Tensor | null, bias: Tensor | null): { weight?: Tensor; bias?: Tensor } => ({
  ...(weight ? { weight } : {}),
  ...(bias ? { bias } : {}),
})

/** 1 / √(variance + eps). */
const inverse = (variance: Tensor, eps: number): Tensor => variance.add(eps).rsqrt()

/** layerNorm, the mean of each row, and 1 / √(its variance + eps), in a list. Source: torch.native_layer_norm. Errors: as layerNorm. */
export const nativeLayerNorm = defineFunction({
  name: 'nativeLayerNorm',
  isMethod: false,
  call(
    input: Tensor,
    normalizedShape: Shape,
    weight: Tensor | null,
    bias: Tensor | null,
    eps: number,
  ): readonly [Tensor, Tensor, Tensor] {
    const output = layerNorm(input, normalizedShape, { ...given(weight, bias), eps })
    const dims = normalizedShape.map((_, i) => input.ndim - normalizedShape.length + i)
    const x = input.detach()
    return [output, x.mean(dims, true), inverse(x.var(dims, { correction: 0, keepdim: true }), eps)]
  },
  samples: [
    [uniform([2, 3, 4]), [4], uniform([4]), uniform([4]), 1e-5],
    [uniform([2, 3, 4]), [3, 4], null, uniform([3, 4]), 0.5],
    [uniform([3]), [3], null, null, 1e-5],
  ],
})

/** batchNorm, the mean of each channel while training (else nothing), and 1 / √(its variance + eps), in a list. Source: torch.native_batch_norm. Errors: as batchNorm. */
export const nativeBatchNorm = defineFunction({
  name: 'nativeBatchNorm',
  isMethod: false,
  call(
    input: Tensor,
    weight: Tensor | null,
    bias: Tensor | null,
    runningMean: Tensor | null,
    runningVar: Tensor | null,
    training: boolean,
    momentum: number,
    eps: number,
  ): readonly [Tensor, Tensor, Tensor] {
    const options = { ...given(weight, bias), training, momentum, eps }
    const output = batchNorm(input, runningMean, runningVar, options)
    const dims = input.shape.flatMap((_, i) => (i === 1 ? [] : [i]))
    const x = input.detach()
    if (!training) return [output, input.newFull([0], 0), input.newFull([0], 0)]
    return [output, x.mean(dims), inverse(x.var(dims, { correction: 0 }), eps)]
  },
  samples: [
    [uniform([2, 3, 4]), uniform([3]), uniform([3]), null, null, true, 0.1, 1e-5],
    [uniform([4, 2]), null, null, null, null, true, 0.1, 0.5],
  ],
})
