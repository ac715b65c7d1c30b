import type { Prim, Primitives } from '../compiler/primitive.ts'
import { defineOp, sameAsInput } from './define.ts'
import { uniform } from './samples.ts'

export interface StandardizeAttrs {
  /** Normalised and sorted. */
  readonly dims: readonly number[]
  /** Added to the variance. */
  readonly eps: number
}

function mean(k: Primitives, x: Prim, dims: readonly number[]): Prim {
  const count = dims.reduce((n, d) => n * x.shape[d]!, 1)
  return k.div(k.sum(x, dims), count)
}

/**
 * (x − mean) / √(variance + eps) over `dims`, with the biased variance: what batch, layer and group normalisation share. The
 * gradient is Ioffe & Szegedy's (2015, https://arxiv.org/abs/1502.03167, section 3) with its sums gathered.
 */
export const standardize = defineOp<StandardizeAttrs>({
  name: 'standardize',
  infer: (inputs) => {
    if (inputs[0]!.dtype !== 'float32')
      throw new TypeError(`Normalisation takes float32, not ${inputs[0]!.dtype}.`)
    return sameAsInput(inputs)
  },
  lower: (k, [x], { dims, eps }) => {
    const centred = k.sub(x!, k.expand(mean(k, x!, dims), x!.shape))
    const scale = k.div(1, k.sqrt(k.add(mean(k, k.mul(centred, centred), dims), eps)))
    return k.mul(centred, k.expand(scale, x!.shape))
  },
  gradient: ({ inputs: [x], output, attrs: { dims, eps } }, grad) => {
    const scale = x!.variance(dims, true, 0).add(eps).pow(-0.5)
    const along = output.mul(grad.mul(output).mean(dims, true))
    return [grad.sub(grad.mean(dims, true)).sub(along).mul(scale)]
  },
  samples: [
    { inputs: [uniform([4, 3])], attrs: { dims: [0], eps: 1e-5 } },
    { inputs: [uniform([2, 3, 4, 5])], attrs: { dims: [0, 2, 3], eps: 1e-5 } },
    { inputs: [uniform([3, 7])], attrs: { dims: [1], eps: 0.1 } },
  ],
  torch: '(x0 - x0.mean(dims, True)) / torch.sqrt(x0.var(dims, False, True) + eps)',
})
