import { uniform, values } from '../ops/samples.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import { formatShape, type Shape } from '../tensor/shape.ts'
import { isFloating } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { configure, defineModule } from './define.ts'
import { linear, scaledDotProductAttention } from './functional.ts'
import { xavierUniform, zeroParameter } from './init.ts'
import { Linear, onnxLinear } from './linear.ts'
import { Module } from './module.ts'
import type { OnnxNodes, OnnxValue } from './onnx.ts'
import { bias, device, fixed, fixedLike, flag, real, whole, type Rest } from './options.ts'
import { optionList } from './settle.ts'

export interface AttentionMasks {
  /** bool [rows, keys]: true for keys nobody may look at, such as padding. */
  readonly keyPaddingMask?: Tensor
  /** [queries, keys]: bool, true where looking is not allowed; or numbers that are added to the scores. */
  readonly attnMask?: Tensor
}

const attentionOptions = optionList(
  'MultiheadAttention',
  whole('embedDim', { help: 'How many numbers stand at each position.' }),
  whole('numHeads', { help: 'They are divided into so many parts, each with attention of its own.' }),
  real('dropout', {
    default: 0,
    least: 0,
    most: 1,
    help: 'The probability with which an attention weight is zeroed while training.',
  }),
  bias,
  fixed('addBiasKv', false),
  fixed('addZeroAttn', false),
  fixedLike('kdim', 'embedDim'),
  fixedLike('vdim', 'embedDim'),
  flag('batchFirst', {
    default: false,
    help: 'Whether input and output are [rows, positions, width] instead of [positions, rows, width].',
  }),
  device,
)

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
  constructor(embedDim: number, numHeads: number, ...rest: Rest<typeof attentionOptions>) {
    super()
    const options = configure(this, attentionOptions, [embedDim, numHeads, ...rest])
    const { dropout, bias, batchFirst, device } = options
    if (embedDim % numHeads !== 0)
      throw new RangeError(`A width of ${embedDim} does not divide into ${numHeads} heads.`)
    this.embedDim = embedDim
    this.numHeads = numHeads
    this.dropout = dropout
    this.batchFirst = batchFirst
    this.inProjWeight = xavierUniform([3 * embedDim, embedDim], { device })
    this.inProjBias = bias ? zeroParameter([3 * embedDim], { device }) : undefined
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
    const [q, k, v] = this.project(query, key, value)
    const attended = scaledDotProductAttention(q, k, v, {
      ...this.mask(masks),
      dropoutP: this.training ? this.dropout : 0,
    })
    // [rows, heads, queries, depth]
    const order = this.batchFirst ? [0, 2, 1, 3] : [2, 0, 1, 3]
    return this.outProj.forward(attended.permute(order).reshape(query.shape))
  }

  /** Each [rows, heads, positions, depth]. */
  private project(query: Tensor, key: Tensor, value: Tensor): [Tensor, Tensor, Tensor] {
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
  private mask({ keyPaddingMask, attnMask }: AttentionMasks): { attnMask?: Tensor } {
    const keys = keyPaddingMask?.logicalNot().unsqueeze(1).unsqueeze(1)
    if (!attnMask) return keys ? { attnMask: keys } : {}
    if (!isFloating(attnMask.dtype)) {
      const allowed = attnMask.logicalNot()
      return { attnMask: keys ? keys.logicalAnd(allowed) : allowed }
    }
    return { attnMask: keys ? keys.choose(attnMask, -Infinity) : attnMask }
  }
}

/** [rows, keys], bool, where true is not looked at. Errors: an Error for a mask of another shape, such as `attnMask`. */
function maskOfKeys([, key, , mask]: readonly OnnxValue[], batchFirst: boolean): OnnxValue | undefined {
  const [first, second] = key!.shape
  const wanted = batchFirst ? [first, second] : [second, first]
  if (mask && String(mask.shape) !== String(wanted))
    throw new Error(
      `MultiheadAttention has no place in ONNX for ${mask.name}: only for a mask of keys, ${formatShape(wanted as Shape)}, and not ${formatShape(mask.shape)}.`,
    )
  return mask
}

/** Of masks only that of keys. */
function onnxAttention(
  { embedDim, numHeads, batchFirst, inProjWeight, inProjBias, outProj }: MultiheadAttention,
  nodes: OnnxNodes,
  inputs: readonly OnnxValue[],
): string {
  const parts = (value: Tensor): readonly string[] =>
    nodes.several('Split', [nodes.weight(value)], 3, { axis: { int: 0 } })
  const [weights, offsets] = [parts(inProjWeight), inProjBias && parts(inProjBias)]
  const depth = embedDim / numHeads
  const heads = nodes.list([0, 0, numHeads, depth])
  // To [rows, heads, positions, depth]; of the keys the last two the other way round.
  const [order, turned] = batchFirst
    ? [[0, 2, 1, 3], [0, 2, 3, 1]] // prettier-ignore
    : [[1, 2, 0, 3], [1, 2, 3, 0]] // prettier-ignore
  const [query, key, value] = inputs.slice(0, 3).map((x, i) => {
    const weight = nodes.add('Transpose', [weights[i]!], { perm: { ints: [1, 0] } })
    const product = nodes.add('MatMul', [x, weight])
    const projected = offsets ? nodes.add('Add', [product, offsets[i]!]) : product
    return nodes.add('Transpose', [nodes.add('Reshape', [projected, heads])], {
      perm: { ints: i === 1 ? turned! : order! },
    })
  }) as [string, string, string]
  const mask = maskOfKeys(inputs, batchFirst)
  const products = nodes.add('MatMul', [nodes.add('Div', [query, nodes.number(Math.sqrt(depth))]), key])
  const scores = mask
    ? nodes.add('Where', [
        nodes.add('Unsqueeze', [mask, nodes.list([1, 2])]),
        nodes.number(-Infinity),
        products,
      ])
    : products
  const attended = nodes.add('MatMul', [nodes.add('Softmax', [scores], { axis: { int: -1 } }), value])
  const back = nodes.add('Transpose', [attended], {
    perm: { ints: batchFirst ? [0, 2, 1, 3] : [2, 0, 1, 3] },
  })
  const joined = nodes.add('Reshape', [back, nodes.list([0, 0, embedDim])])
  return onnxLinear(nodes, joined, outProj.weight, outProj.bias)
}

const call = {
  ours: (module: MultiheadAttention, [q, k, v]: readonly Tensor[]) => module.forward(q!, k!, v!),
  python: 'm(x0, x1, x2)[0]',
}
const masked = {
  ours: (module: MultiheadAttention, [q, k, v, attnMask]: readonly Tensor[]) =>
    module.forward(q!, k!, v!, { attnMask: attnMask! }),
  python: 'm(x0, x1, x2, attn_mask=x3)[0]',
}
const triple = [uniform([3, 2, 4]), uniform([5, 2, 4]), uniform([5, 2, 4], -1, 1)]

defineModule(MultiheadAttention, attentionOptions, {
  family: 'Attention',
  help: 'Each position takes what it needs from other positions.',
  onnx: (module, nodes, ...inputs) => onnxAttention(module, nodes, inputs),
  samples: [
    { make: () => new MultiheadAttention(4, 2), inputs: triple, call },
    {
      make: () => new MultiheadAttention(6, 3, 0, false, { batchFirst: true }),
      inputs: [uniform([1, 3, 6]), uniform([1, 2, 6]), uniform([1, 2, 6], -1, 1)],
      call,
    },
    {
      make: () => new MultiheadAttention(4, 1, { batchFirst: true }),
      inputs: [uniform([2, 3, 4])],
      call: { ours: (module, [x]) => module.forward(x!, x!, x!), python: 'm(x0, x0, x0)[0]' },
      without: ['onnx'],
    },
    {
      make: () => new MultiheadAttention(4, 2),
      inputs: [...triple, values([2, 5], [0, 0, 0, 1, 1, 0, 0, 0, 0, 0], 'bool')],
      call: {
        ours: (module, [q, k, v, keyPaddingMask]) =>
          module.forward(q!, k!, v!, { keyPaddingMask: keyPaddingMask! }),
        python: 'm(x0, x1, x2, key_padding_mask=x3)[0]',
      },
    },
    {
      make: () => new MultiheadAttention(4, 2),
      inputs: [...triple, uniform([3, 5])],
      call: masked,
      without: ['onnx'],
    },
    {
      make: () => new MultiheadAttention(4, 2, { bias: false }),
      inputs: [...triple, values([3, 5], [0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1], 'bool')],
      call: masked,
      without: ['onnx'],
    },
    { make: () => new MultiheadAttention(4, 2, 0.1), inputs: triple, call, without: ['training'] },
  ],
})
