/** What attention takes of each key: masked, scaled, softmax. */
import { isFloating } from '../../tensor/dtype.ts'
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
  /** Whether several heads of the query look at each head of key and value, the third dimension from the end; false by default. */
  readonly enableGqa?: boolean
}

/** How much each query takes of each key, [.., queries, keys]. */
export function attentionWeights(query: Tensor, key: Tensor, options: AttentionOptions): Tensor {
  const { attnMask, dropoutP = 0, isCausal = false, scale = 1 / Math.sqrt(query.shape.at(-1)!) } = options
  // The smaller operand is scaled: queries, not scores.
  const scaled = query.mul(scale)
  let scores = scaled.matmul(key.transpose(-2, -1))
  if (attnMask)
    scores = isFloating(attnMask.dtype) ? scores.add(attnMask) : attnMask.choose(scores, -Infinity)
  if (isCausal) scores = causalMask(scores).choose(scores, -Infinity)
  return dropout(scores.softmax(-1), dropoutP)
}

/** [queries, keys], true on the diagonal and before it. */
function causalMask(scores: Tensor): Tensor {
  const [queries, keys] = scores.shape.slice(-2) as [number, number]
  return scores.newArange(keys).le(scores.newArange(queries).unsqueeze(1))
}
