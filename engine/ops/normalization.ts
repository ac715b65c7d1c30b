import type { Prim, Primitives } from '../compiler/primitive.ts'
import { numel, type Shape } from '../tensor/shape.ts'
import { defineOp, sameAsInput } from './define.ts'
import { edge, special, specialRows, specials, uniform } from './samples.ts'

interface StandardizeAttrs {
  /** Normalised and sorted. */
  readonly dims: readonly number[]
  /** Added to the variance. */
  readonly eps: number
}

function mean(k: Primitives, x: Prim, dims: readonly number[]): Prim {
  const count = dims.reduce((n, d) => n * x.shape[d]!, 1)
  return k.div(k.sum(x, dims), count)
}

/** The mean by distances from the first: exact where all are equal, and their distances from it are 0. Not of no elements. */
function center(k: Primitives, x: Prim, dims: readonly number[]): Prim {
  if (numel(x.shape) === 0) return mean(k, x, dims)
  const first = k.shrink(
    x,
    x.shape.map((n, d) => [0, dims.includes(d) ? 1 : n]),
  )
  return k.add(mean(k, k.sub(x, k.expand(first, x.shape)), dims), first)
}

function standardized(k: Primitives, x: Prim, { dims, eps }: StandardizeAttrs): Prim {
  const centred = k.sub(x, k.expand(center(k, x, dims), x.shape))
  const scale = k.div(1, k.sqrt(k.add(mean(k, k.mul(centred, centred), dims), eps)))
  return k.mul(centred, k.expand(scale, x.shape))
}

/**
 * (x − mean) / √(variance + eps) over `dims`, with the biased variance: what the normalising layers share. The gradient is
 * Ioffe & Szegedy's (2015, https://arxiv.org/abs/1502.03167, section 3) with its sums gathered.
 */
export const standardize = defineOp<StandardizeAttrs>({
  name: 'standardize',
  floats: 'all',
  infer: sameAsInput,
  lower: (k, [x], attrs) => standardized(k, x!, attrs),
  gradient: ({ inputs: [x], output, attrs: { dims, eps } }, grad) => {
    const scale = x!.var(dims, { correction: 0, keepdim: true }).add(eps).pow(-0.5)
    const along = output.mul(grad.mul(output).mean(dims, true))
    return [grad.sub(grad.mean(dims, true)).sub(along).mul(scale)]
  },
  samples: [
    { inputs: [uniform([4, 3])], attrs: { dims: [0], eps: 1e-5 } },
    { inputs: [uniform([2, 3, 4, 5])], attrs: { dims: [0, 2, 3], eps: 1e-5 } },
    { inputs: [uniform([3, 7])], attrs: { dims: [1], eps: 0.1 } },
    { inputs: [specialRows], attrs: { dims: [1], eps: 1e-5 } },
    ...specials.map((input) => ({ inputs: [input], attrs: { dims: [0], eps: 1e-5 } })),
    { inputs: [uniform([0, 3])], attrs: { dims: [1], eps: 1e-5 } },
    { inputs: [uniform([3, 0])], attrs: { dims: [1], eps: 1e-5 } },
    { inputs: [uniform([3, 1])], attrs: { dims: [1], eps: 1e-5 } },
    { inputs: [uniform([1])], attrs: { dims: [0], eps: 1e-5 } },
  ],
  torch: '(x0 - x0.mean(dims, True)) / torch.sqrt(x0.var(dims, False, True) + eps)',
})

const allButChannels = (shape: Shape): number[] => shape.flatMap((_, i) => (i === 1 ? [] : [i]))

/** [C] beside [N, C, …]. */
const beside = (shape: Shape): number[] => shape.slice(1).map((n, i) => (i === 0 ? n : 1))

/**
 * Each channel of x [N, C, …] standardised over everything else, times weight [C], plus bias [C]. An op of its own because
 * the gradient in x can then use the sums that are the gradients of weight and bias.
 */
export const batchNorm = defineOp<{ readonly eps: number }>({
  name: 'batchNorm',
  floats: 'all',
  infer: sameAsInput,
  lower: (k, [x, weight, bias], { eps }) => {
    const { shape } = x!
    const perChannel = (t: Prim): Prim => k.expand(k.reshape(t, beside(shape)), shape)
    const standard = standardized(k, x!, { dims: allButChannels(shape), eps })
    return k.add(k.mul(standard, perChannel(weight!)), perChannel(bias!))
  },
  gradient: ({ inputs: [x, weight], attrs: { eps }, apply }, grad) => {
    const { shape } = x!
    const dims = allButChannels(shape)
    const standard = apply(standardize, [x!], { dims, eps })
    const ofBias = grad.sum(dims, true)
    const ofWeight = grad.mul(standard).sum(dims, true)
    const scale = x!
      .var(dims, { correction: 0, keepdim: true })
      .add(eps)
      .pow(-0.5)
      .mul(weight!.reshape(beside(shape)))
    const mean = ofBias.add(standard.mul(ofWeight)).div(x!.numel() / shape[1]!)
    return [grad.sub(mean).mul(scale), ofWeight.reshape(weight!.shape), ofBias.reshape(weight!.shape)]
  },
  samples: [
    { inputs: [uniform([6, 3]), uniform([3]), uniform([3], -1, 1)], attrs: { eps: 1e-5 } },
    { inputs: [uniform([2, 3, 4, 5]), uniform([3]), uniform([3], -1, 1)], attrs: { eps: 0.1 } },
    {
      inputs: [edge([...special, 1, 2, 3, 4, 2], [3, 4]), uniform([4]), uniform([4], -1, 1)],
      attrs: { eps: 1e-5 },
    },
    { inputs: [uniform([2, 1]), uniform([1]), uniform([1], -1, 1)], attrs: { eps: 1e-5 } },
  ],
  torch: 'torch.nn.functional.batch_norm(x0, None, None, x1, x2, True, 0.0, eps)',
})
