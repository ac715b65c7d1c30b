/** Layers of many networks side by side that share most of their weights, which PyTorch does not have. */
import { uniform } from '../ops/samples.ts'
import { rand, randn } from '../tensor/random.ts'
import type { Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { keywords } from '../formats/python.ts'
import { configure, defineModule } from './define.ts'
import { linear } from './functional.ts'
import { fanInUniform, oneParameter, parameter, type DeviceOption } from './init.ts'
import { onnxLinear } from './linear.ts'
import { Module } from './module.ts'
import { choice, device, whole, type Rest } from './options.ts'
import { optionList } from './settle.ts'

const family = 'Layers for tables'
const numFeatures = whole('numFeatures', { help: 'How many numbers each example has.' })

const members = whole('members', { help: 'How many networks there are side by side.' })
const tabM = 'Gorishniy et al. 2025, https://arxiv.org/abs/2410.24210'

/** ±1, each as likely. */
const signs = (shape: Shape, options: DeviceOption): Tensor =>
  parameter(rand(shape, options).ge(0.5).to('float32').mul(2).sub(1))

const memberInputOptions = optionList(
  'MemberScale',
  members,
  numFeatures,
  choice('signs', 'normal')('start', {
    default: 'signs',
    help: 'What the factors are at first: 1 or −1, or normal with variance 1.',
  }),
  device,
)

/**
 * [rows, numFeatures] to [rows, members, numFeatures]: every member gets the columns times factors of its own. Source: TabM-mini
 * (Gorishniy et al. 2025).
 */
export class MemberScale extends Module {
  readonly members: number
  readonly numFeatures: number
  readonly start: 'signs' | 'normal'
  readonly weight: Tensor
  constructor(members: number, numFeatures: number, ...rest: Rest<typeof memberInputOptions>) {
    super()
    const { start, device } = configure(this, memberInputOptions, [members, numFeatures, ...rest])
    this.members = members
    this.numFeatures = numFeatures
    this.start = start
    const shape = [members, numFeatures]
    this.weight = start === 'signs' ? signs(shape, { device }) : parameter(randn(shape, { device }))
  }
  forward(input: Tensor): Tensor {
    return input.unsqueeze(1).mul(this.weight)
  }
  override extraRepr(): string {
    const { members, numFeatures, start } = this
    return keywords({ members, num_features: numFeatures, start: `'${start}'` })
  }
}

defineModule(MemberScale, memberInputOptions, {
  family,
  help: `Where one network becomes many: every member gets the columns times factors of its own. ${tabM}.`,
  python: `class MemberScale(nn.Module):
    def __init__(self, members, num_features, start="signs"):
        super().__init__()
        self.text = f"members={members}, num_features={num_features}, start={start!r}"
        weight = torch.randn(members, num_features)
        self.weight = nn.Parameter(weight.sign() if start == "signs" else weight)

    def forward(self, x):
        return x[:, None] * self.weight

    def extra_repr(self):
        return self.text
`,
  onnx: ({ weight }, nodes, x) =>
    nodes.add('Mul', [nodes.add('Unsqueeze', [x!, nodes.list([1])]), nodes.weight(weight)]),
  samples: [
    { make: () => new MemberScale(3, 4), inputs: [uniform([2, 4])] },
    { make: () => new MemberScale(2, 3, { start: 'normal' }), inputs: [uniform([1, 3])] },
  ],
})

const batchedOptions = optionList(
  'BatchEnsembleLinear',
  members,
  whole('inFeatures', { help: 'How many numbers each example has.' }),
  whole('outFeatures', { help: 'How many numbers come out.' }),
  choice(
    'ones',
    'signs',
    'normal',
  )('start', {
    default: 'ones',
    help: 'What the factors of the inputs are at first: 1, 1 or −1, or normal with variance 1.',
  }),
  device,
)

/**
 * Of member i ((x ∘ rᵢ)·Wᵀ) ∘ sᵢ + bᵢ, of [rows, members, in] to [rows, members, out]: all share weight [out, in]. Source: Wen et al.
 * 2020, https://arxiv.org/abs/2002.06715; TabM (Gorishniy et al. 2025).
 */
export class BatchEnsembleLinear extends Module {
  readonly members: number
  readonly inFeatures: number
  readonly outFeatures: number
  readonly start: 'ones' | 'signs' | 'normal'
  readonly weight: Tensor
  readonly r: Tensor
  readonly s: Tensor
  readonly bias: Tensor
  constructor(
    members: number,
    inFeatures: number,
    outFeatures: number,
    ...rest: Rest<typeof batchedOptions>
  ) {
    super()
    const { start, device } = configure(this, batchedOptions, [members, inFeatures, outFeatures, ...rest])
    this.members = members
    this.inFeatures = inFeatures
    this.outFeatures = outFeatures
    this.start = start
    const shape = [members, inFeatures]
    this.weight = fanInUniform([outFeatures, inFeatures], inFeatures, { device })
    this.r =
      start === 'ones'
        ? oneParameter(shape, { device })
        : start === 'signs'
          ? signs(shape, { device })
          : parameter(randn(shape, { device }))
    this.s = oneParameter([members, outFeatures], { device })
    this.bias = fanInUniform([members, outFeatures], inFeatures, { device })
  }
  forward(input: Tensor): Tensor {
    return linear(input.mul(this.r), this.weight).mul(this.s).add(this.bias)
  }
  override extraRepr(): string {
    const { members, inFeatures, outFeatures, start } = this
    return keywords({ members, in_features: inFeatures, out_features: outFeatures, start: `'${start}'` })
  }
}

defineModule(BatchEnsembleLinear, batchedOptions, {
  family,
  help: `A linear layer of many members that share its weights; each has factors of its own for what comes in and goes out. ${tabM}.`,
  python: `class BatchEnsembleLinear(nn.Module):
    def __init__(self, members, in_features, out_features, start="ones"):
        super().__init__()
        self.text = f"members={members}, in_features={in_features}, out_features={out_features}, start={start!r}"
        bound = in_features**-0.5
        r = torch.randn(members, in_features)
        self.weight = nn.Parameter((torch.rand(out_features, in_features) * 2 - 1) * bound)
        self.r = nn.Parameter(torch.ones_like(r) if start == "ones" else r.sign() if start == "signs" else r)
        self.s = nn.Parameter(torch.ones(members, out_features))
        self.bias = nn.Parameter((torch.rand(members, out_features) * 2 - 1) * bound)

    def forward(self, x):
        return nn.functional.linear(x * self.r, self.weight) * self.s + self.bias

    def extra_repr(self):
        return self.text
`,
  onnx: ({ weight, r, s, bias }, nodes, x) => {
    const given = nodes.add('Mul', [x!, nodes.weight(r)])
    const product = onnxLinear(nodes, given, weight, null)
    return nodes.add('Add', [nodes.add('Mul', [product, nodes.weight(s)]), nodes.weight(bias)])
  },
  samples: [
    { make: () => new BatchEnsembleLinear(3, 4, 2), inputs: [uniform([2, 3, 4])] },
    { make: () => new BatchEnsembleLinear(2, 3, 3, { start: 'signs' }), inputs: [uniform([1, 2, 3])] },
  ],
})

const memberLinearOptions = optionList(
  'MemberLinear',
  members,
  whole('inFeatures', { help: 'How many numbers each example has.' }),
  whole('outFeatures', { help: 'How many numbers come out.' }),
  device,
)

/**
 * Of member i x·Wᵢ + bᵢ, of [rows, members, in] to [rows, members, out]: every member has weights of its own. weight
 * [members, in, out] and bias [members, out] start uniform in ±1/√in.
 */
export class MemberLinear extends Module {
  readonly members: number
  readonly inFeatures: number
  readonly outFeatures: number
  readonly weight: Tensor
  readonly bias: Tensor
  constructor(
    members: number,
    inFeatures: number,
    outFeatures: number,
    ...rest: Rest<typeof memberLinearOptions>
  ) {
    super()
    const { device } = configure(this, memberLinearOptions, [members, inFeatures, outFeatures, ...rest])
    this.members = members
    this.inFeatures = inFeatures
    this.outFeatures = outFeatures
    this.weight = fanInUniform([members, inFeatures, outFeatures], inFeatures, { device })
    this.bias = fanInUniform([members, outFeatures], inFeatures, { device })
  }
  forward(input: Tensor): Tensor {
    return input.transpose(0, 1).matmul(this.weight).transpose(0, 1).add(this.bias)
  }
  override extraRepr(): string {
    const { members, inFeatures, outFeatures } = this
    return keywords({ members, in_features: inFeatures, out_features: outFeatures })
  }
}

const turned = { perm: { ints: [1, 0, 2] } }
defineModule(MemberLinear, memberLinearOptions, {
  family,
  help: `A linear layer for each of many members, with weights of its own. ${tabM}.`,
  python: `class MemberLinear(nn.Module):
    def __init__(self, members, in_features, out_features):
        super().__init__()
        self.text = f"members={members}, in_features={in_features}, out_features={out_features}"
        bound = in_features**-0.5
        self.weight = nn.Parameter((torch.rand(members, in_features, out_features) * 2 - 1) * bound)
        self.bias = nn.Parameter((torch.rand(members, out_features) * 2 - 1) * bound)

    def forward(self, x):
        return (x.transpose(0, 1) @ self.weight).transpose(0, 1) + self.bias

    def extra_repr(self):
        return self.text
`,
  onnx: ({ weight, bias }, nodes, x) => {
    const product = nodes.add('MatMul', [nodes.add('Transpose', [x!], turned), nodes.weight(weight)])
    return nodes.add('Add', [nodes.add('Transpose', [product], turned), nodes.weight(bias)])
  },
  samples: [
    { make: () => new MemberLinear(3, 4, 2), inputs: [uniform([2, 3, 4])] },
    { make: () => new MemberLinear(2, 3, 1), inputs: [uniform([4, 2, 3])] },
  ],
})

const meanOptions = optionList(
  'MemberMean',
  choice(
    'values',
    'softmax',
    'sigmoid',
  )('of', {
    default: 'values',
    help: 'What is averaged: the outputs themselves, or the probabilities that they are the logits of.',
  }),
)

/** A probability nearer to 0 or 1 than this has no logit in float32. */
const nearest = 1e-7

/**
 * While training [rows, members, outputs] as they are, so that every member has a loss of its own; in predictions their mean,
 * [rows, outputs]: of the outputs, or of probabilities, again as logits. Source: TabM (Gorishniy et al. 2025).
 */
export class MemberMean extends Module {
  readonly of: 'values' | 'softmax' | 'sigmoid'
  constructor(...rest: Rest<typeof meanOptions>) {
    super()
    this.of = configure(this, meanOptions, rest).of
  }
  forward(input: Tensor): Tensor {
    if (this.training) return input
    if (this.of === 'values') return input.mean(1)
    if (this.of === 'softmax') return input.softmax(2).mean(1).clamp({ min: nearest }).log()
    const yes = input
      .sigmoid()
      .mean(1)
      .clamp({ min: nearest, max: 1 - nearest })
    return yes.log().sub(yes.neg().add(1).log())
  }
  override extraRepr(): string {
    return keywords({ of: `'${this.of}'` })
  }
}

defineModule(MemberMean, meanOptions, {
  family,
  help: `Members learn each by itself, and predict together: their mean. ${tabM}.`,
  python: `class MemberMean(nn.Module):
    def __init__(self, of="values"):
        super().__init__()
        self.of = of

    def forward(self, x):
        if self.training:
            return x
        if self.of == "values":
            return x.mean(1)
        if self.of == "softmax":
            return x.softmax(2).mean(1).clamp(min=${nearest}).log()
        yes = x.sigmoid().mean(1).clamp(${nearest}, 1 - ${nearest})
        return yes.log() - (1 - yes).log()

    def extra_repr(self):
        return f"of={self.of!r}"
`,
  onnx: ({ of }, nodes, x) => {
    const mean = (value: string): string =>
      nodes.add('ReduceMean', [value], { axes: { ints: [1] }, keepdims: { int: 0 } })
    if (of === 'values') return mean(x!.name)
    const low = nodes.number(nearest)
    if (of === 'softmax') {
      const chances = mean(nodes.add('Softmax', [x!], { axis: { int: 2 } }))
      return nodes.add('Log', [nodes.add('Max', [chances, low])])
    }
    const yes = nodes.add('Clip', [mean(nodes.add('Sigmoid', [x!])), low, nodes.number(1 - nearest)])
    const no = nodes.add('Sub', [nodes.number(1), yes])
    return nodes.add('Sub', [nodes.add('Log', [yes]), nodes.add('Log', [no])])
  },
  samples: [
    { make: () => new MemberMean(), inputs: [uniform([2, 3, 2])] },
    { make: () => new MemberMean('softmax'), inputs: [uniform([2, 3, 4])] },
    { make: () => new MemberMean('sigmoid'), inputs: [uniform([3, 4, 1])] },
  ],
})
