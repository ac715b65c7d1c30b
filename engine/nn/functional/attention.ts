import { defineWithOptions } from '../../functions/define.ts'
import { booleans, uniform } from '../../ops/samples.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { attentionWeights, type AttentionOptions } from './attention-weights.ts'
import { place } from './place.ts'

/** The same by its definition: PyTorch has it since 2.0. */
const inPython = `lambda q, k, v, attn_mask=None, dropout_p=0, is_causal=False, scale=None, enable_gqa=False: (lambda k, v: (
    (q @ k.transpose(-2, -1)) * (q.shape[-1] ** -0.5 if scale is None else scale)
    + (0 if attn_mask is None else attn_mask if attn_mask.is_floating_point() else torch.zeros(()).where(attn_mask, torch.tensor(-torch.inf)))
    + (torch.full((q.shape[-2], k.shape[-2]), -torch.inf).triu(1) if is_causal else 0)
).softmax(-1) @ v)(*(t.repeat_interleave(q.shape[-3] // t.shape[-3], -3) if enable_gqa else t for t in (k, v)))`

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
  named: ['scale', 'enableGqa'],
  call(query: Tensor, key: Tensor, value: Tensor, { enableGqa, ...options }: AttentionOptions): Tensor {
    const forEach = (heads: Tensor): Tensor => (enableGqa ? sharedHeads(heads, query) : heads)
    return attentionWeights(query, forEach(key), options).matmul(forEach(value))
  },
  samples: [
    triple,
    [...triple, uniform([3, 5])],
    [...triple, allowed],
    [...triple, { scale: 0.3 }],
    [uniform([4, 3, 4]), ...triple.slice(1), { enableGqa: true }],
    [uniform([4, 2]), uniform([4, 2], -1, 1), uniform([4, 3]), null, 0, true],
    [uniform([1, 2, 1, 2]), uniform([1, 2, 1, 2], -1, 1), uniform([1, 2, 1, 1])],
  ],
})

/** Each head of key or value so often as the query has heads for it. */
function sharedHeads(heads: Tensor, query: Tensor): Tensor {
  const [own, wanted] = [heads.shape.at(-3) ?? 1, query.shape.at(-3) ?? 1]
  if (wanted % own !== 0)
    throw new RangeError(
      `scaledDotProductAttention: ${wanted} heads of the query do not divide among ${own} of key and value.`,
    )
  return heads.repeatInterleave(wanted / own, -3)
}
