import { readArguments, type Arguments, type Signature } from '../../tensor/arguments.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { dropout } from './dropout.ts'

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

const order = ['attnMask', 'dropoutP', 'isCausal'] as const
const attentionSignature: Signature<AttentionOptions> = {
  name: 'scaledDotProductAttention',
  positional: order,
  named: ['scale'],
}

/**
 * softmax(Q·Kᵀ / √width)·V for query [.., queries, width], key [.., keys, width] and value [.., keys, depth]
 * (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762). A query whose keys are all masked gives NaN.
 * Source: torch.nn.functional.scaled_dot_product_attention.
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  ...rest: Arguments<AttentionOptions, typeof order>
): Tensor {
  const options = readArguments<AttentionOptions>(attentionSignature, rest)
  const { attnMask, dropoutP = 0, isCausal = false, scale = 1 / Math.sqrt(query.shape.at(-1)!) } = options
  // The smaller operand is scaled: queries, not scores.
  const scaled = query.mul(scale)
  let scores = scaled.matmul(key.transpose(-2, -1))
  if (attnMask)
    scores = attnMask.dtype === 'float32' ? scores.add(attnMask) : attnMask.choose(scores, -Infinity)
  if (isCausal) scores = causalMask(scores).choose(scores, -Infinity)
  return dropout(scores.softmax(-1), dropoutP).matmul(value)
}

/** [queries, keys], true on the diagonal and before it. */
function causalMask(scores: Tensor): Tensor {
  const [queries, keys] = scores.shape.slice(-2) as [number, number]
  return scores.newArange(keys).le(scores.newArange(queries).unsqueeze(1))
}
