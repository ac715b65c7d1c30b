import { uniform, values } from '../ops/samples.ts'
import { readArguments, type Arguments } from '../tensor/arguments.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import { formatShape, sameShape, type Shape } from '../tensor/shape.ts'
import { isFloating } from '../tensor/dtype.ts'
import { cat, type Tensor } from '../tensor/tensor.ts'
import { configure, defineModule } from './define.ts'
import { linear } from './functional.ts'
import { attentionWeights } from './functional/attention-weights.ts'
import { normal, xavierUniform, zeroParameter } from './init.ts'
import { Linear, onnxLinear } from './linear.ts'
import { Module } from './module.ts'
import type { OnnxNodes, OnnxValue } from './onnx.ts'
import { bias, device, flag, real, whole, type Rest } from './options.ts'
import { optionList } from './settle.ts'

export interface AttentionMasks {
  /** [rows, keys]: bool, true for keys nobody may look at, such as padding; or numbers that are added to their scores. */
  readonly keyPaddingMask?: Tensor
  /**
   * [queries, keys], or [rows · heads, queries, keys]: bool, true where looking is not allowed; or numbers that are added to the
   * scores.
   */
  readonly attnMask?: Tensor
}

/** Beside the masks: what becomes of the weights. */
export interface AttentionOptions extends AttentionMasks {
  /** Whether the weights are given beside the output; true by default. */
  readonly needWeights?: boolean
  /** Whether the weights are the mean of all heads, [rows, queries, keys], and not [rows, heads, queries, keys]; true by default. */
  readonly averageAttnWeights?: boolean
}

const attentionOrder = ['keyPaddingMask', 'needWeights', 'attnMask', 'averageAttnWeights'] as const
type AttentionArguments = Arguments<AttentionOptions, typeof attentionOrder>

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
  flag('addBiasKv', {
    default: false,
    help: 'Whether a key and a value more are learned, at which everyone may look.',
  }),
  flag('addZeroAttn', {
    default: false,
    help: 'Whether everyone may look at nothing: a key and a value of zeros more.',
  }),
  whole('kdim', { like: 'embedDim', help: 'How many numbers stand at each position of the key.' }),
  whole('vdim', { like: 'embedDim', help: 'How many numbers stand at each position of the value.' }),
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
 * Attention in several subspaces at once: query [queries, rows, embedDim], key [keys, rows, kdim] and value [keys, rows, vdim],
 * to [output, weights]: [queries, rows, embedDim], and [rows, queries, keys], null with `needWeights: false`; with `batchFirst` rows come first, and what has no rows is one row. inProjWeight
 * [3·embedDim, embedDim] (query, key, value) starts Xavier-uniform, where kdim or vdim is another width qProjWeight,
 * kProjWeight and vProjWeight do; inProjBias and the bias of outProj start at zero, biasK and biasV Xavier-normal.
 * Source: torch.nn.MultiheadAttention. Errors: a RangeError for widths and masks that do not fit.
 */
export class MultiheadAttention extends Module<
  [query: Tensor, key: Tensor, value: Tensor, ...rest: AttentionArguments],
  [output: Tensor, weights: Tensor | null]
> {
  readonly embedDim: number
  readonly numHeads: number
  readonly dropout: number
  readonly batchFirst: boolean
  readonly addZeroAttn: boolean
  readonly kdim: number
  readonly vdim: number
  readonly inProjWeight: Tensor | undefined
  readonly qProjWeight: Tensor | undefined
  readonly kProjWeight: Tensor | undefined
  readonly vProjWeight: Tensor | undefined
  readonly inProjBias: Tensor | undefined
  readonly outProj: Linear
  readonly biasK: Tensor | undefined
  readonly biasV: Tensor | undefined
  constructor(embedDim: number, numHeads: number, ...rest: Rest<typeof attentionOptions>) {
    super()
    const options = configure(this, attentionOptions, [embedDim, numHeads, ...rest])
    const { dropout, bias, addBiasKv, addZeroAttn, kdim, vdim, batchFirst, device } = options
    if (embedDim % numHeads !== 0)
      throw new RangeError(`A width of ${embedDim} does not divide into ${numHeads} heads.`)
    this.embedDim = embedDim
    this.numHeads = numHeads
    this.dropout = dropout
    this.batchFirst = batchFirst
    this.addZeroAttn = addZeroAttn
    this.kdim = kdim
    this.vdim = vdim
    if (kdim === embedDim && vdim === embedDim)
      this.inProjWeight = xavierUniform([3 * embedDim, embedDim], { device })
    else {
      this.qProjWeight = xavierUniform([embedDim, embedDim], { device })
      this.kProjWeight = xavierUniform([embedDim, kdim], { device })
      this.vProjWeight = xavierUniform([embedDim, vdim], { device })
    }
    this.inProjBias = bias ? zeroParameter([3 * embedDim], { device }) : undefined
    if (addBiasKv) {
      const start = (): Tensor => normal([1, 1, embedDim], Math.sqrt(2 / (2 * embedDim)), { device })
      this.biasK = start()
      this.biasV = start()
    }
    this.outProj = new OutProjection(embedDim, embedDim, { bias, device })
    const start = this.outProj.bias
    if (start) noGrad(() => start.zero_())
  }

  forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    options: AttentionOptions & { readonly needWeights: false },
  ): [output: Tensor, weights: null]
  forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    options?: AttentionMasks & { readonly averageAttnWeights?: boolean },
  ): [output: Tensor, weights: Tensor]
  forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    ...rest: AttentionArguments
  ): [output: Tensor, weights: Tensor | null]
  forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    ...rest: unknown[]
  ): [output: Tensor, weights: Tensor | null] {
    const {
      needWeights = true,
      averageAttnWeights = true,
      ...masks
    } = readArguments<AttentionOptions>({ name: 'MultiheadAttention', positional: attentionOrder }, rest)
    if (query.ndim === 2 && key.ndim === 2 && value.ndim === 2) {
      const at = this.batchFirst ? 0 : 1
      const { keyPaddingMask } = masks
      const one = this.through([query, key, value].map((x) => x.unsqueeze(at)) as never, {
        ...masks,
        ...(keyPaddingMask ? { keyPaddingMask: keyPaddingMask.unsqueeze(0) } : {}),
      })
      const output = one.output.squeeze(at)
      if (!needWeights) return [output, null]
      return [output, (averageAttnWeights ? one.weights.mean(1) : one.weights).squeeze(0)]
    }
    const { embedDim, kdim, vdim } = this
    for (const [t, width] of [
      [query, embedDim],
      [key, kdim],
      [value, vdim],
    ] as const) {
      // prettier-ignore
      if (t.ndim !== 3 || t.shape[2] !== width)
        throw new RangeError(
          `MultiheadAttention takes three dimensions, the last of ${width}, not ${formatShape(t.shape)}.`,
        )
    }
    const rowsOf = (t: Tensor): number => t.shape[this.batchFirst ? 0 : 1]!
    if (rowsOf(query) !== rowsOf(key) || rowsOf(key) !== rowsOf(value))
      throw new RangeError(
        `MultiheadAttention takes query, key and value of as many rows, not ${[query, key, value].map((t) => formatShape(t.shape)).join(', ')}.`,
      )
    const { output, weights } = this.through([query, key, value], masks)
    if (!needWeights) return [output, null]
    return [output, averageAttnWeights ? weights.mean(1) : weights]
  }

  /** Errors: a RangeError for masks that do not fit. */
  private through(
    inputs: readonly [query: Tensor, key: Tensor, value: Tensor],
    masks: AttentionMasks,
  ): { readonly output: Tensor; readonly weights: Tensor } {
    const [q, k, v] = this.project(...inputs)
    const [rows, heads, queries] = q.shape as readonly [number, number, number, number]
    const own = inputs[1].shape[this.batchFirst ? 1 : 0]!
    const mask = this.mask(masks, { rows, heads, queries, own, more: k.shape[2]! - own })
    const weights = attentionWeights(q, k, { ...mask, dropoutP: this.training ? this.dropout : 0 })
    // [rows, heads, queries, depth]
    const order = this.batchFirst ? [0, 2, 1, 3] : [2, 0, 1, 3]
    const attended = weights.matmul(v).permute(order).reshape(inputs[0].shape)
    return { output: this.outProj.forward(attended), weights }
  }

  /** Each [rows, heads, positions, depth]. */
  private project(query: Tensor, key: Tensor, value: Tensor): [Tensor, Tensor, Tensor] {
    const width = this.embedDim
    const heads = [this.numHeads, width / this.numHeads]
    const { inProjWeight, biasK, biasV } = this
    if (inProjWeight && query === key && key === value && !biasK && !this.addZeroAttn) {
      const all = linear(query, inProjWeight, this.inProjBias)
      const parts = all.reshape([...query.shape.slice(0, 2), 3, ...heads])
      const ordered = parts.permute(this.batchFirst ? [2, 0, 3, 1, 4] : [2, 1, 3, 0, 4])
      const part = (i: number): Tensor => ordered.slice(0, i, i + 1).squeeze(0)
      return [part(0), part(1), part(2)]
    }
    const positions = this.batchFirst ? 1 : 0
    const one = (input: Tensor, i: number, more?: Tensor): Tensor => {
      const bias = this.inProjBias?.slice(0, i * width, (i + 1) * width)
      const projected = linear(input, this.weightOf(i), bias)
      const beside = projected.shape.with(positions, 1)
      const longer = more ? cat([projected, more.expand(beside)], positions) : projected
      const whole = this.addZeroAttn && i > 0 ? cat([longer, input.newFull(beside, 0)], positions) : longer
      const split = whole.reshape([...whole.shape.slice(0, 2), ...heads])
      return split.permute(this.batchFirst ? [0, 2, 1, 3] : [1, 2, 0, 3])
    }
    return [one(query, 0), one(key, 1, biasK), one(value, 2, biasV)]
  }

  /** Of query (0), key (1) or value (2): [embedDim, its width]. */
  weightOf(i: number): Tensor {
    const { inProjWeight, embedDim } = this
    if (inProjWeight) return inProjWeight.slice(0, i * embedDim, (i + 1) * embedDim)
    return [this.qProjWeight, this.kProjWeight, this.vProjWeight][i]!
  }

  /** Both masks as one over [rows, heads, queries, keys]; here true means what may be looked at. */
  private mask(
    { keyPaddingMask, attnMask }: AttentionMasks,
    {
      rows,
      heads,
      queries,
      own,
      more,
    }: { rows: number; heads: number; queries: number; own: number; more: number },
  ): { attnMask?: Tensor } {
    const refuse = (name: string, mask: Tensor, wanted: string): never => {
      throw new RangeError(`MultiheadAttention: ${name} must be ${wanted}, not ${formatShape(mask.shape)}.`)
    }
    if (keyPaddingMask && !sameShape(keyPaddingMask.shape, [rows, own]))
      refuse('keyPaddingMask', keyPaddingMask, formatShape([rows, own]))
    const each = [rows * heads, queries, own]
    if (attnMask && !sameShape(attnMask.shape, each.slice(1)) && !sameShape(attnMask.shape, each))
      refuse('attnMask', attnMask, `${formatShape(each.slice(1))} or ${formatShape(each)}`)
    const masks = [
      keyPaddingMask?.unsqueeze(1).unsqueeze(1),
      attnMask?.ndim === 3 ? attnMask.reshape([rows, heads, queries, own]) : attnMask,
    ].flatMap((mask) => (mask ? [mask] : []))
    // What is added to keys may always be looked at.
    const wide = masks.map((mask) =>
      more === 0 ? mask : cat([mask, mask.newFull([...mask.shape.slice(0, -1), more], 0, mask.dtype)], -1),
    )
    const numbers = wide.filter((mask) => isFloating(mask.dtype))
    const allowed = wide.filter((mask) => !isFloating(mask.dtype)).map((mask) => mask.logicalNot())
    const may = allowed.length > 0 ? allowed.reduce((a, b) => a.logicalAnd(b)) : undefined
    if (numbers.length === 0) return may ? { attnMask: may } : {}
    const added = numbers.reduce((a, b) => a.add(b))
    return { attnMask: may ? may.choose(added, -Infinity) : added }
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
function onnxAttention(module: MultiheadAttention, nodes: OnnxNodes, inputs: readonly OnnxValue[]): string {
  const { embedDim, numHeads, batchFirst, inProjWeight, inProjBias, outProj } = module
  if (module.biasK || module.addZeroAttn)
    throw new Error(
      'MultiheadAttention has no place in ONNX for keys more: leave out addBiasKv and addZeroAttn.',
    )
  const parts = (value: Tensor): readonly string[] =>
    nodes.several('Split', [nodes.weight(value)], 3, { axis: { int: 0 } })
  const weights = inProjWeight ? parts(inProjWeight) : [0, 1, 2].map((i) => nodes.weight(module.weightOf(i)))
  const offsets = inProjBias && parts(inProjBias)
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
  ours: (module: MultiheadAttention, [q, k, v]: readonly Tensor[]) => module.forward(q!, k!, v!)[0],
  python: 'm(x0, x1, x2)[0]',
}
const masked = {
  ours: (module: MultiheadAttention, [q, k, v, attnMask]: readonly Tensor[]) =>
    module.forward(q!, k!, v!, { attnMask: attnMask! })[0],
  python: 'm(x0, x1, x2, attn_mask=x3)[0]',
}
const someKeys = values([2, 5], [0, 0, 0, 1, 1, 0, 0, 0, 0, 0], 'bool')
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
      call: { ours: (module, [x]) => module.forward(x!, x!, x!)[0], python: 'm(x0, x0, x0)[0]' },
      without: ['onnx'],
    },
    {
      make: () => new MultiheadAttention(4, 2),
      inputs: [...triple, someKeys],
      call: {
        ours: (module, [q, k, v, keyPaddingMask]) => module.forward(q!, k!, v!, keyPaddingMask!, false)[0],
        python: 'm(x0, x1, x2, x3, False)[0]',
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
    {
      make: () => new MultiheadAttention(4, 2, { kdim: 3, vdim: 5 }),
      inputs: [uniform([3, 2, 4]), uniform([5, 2, 3]), uniform([5, 2, 5], -1, 1)],
      call,
    },
    {
      make: () => new MultiheadAttention(4, 2, 0, true, true, true, { batchFirst: true }),
      inputs: [
        ...triple.map(({ shape: [positions, rows, width] }) => uniform([rows!, positions!, width!])),
        someKeys,
      ],
      call: {
        ours: (module, [q, k, v, keyPaddingMask]) =>
          module.forward(q!, k!, v!, { keyPaddingMask: keyPaddingMask! }),
        python: 'm(x0, x1, x2, key_padding_mask=x3)',
      },
      without: ['onnx'],
    },
    {
      make: () => new MultiheadAttention(4, 2),
      inputs: [...triple, uniform([4, 3, 5])],
      call: {
        ours: (module, [q, k, v, attnMask]) =>
          module.forward(q!, k!, v!, { attnMask: attnMask!, averageAttnWeights: false }),
        python: 'm(x0, x1, x2, attn_mask=x3, average_attn_weights=False)',
      },
      without: ['onnx'],
    },
    {
      make: () => new MultiheadAttention(4, 2),
      inputs: [...triple, someKeys, uniform([3, 5])],
      call: {
        ours: (module, [q, k, v, keyPaddingMask, attnMask]) =>
          module.forward(q!, k!, v!, keyPaddingMask!, true, attnMask!),
        python: 'm(x0, x1, x2, x3, True, x4)',
      },
      without: ['onnx'],
    },
    {
      make: () => new MultiheadAttention(4, 2),
      inputs: [uniform([3, 4]), uniform([5, 4]), uniform([5, 4], -1, 1)],
      call: {
        ours: (module, [q, k, v]) => module.forward(q!, k!, v!),
        python: 'm(x0, x1, x2)',
      },
      without: ['onnx'],
    },
  ],
})
