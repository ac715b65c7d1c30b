import { readArguments, wholeNumber, type Arguments, type Signature } from '../tensor/arguments.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { numberWithin, onlyDefaults, yesOrNo } from './checks.ts'
import { linear, scaledDotProductAttention } from './functional.ts'
import { xavierUniform, zeroParameter, type DeviceOption } from './init.ts'
import { Linear } from './linear.ts'
import { Module } from './module.ts'

export interface AttentionMasks {
  /** bool [rows, keys]: true for keys nobody may look at, such as padding. */
  readonly keyPaddingMask?: Tensor
  /** [queries, keys]: bool, true where looking is not allowed; or numbers that are added to the scores. */
  readonly attnMask?: Tensor
}

export interface AttentionLayerOptions extends DeviceOption {
  /** Of the attention weights, while training; 0 by default. */
  readonly dropout?: number
  /** true by default. */
  readonly bias?: boolean
  /** Only false. */
  readonly addBiasKv?: false
  /** Only false. */
  readonly addZeroAttn?: false
  /** Only the width of the queries. */
  readonly kdim?: number
  /** Only the width of the queries. */
  readonly vdim?: number
  /** [rows, positions, width] instead of [positions, rows, width]. */
  readonly batchFirst?: boolean
}
const attentionOrder = ['dropout', 'bias', 'addBiasKv', 'addZeroAttn', 'kdim', 'vdim', 'batchFirst'] as const
export const multiheadAttentionSignature: Signature<AttentionLayerOptions> = {
  name: 'MultiheadAttention',
  positional: attentionOrder,
  named: ['device'],
}

/** A Linear in every respect but that PyTorch prints it by another name, for the sake of its quantization. */
class OutProjection extends Linear {
  static override readonly name = 'Linear'
  protected override typeName(): string {
    return 'NonDynamicallyQuantizableLinear'
  }
}

/**
 * Attention in several subspaces at once: query [queries, rows, embedDim], key and value [keys, rows, embedDim], to
 * [queries, rows, embedDim]; with `batchFirst` rows come first. inProjWeight [3·embedDim, embedDim] (query, key, value)
 * starts Xavier-uniform, inProjBias and the bias of outProj zero.
 * Source: torch.nn.MultiheadAttention.
 */
export class MultiheadAttention extends Module<
  [query: Tensor, key: Tensor, value: Tensor, masks?: AttentionMasks],
  Tensor
> {
  readonly embedDim: number
  readonly numHeads: number
  readonly dropout: number
  readonly batchFirst: boolean
  readonly inProjWeight: Tensor
  readonly inProjBias: Tensor | undefined
  readonly outProj: Linear
  constructor(
    embedDim: number,
    numHeads: number,
    ...rest: Arguments<AttentionLayerOptions, typeof attentionOrder>
  ) {
    super()
    const options = readArguments<AttentionLayerOptions>(multiheadAttentionSignature, rest)
    onlyDefaults<AttentionLayerOptions>('MultiheadAttention', options, {
      addBiasKv: false,
      addZeroAttn: false,
      kdim: embedDim,
      vdim: embedDim,
    })
    const { dropout = 0, bias = true, batchFirst = false, device } = options
    this.embedDim = wholeNumber('embedDim', embedDim, 1)
    this.numHeads = wholeNumber('numHeads', numHeads, 1)
    if (embedDim % numHeads !== 0)
      throw new RangeError(`A width of ${embedDim} does not divide into ${numHeads} heads.`)
    this.dropout = numberWithin('dropout', dropout, 0, 1)
    this.batchFirst = yesOrNo('batchFirst', batchFirst)
    this.inProjWeight = xavierUniform([3 * embedDim, embedDim], { device })
    this.inProjBias = yesOrNo('bias', bias) ? zeroParameter([3 * embedDim], { device }) : undefined
    this.outProj = new OutProjection(embedDim, embedDim, { bias, device })
    const start = this.outProj.bias
    if (start) noGrad(() => start.zero_())
  }

  forward(query: Tensor, key: Tensor, value: Tensor, masks: AttentionMasks = {}): Tensor {
    const width = this.embedDim
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
    const width = this.embedDim
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
      const projected = linear(input, rows(this.inProjWeight), this.inProjBias && rows(this.inProjBias))
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
