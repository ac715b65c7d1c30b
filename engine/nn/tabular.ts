/** Layers that networks for tables are made of, which PyTorch does not have: their classes in Python stand in their records. */
import { cat } from '../functions/movement.ts'
import { uniform } from '../ops/samples.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { keywords, pythonText } from '../formats/python.ts'
import { configure, defineModule } from './define.ts'
import { linear, mish, relu, selu } from './functional.ts'
import { fanInUniform, normal, oneParameter, uniform as uniformParameter } from './init.ts'
import { onnxLinear } from './linear.ts'
import { requireRows } from './checks.ts'
import { Module } from './module.ts'
import type { OnnxNodes } from './onnx.ts'
import { bias, choice, device, real, whole, type Rest } from './options.ts'
import { optionList } from './settle.ts'

const family = 'Layers for tables'
const realMlp = 'Holzmüller et al. 2024, https://arxiv.org/abs/2407.04491'

const inFeatures = whole('inFeatures', { help: 'How many numbers each example has.' })

// ---- one factor for each column ----

const scaleOptions = optionList('ColumnScale', inFeatures, device)

/** x ∘ w, of [.., inFeatures]; w [inFeatures] starts at 1. Source: RealMLP (Holzmüller et al. 2024), section 3. */
export class ColumnScale extends Module {
  readonly inFeatures: number
  readonly weight: Tensor
  constructor(inFeatures: number, ...rest: Rest<typeof scaleOptions>) {
    super()
    const { device } = configure(this, scaleOptions, [inFeatures, ...rest])
    this.inFeatures = inFeatures
    this.weight = oneParameter([inFeatures], { device })
  }
  forward(input: Tensor): Tensor {
    return input.mul(this.weight)
  }
  override extraRepr(): string {
    return keywords({ in_features: this.inFeatures })
  }
}

defineModule(ColumnScale, scaleOptions, {
  family,
  help: `Every column times a factor of its own that is learned: how much it matters. ${realMlp}.`,
  python: `class ColumnScale(nn.Module):
    def __init__(self, in_features):
        super().__init__()
        self.in_features = in_features
        self.weight = nn.Parameter(torch.ones(in_features))

    def forward(self, x):
        return x * self.weight

    def extra_repr(self):
        return f"in_features={self.in_features}"
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
  inFeatures,
  choice('selu', 'mish', 'relu')('activation', { default: 'selu', help: 'What bends the numbers.' }),
  device,
)

/** x + (f(x) − x) ∘ a, of [.., inFeatures]; a [inFeatures] starts at 1, which is f. Source: RealMLP, section 3. */
export class MixedActivation extends Module {
  readonly inFeatures: number
  readonly activation: keyof typeof bends
  readonly weight: Tensor
  constructor(inFeatures: number, ...rest: Rest<typeof mixOptions>) {
    super()
    const { activation, device } = configure(this, mixOptions, [inFeatures, ...rest])
    this.inFeatures = inFeatures
    this.activation = activation
    this.weight = oneParameter([inFeatures], { device })
  }
  forward(input: Tensor): Tensor {
    return input.add(bends[this.activation](input).sub(input).mul(this.weight))
  }
  override extraRepr(): string {
    return keywords({ in_features: this.inFeatures, activation: `'${this.activation}'` })
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
    def __init__(self, in_features, activation="selu"):
        super().__init__()
        self.in_features, self.activation = in_features, activation
        self.weight = nn.Parameter(torch.ones(in_features))

    def forward(self, x):
        return x + (getattr(nn.functional, self.activation)(x) - x) * self.weight

    def extra_repr(self):
        return f"in_features={self.in_features}, activation={self.activation!r}"
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
  inFeatures,
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
 * Of each column (A·cos(2π(w·x + b)) + c, x): [rows, inFeatures] to [rows, inFeatures · embeddingDim]. frequency w starts
 * N(0, sigma²), phase b uniform in ±π. Source: RealMLP, appendix A.1, after Gorishniy et al. 2022, https://arxiv.org/abs/2203.05556.
 */
export class PeriodicEmbedding extends Module {
  readonly inFeatures: number
  readonly frequencies: number
  readonly embeddingDim: number
  readonly sigma: number
  readonly frequency: Tensor
  readonly phase: Tensor
  readonly weight: Tensor
  readonly bias: Tensor
  constructor(inFeatures: number, ...rest: Rest<typeof periodicOptions>) {
    super()
    const { frequencies, embeddingDim, sigma, device } = configure(this, periodicOptions, [
      inFeatures,
      ...rest,
    ])
    this.inFeatures = inFeatures
    this.frequencies = frequencies
    this.embeddingDim = embeddingDim
    this.sigma = sigma
    this.frequency = normal([inFeatures, frequencies], sigma, { device })
    this.phase = uniformParameter([inFeatures, frequencies], Math.PI, { device })
    this.weight = fanInUniform([inFeatures, frequencies, embeddingDim - 1], frequencies, { device })
    this.bias = fanInUniform([inFeatures, 1, embeddingDim - 1], frequencies, { device })
  }
  forward(input: Tensor): Tensor {
    requireRows('PeriodicEmbedding', input)
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
    const { inFeatures, frequencies, embeddingDim, sigma } = this
    return keywords({ in_features: inFeatures, frequencies, embedding_dim: embeddingDim, sigma })
  }
}

defineModule(PeriodicEmbedding, periodicOptions, {
  family,
  help: 'Every number as itself and as waves whose lengths are learned: so a network finds what changes fast along a column. Gorishniy et al. 2022, https://arxiv.org/abs/2203.05556.',
  python: `class PeriodicEmbedding(nn.Module):
    def __init__(self, in_features, frequencies=16, embedding_dim=4, sigma=0.1):
        super().__init__()
        self.text = f"in_features={in_features}, frequencies={frequencies}, embedding_dim={embedding_dim}, sigma={sigma}"
        bound = frequencies**-0.5
        self.frequency = nn.Parameter(torch.randn(in_features, frequencies) * sigma)
        self.phase = nn.Parameter((torch.rand(in_features, frequencies) * 2 - 1) * torch.pi)
        self.weight = nn.Parameter((torch.rand(in_features, frequencies, embedding_dim - 1) * 2 - 1) * bound)
        self.bias = nn.Parameter((torch.rand(in_features, 1, embedding_dim - 1) * 2 - 1) * bound)

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

// ---- every column as a vector ----

const tokenizerOptions = optionList(
  'FeatureTokenizer',
  inFeatures,
  whole('embeddingDim', { help: 'How many numbers stand for a column.' }),
  device,
)

/**
 * [rows, inFeatures] to [rows, 1 + inFeatures, embeddingDim]: each column is x·wᵢ + bᵢ, and a vector of its own stands in front,
 * where attention gathers what the row says. All start uniform in ±1/√embeddingDim. Source: FT-Transformer (Gorishniy et al.
 * 2021), section 3.3.
 */
export class FeatureTokenizer extends Module {
  readonly inFeatures: number
  readonly embeddingDim: number
  readonly weight: Tensor
  readonly bias: Tensor
  readonly first: Tensor
  constructor(inFeatures: number, embeddingDim: number, ...rest: Rest<typeof tokenizerOptions>) {
    super()
    const { device } = configure(this, tokenizerOptions, [inFeatures, embeddingDim, ...rest])
    this.inFeatures = inFeatures
    this.embeddingDim = embeddingDim
    const shape = [inFeatures, embeddingDim]
    this.weight = fanInUniform(shape, embeddingDim, { device })
    this.bias = fanInUniform(shape, embeddingDim, { device })
    this.first = fanInUniform([1, embeddingDim], embeddingDim, { device })
  }
  forward(input: Tensor): Tensor {
    requireRows('FeatureTokenizer', input)
    const columns = input.unsqueeze(2).mul(this.weight).add(this.bias)
    const first = this.first.unsqueeze(0).expand([input.shape[0]!, 1, this.embeddingDim])
    return cat([first, columns], 1)
  }
  override extraRepr(): string {
    return keywords({ in_features: this.inFeatures, embedding_dim: this.embeddingDim })
  }
}

defineModule(FeatureTokenizer, tokenizerOptions, {
  family,
  help: 'Every column as a vector, and one in front that gathers what all of them say. Gorishniy et al. 2021, https://arxiv.org/abs/2106.11959.',
  python: `class FeatureTokenizer(nn.Module):
    def __init__(self, in_features, embedding_dim):
        super().__init__()
        self.text = f"in_features={in_features}, embedding_dim={embedding_dim}"
        bound = embedding_dim**-0.5
        self.weight = nn.Parameter((torch.rand(in_features, embedding_dim) * 2 - 1) * bound)
        self.bias = nn.Parameter((torch.rand(in_features, embedding_dim) * 2 - 1) * bound)
        self.first = nn.Parameter((torch.rand(1, embedding_dim) * 2 - 1) * bound)

    def forward(self, x):
        return torch.cat([self.first.expand(len(x), 1, -1), x[:, :, None] * self.weight + self.bias], dim=1)

    def extra_repr(self):
        return self.text
`,
  onnx: ({ weight, bias, first, embeddingDim }, nodes, x) => {
    const scaled = nodes.add('Mul', [nodes.add('Unsqueeze', [x!, nodes.list([2])]), nodes.weight(weight)])
    const columns = nodes.add('Add', [scaled, nodes.weight(bias)])
    const rows = nodes.add('Gather', [nodes.add('Shape', [x!]), nodes.list([0])])
    const extents = nodes.add('Concat', [rows, nodes.list([1, embeddingDim])], { axis: { int: 0 } })
    const front = nodes.add('Expand', [nodes.weight(first), extents])
    return nodes.add('Concat', [front, columns], { axis: { int: 1 } })
  },
  samples: [
    { make: () => new FeatureTokenizer(3, 2), inputs: [uniform([2, 3])] },
    { make: () => new FeatureTokenizer(2, 4), inputs: [uniform([1, 2])] },
  ],
})
