import { defineWithOptions } from '../../functions/define.ts'
import { booleans, uniform } from '../../ops/samples.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { dropout } from './dropout.ts'
import { place } from './place.ts'

export interface AttentionOptions {
  /** Broadcasts to [.., queries, keys]: true where a key may be looked at, or numbers that are added to the scores. */
  readonly attnMask?: Tensor
  /** Of the weights; 0 by default. Give it only while training. */
  readonly dropoutP?: number
  /** Each position looks only at itself and what is before it. */
  readonly isCausal?: boolean
  /** Multiplies the scores; 1 / √width by default. */
  readonly scale?: number
}

/** The same by its definition: PyTorch has it since 2.0. */
const inPython = `lambda q, k, v, attn_mask=None, dropout_p=0, is_causal=False, scale=None: (
    (q @ k.transpose(-2, -1)) * (q.shape[-1] ** -0.5 if scale is None else scale)
    + (0 if attn_mask is None else attn_mask if attn_mask.is_floating_point() else torch.zeros(()).where(attn_mask, torch.tensor(-torch.inf)))
    + (torch.full((q.shape[-2], k.shape[-2]), -torch.inf).triu(1) if is_causal else 0)
).softmax(-1) @ v`

const triple = [uniform([2, 3, 4]), uniform([2, 5, 4]), uniform([2, 5, 3])] as const
// Each query may look at its last key at least.
const some = booleans([3, 5])
const allowed = { ...some, values: some.values.map((v, i) => (i % 5 === 4 ? 1 : v)) }

/**
 * softmax(Q·Kᵀ / √width)·V for query [.., queries, width], key [.., keys, width] and value [.., keys, depth]
 * (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762). A query whose keys are all masked gives NaN.
 * Source: torch.nn.functional.scaled_dot_product_attention.
 */
export const scaledDotProductAttention = defineWithOptions({
  name: 'scaledDotProductAttention',
  ...place,
  python: inPython,
  positional: ['attnMask', 'dropoutP', 'isCausal'],
  named: ['scale'],
  call(query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions): Tensor {
    const { attnMask, dropoutP = 0, isCausal = false, scale = 1 / Math.sqrt(query.shape.at(-1)!) } = options
    // The smaller operand is scaled: queries, not scores.
    const scaled = query.mul(scale)
    let scores = scaled.matmul(key.transpose(-2, -1))
    if (attnMask)
      scores = attnMask.dtype === 'float32' ? scores.add(attnMask) : attnMask.choose(scores, -Infinity)
    if (isCausal) scores = causalMask(scores).choose(scores, -Infinity)
    return dropout(scores.softmax(-1), dropoutP).matmul(value)
  },
  samples: [
    triple,
    [...triple, uniform([3, 5])],
    [...triple, allowed],
    [...triple, { scale: 0.3 }],
    [uniform([4, 2]), uniform([4, 2], -1, 1), uniform([4, 3]), null, 0, true],
    [uniform([1, 2, 1, 2]), uniform([1, 2, 1, 2], -1, 1), uniform([1, 2, 1, 1])],
  ],
})

/** [queries, keys], true on the diagonal and before it. */
function causalMask(scores: Tensor): Tensor {
  const [queries, keys] = scores.shape.slice(-2) as [number, number]
  return scores.newArange(keys).le(scores.newArange(queries).unsqueeze(1))
}
