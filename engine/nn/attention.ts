import { noGrad } from '../tensor/grad-mode.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { zeros } from '../tensor/creation.ts'
import { linear, scaledDotProductAttention } from './functional.ts'
import { xavierUniform, type DeviceOption } from './init.ts'
import { Linear } from './linear.ts'
import { Module } from './module.ts'

export interface AttentionMasks {
  /** bool [rows, keys]: true for keys nobody may look at, such as padding. */
  readonly keyPaddingMask?: Tensor
  /** [queries, keys]: bool, true where looking is not allowed; or numbers that are added to the scores. */
  readonly attnMask?: Tensor
}

/**
 * Attention in several subspaces at once: query [queries, rows, embedDim], key and value [keys, rows, embedDim], to
 * [queries, rows, embedDim]; with `batchFirst` rows come first. inProjWeight [3·embedDim, embedDim] (query, key, value)
 * starts Xavier-uniform, inProjBias and the bias of outProj zero. `dropout` acts on the attention weights.
 * Source: torch.nn.MultiheadAttention.
 */
export class MultiheadAttention extends Module<
  [query: Tensor, key: Tensor, value: Tensor, masks?: AttentionMasks],
  Tensor
> {
  readonly numHeads: number
  readonly dropout: number
  readonly batchFirst: boolean
  readonly inProjWeight: Tensor
  readonly inProjBias: Tensor
  readonly outProj: Linear
  constructor(
    embedDim: number,
    numHeads: number,
    options: DeviceOption & { readonly dropout?: number; readonly batchFirst?: boolean } = {},
  ) {
    super()
    if (embedDim % numHeads !== 0)
      throw new RangeError(`A width of ${embedDim} does not divide into ${numHeads} heads.`)
    this.numHeads = numHeads
    this.dropout = options.dropout ?? 0
    this.batchFirst = options.batchFirst ?? false
    this.inProjWeight = xavierUniform([3 * embedDim, embedDim], options)
    this.inProjBias = zeros([3 * embedDim], { ...options, requiresGrad: true })
    this.outProj = new Linear(embedDim, embedDim, options)
    noGrad(() => this.outProj.bias!.zero_())
  }

  forward(query: Tensor, key: Tensor, value: Tensor, masks: AttentionMasks = {}): Tensor {
    const width = this.inProjWeight.shape[1]!
    for (const t of [query, key, value]) {
      if (t.ndim !== 3 || t.shape[2] !== width)
        throw new RangeError(
          `MultiheadAttention takes three dimensions, the last of ${width}, not ${formatShape(t.shape)}.`,
        )
    }
    const [q, k, v] = this.#project(query, key, value)
    const attended = scaledDotProductAttention(q, k, v, {
      ...this.#mask(masks),
      dropoutP: this.training ? this.dropout : 0,
    })
    // [rows, heads, queries, depth]
    const order = this.batchFirst ? [0, 2, 1, 3] : [2, 0, 1, 3]
    return this.outProj.forward(attended.permute(order).reshape(query.shape))
  }

  /** Each [rows, heads, positions, depth]. */
  #project(query: Tensor, key: Tensor, value: Tensor): [Tensor, Tensor, Tensor] {
    const width = this.inProjWeight.shape[1]!
    const heads = [this.numHeads, width / this.numHeads]
    if (query === key && key === value) {
      const all = linear(query, this.inProjWeight, this.inProjBias)
      const parts = all.reshape([...query.shape.slice(0, 2), 3, ...heads])
      const ordered = parts.permute(this.batchFirst ? [2, 0, 3, 1, 4] : [2, 1, 3, 0, 4])
      const part = (i: number): Tensor => ordered.slice(0, i, i + 1).squeeze(0)
      return [part(0), part(1), part(2)]
    }
    const one = (input: Tensor, i: number): Tensor => {
      const rows = (t: Tensor): Tensor => t.slice(0, i * width, (i + 1) * width)
      const projected = linear(input, rows(this.inProjWeight), rows(this.inProjBias))
      const split = projected.reshape([...input.shape.slice(0, 2), ...heads])
      return split.permute(this.batchFirst ? [0, 2, 1, 3] : [1, 2, 0, 3])
    }
    return [one(query, 0), one(key, 1), one(value, 2)]
  }

  /** Both masks as one over [rows, heads, queries, keys]; here true means what may be looked at. */
  #mask({ keyPaddingMask, attnMask }: AttentionMasks): { attnMask?: Tensor } {
    const keys = keyPaddingMask?.logicalNot().unsqueeze(1).unsqueeze(1)
    if (!attnMask) return keys ? { attnMask: keys } : {}
    if (attnMask.dtype !== 'float32') {
      const allowed = attnMask.logicalNot()
      return { attnMask: keys ? keys.logicalAnd(allowed) : allowed }
    }
    return { attnMask: keys ? keys.choose(attnMask, -Infinity) : attnMask }
  }
}
