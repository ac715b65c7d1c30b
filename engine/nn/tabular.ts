/** Layers that networks for tables are made of, which PyTorch does not have: their classes in Python stand in their records. */
import { cat } from '../functions/movement.ts'
import { uniform } from '../ops/samples.ts'
import { rand, randn } from '../tensor/random.ts'
import type { Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { keywords, pythonText } from '../formats/python.ts'
import { configure, defineModule } from './define.ts'
import { linear, mish, relu, selu } from './functional.ts'
import {
  fanInUniform,
  normal,
  oneParameter,
  parameter,
  uniform as uniformParameter,
  type DeviceOption,
} from './init.ts'
import { onnxLinear } from './linear.ts'
import { Module } from './module.ts'
import type { OnnxNodes } from './onnx.ts'
import { bias, choice, device, real, whole, type Rest } from './options.ts'
import { optionList } from './settle.ts'

const family = 'Layers for tables'
const realMlp = 'Holzmüller et al. 2024, https://arxiv.org/abs/2407.04491'

const numFeatures = whole('numFeatures', { help: 'How many numbers each example has.' })

// ---- one factor for each column ----

const scaleOptions = optionList('ColumnScale', numFeatures, device)

/** x ∘ w, of [.., numFeatures]; w [numFeatures] starts at 1. Source: RealMLP (Holzmüller et al. 2024), section 3. */
export class ColumnScale extends Module {
  readonly numFeatures: number
  readonly weight: Tensor
  constructor(numFeatures: number, ...rest: Rest<typeof scaleOptions>) {
    super()
    const { device } = configure(this, scaleOptions, [numFeatures, ...rest])
    this.numFeatures = numFeatures
    this.weight = oneParameter([numFeatures], { device })
  }
  forward(input: Tensor): Tensor {
    return input.mul(this.weight)
  }
  override extraRepr(): string {
    return keywords({ num_features: this.numFeatures })
  }
}

defineModule(ColumnScale, scaleOptions, {
  family,
  help: `Every column times a factor of its own that is learned: how much it matters. ${realMlp}.`,
  python: `class ColumnScale(nn.Module):
    def __init__(self, num_features):
        super().__init__()
        self.num_features = num_features
        self.weight = nn.Parameter(torch.ones(num_features))

    def forward(self, x):
        return x * self.weight

    def extra_repr(self):
        return f"num_features={self.num_features}"
`,
  onnx: ({ weight }, nodes, x) => nodes.add('Mul', [x!, nodes.weight(weight)]),
  samples: [
    { make: () => new ColumnScale(3), inputs: [uniform([2, 3])] },
    { make: () => new ColumnScale(4), inputs: [uniform([2, 3, 4])] },
  ],
})

// ---- linear layers whose weights all have variance 1 ----

const ntkOptions = optionList(
  'NTKLinear',
  whole('inFeatures', { help: 'How many numbers each example has.' }),
  whole('outFeatures', { help: 'How many numbers come out.' }),
  bias,
  device,
)

/**
 * x·Wᵀ / √in + b, of [.., in] to [.., out]; weight [out, in] and bias [out] start normal with variance 1. So one learning rate
 * suits layers of every width. Source: Jacot et al. 2018, https://arxiv.org/abs/1806.07572; used by RealMLP.
 */
export class NTKLinear extends Module {
  readonly inFeatures: number
  readonly outFeatures: number
  readonly weight: Tensor
  readonly bias: Tensor | undefined
  constructor(inFeatures: number, outFeatures: number, ...rest: Rest<typeof ntkOptions>) {
    super()
    const { bias, device } = configure(this, ntkOptions, [inFeatures, outFeatures, ...rest])
    this.inFeatures = inFeatures
    this.outFeatures = outFeatures
    this.weight = normal([outFeatures, inFeatures], 1, { device })
    this.bias = bias ? normal([outFeatures], 1, { device }) : undefined
  }
  forward(input: Tensor): Tensor {
    return linear(input.mul(1 / Math.sqrt(this.inFeatures)), this.weight, this.bias)
  }
  override extraRepr(): string {
    const bias = pythonText(this.bias !== undefined)
    return keywords({ in_features: this.inFeatures, out_features: this.outFeatures, bias })
  }
}

defineModule(NTKLinear, ntkOptions, {
  family,
  help: 'A linear layer whose inputs are divided by the root of their number, so that weights of variance 1 suit every width.',
  python: `class NTKLinear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = nn.Parameter(torch.randn(out_features, in_features))
        self.bias = nn.Parameter(torch.randn(out_features)) if bias else None

    def forward(self, x):
        return nn.functional.linear(x / self.in_features**0.5, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
`,
  onnx: ({ weight, bias, inFeatures }, nodes, x) =>
    onnxLinear(nodes, nodes.add('Mul', [x!, nodes.number(1 / Math.sqrt(inFeatures))]), weight, bias),
  samples: [
    { make: () => new NTKLinear(3, 4), inputs: [uniform([2, 3])] },
    { make: () => new NTKLinear(3, 2, false), inputs: [uniform([1, 3])] },
    { make: () => new NTKLinear(5, 1), inputs: [uniform([2, 3, 5])] },
  ],
})

// ---- an activation, as much of it as is learned ----

const bends = { relu, selu, mish } as const
const mixOptions = optionList(
  'MixedActivation',
  numFeatures,
  choice('selu', 'mish', 'relu')('activation', { default: 'selu', help: 'What bends the numbers.' }),
  device,
)

/** x + (f(x) − x) ∘ a, of [.., numFeatures]; a [numFeatures] starts at 1, which is f. Source: RealMLP, section 3. */
export class MixedActivation extends Module {
  readonly numFeatures: number
  readonly activation: keyof typeof bends
  readonly weight: Tensor
  constructor(numFeatures: number, ...rest: Rest<typeof mixOptions>) {
    super()
    const { activation, device } = configure(this, mixOptions, [numFeatures, ...rest])
    this.numFeatures = numFeatures
    this.activation = activation
    this.weight = oneParameter([numFeatures], { device })
  }
  forward(input: Tensor): Tensor {
    return input.add(bends[this.activation](input).sub(input).mul(this.weight))
  }
  override extraRepr(): string {
    return keywords({ num_features: this.numFeatures, activation: `'${this.activation}'` })
  }
}

const onnxBends: Readonly<Record<keyof typeof bends, (nodes: OnnxNodes, x: string) => string>> = {
  relu: (nodes, x) => nodes.add('Relu', [x]),
  selu: (nodes, x) => nodes.add('Selu', [x]),
  mish: (nodes, x) => nodes.add('Mul', [x, nodes.add('Tanh', [nodes.add('Softplus', [x])])]),
}

defineModule(MixedActivation, mixOptions, {
  family,
  help: `An activation of which each unit learns how much of it there is: 0 leaves the numbers as they are. ${realMlp}.`,
  python: `class MixedActivation(nn.Module):
    def __init__(self, num_features, activation="selu"):
        super().__init__()
        self.num_features, self.activation = num_features, activation
        self.weight = nn.Parameter(torch.ones(num_features))

    def forward(self, x):
        return x + (getattr(nn.functional, self.activation)(x) - x) * self.weight

    def extra_repr(self):
        return f"num_features={self.num_features}, activation={self.activation!r}"
`,
  onnx: ({ weight, activation }, nodes, x) => {
    const bent = onnxBends[activation](nodes, x!.name)
    const more = nodes.add('Mul', [nodes.add('Sub', [bent, x!]), nodes.weight(weight)])
    return nodes.add('Add', [x!, more])
  },
  samples: [
    { make: () => new MixedActivation(3), inputs: [uniform([2, 3])] },
    { make: () => new MixedActivation(4, 'mish'), inputs: [uniform([2, 3, 4])] },
    { make: () => new MixedActivation(2, { activation: 'relu' }), inputs: [uniform([3, 2])] },
  ],
})

// ---- numbers as waves of learned lengths ----

const periodicOptions = optionList(
  'PeriodicEmbedding',
  numFeatures,
  whole('frequencies', { default: 16, help: 'Waves of each column.' }),
  whole('embeddingDim', {
    default: 4,
    least: 2,
    help: 'How many numbers stand for a column: one is itself, the others are made of its waves.',
  }),
  real('sigma', {
    default: 0.1,
    least: 0,
    help: 'How fast the waves are at first: their standard deviation.',
  }),
  device,
)

/**
 * Of each column (A·cos(2π(w·x + b)) + c, x): [rows, numFeatures] to [rows, numFeatures · embeddingDim]. frequency w starts
 * N(0, sigma²), phase b uniform in ±π. Source: RealMLP, appendix A.1, after Gorishniy et al. 2022, https://arxiv.org/abs/2203.05556.
 */
export class PeriodicEmbedding extends Module {
  readonly numFeatures: number
  readonly frequencies: number
  readonly embeddingDim: number
  readonly sigma: number
  readonly frequency: Tensor
  readonly phase: Tensor
  readonly weight: Tensor
  readonly bias: Tensor
  constructor(numFeatures: number, ...rest: Rest<typeof periodicOptions>) {
    super()
    const { frequencies, embeddingDim, sigma, device } = configure(this, periodicOptions, [
      numFeatures,
      ...rest,
    ])
    this.numFeatures = numFeatures
    this.frequencies = frequencies
    this.embeddingDim = embeddingDim
    this.sigma = sigma
    this.frequency = normal([numFeatures, frequencies], sigma, { device })
    this.phase = uniformParameter([numFeatures, frequencies], Math.PI, { device })
    this.weight = fanInUniform([numFeatures, frequencies, embeddingDim - 1], frequencies, { device })
    this.bias = fanInUniform([numFeatures, 1, embeddingDim - 1], frequencies, { device })
  }
  forward(input: Tensor): Tensor {
    const columns = input.transpose(0, 1).unsqueeze(2)
    const waves = columns
      .mul(this.frequency.unsqueeze(1))
      .add(this.phase.unsqueeze(1))
      .mul(2 * Math.PI)
      .cos()
    const made = waves.matmul(this.weight).add(this.bias)
    return cat([made, columns], 2).transpose(0, 1).flatten(1)
  }
  override extraRepr(): string {
    const { numFeatures, frequencies, embeddingDim, sigma } = this
    return keywords({ num_features: numFeatures, frequencies, embedding_dim: embeddingDim, sigma })
  }
}

defineModule(PeriodicEmbedding, periodicOptions, {
  family,
  help: 'Every number as itself and as waves whose lengths are learned: so a network finds what changes fast along a column. Gorishniy et al. 2022, https://arxiv.org/abs/2203.05556.',
  python: `class PeriodicEmbedding(nn.Module):
    def __init__(self, num_features, frequencies=16, embedding_dim=4, sigma=0.1):
        super().__init__()
        self.text = f"num_features={num_features}, frequencies={frequencies}, embedding_dim={embedding_dim}, sigma={sigma}"
        bound = frequencies**-0.5
        self.frequency = nn.Parameter(torch.randn(num_features, frequencies) * sigma)
        self.phase = nn.Parameter((torch.rand(num_features, frequencies) * 2 - 1) * torch.pi)
        self.weight = nn.Parameter((torch.rand(num_features, frequencies, embedding_dim - 1) * 2 - 1) * bound)
        self.bias = nn.Parameter((torch.rand(num_features, 1, embedding_dim - 1) * 2 - 1) * bound)

    def forward(self, x):
        columns = x.transpose(0, 1)[:, :, None]
        waves = torch.cos(2 * torch.pi * (columns * self.frequency[:, None] + self.phase[:, None]))
        return torch.cat([waves @ self.weight + self.bias, columns], dim=2).transpose(0, 1).flatten(1)

    def extra_repr(self):
        return self.text
`,
  onnx: ({ frequency, phase, weight, bias }, nodes, x) => {
    const columns = nodes.add('Unsqueeze', [
      nodes.add('Transpose', [x!], { perm: { ints: [1, 0] } }),
      nodes.list([2]),
    ])
    const beside = (one: Tensor): string => nodes.add('Unsqueeze', [nodes.weight(one), nodes.list([1])])
    const angle = nodes.add('Add', [nodes.add('Mul', [columns, beside(frequency)]), beside(phase)])
    const waves = nodes.add('Cos', [nodes.add('Mul', [angle, nodes.number(2 * Math.PI)])])
    const made = nodes.add('Add', [nodes.add('MatMul', [waves, nodes.weight(weight)]), nodes.weight(bias)])
    const all = nodes.add('Concat', [made, columns], { axis: { int: 2 } })
    return nodes.add('Flatten', [nodes.add('Transpose', [all], { perm: { ints: [1, 0, 2] } })], {
      axis: { int: 1 },
    })
  },
  samples: [
    { make: () => new PeriodicEmbedding(3), inputs: [uniform([2, 3])] },
    {
      make: () => new PeriodicEmbedding(2, { frequencies: 5, embeddingDim: 3, sigma: 1 }),
      inputs: [uniform([4, 2])],
    },
  ],
})

// ---- many networks side by side that share most of their weights ----

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
