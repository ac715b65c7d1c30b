/** Layers of many networks side by side that share most of their weights, which PyTorch does not have. */
import { uniform } from '../ops/samples.ts'
import { rand, randn } from '../tensor/random.ts'
import { formatShape, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { keywords } from '../formats/python.ts'
import { configure, defineModule } from './define.ts'
import { linear } from './functional.ts'
import { fanInUniform, normal, oneParameter, parameter, type DeviceOption } from './init.ts'
import { onnxLinear } from './linear.ts'
import { requireRows } from './checks.ts'
import { Module } from './module.ts'
import { choice, device, whole, type Rest } from './options.ts'
import { optionList } from './settle.ts'

const family = 'Layers for tables'
const inFeatures = whole('inFeatures', { help: 'How many numbers each example has.' })

/** Errors: RangeError for anything else than [rows, …] of so many dimensions, with so many members in the second one. */
function requireMembers(name: string, { shape }: Tensor, members: number | null): void {
  if (shape.length === 3 && (members === null || shape[1] === members)) return
  throw new RangeError(
    `${name} takes [rows, members, numbers]${members === null ? '' : ` with ${members} members`}; the input is ${formatShape(shape)}.`,
  )
}

const members = whole('members', { help: 'How many networks there are side by side.' })
const tabM = 'Gorishniy et al. 2025, https://arxiv.org/abs/2410.24210'

/** ±1, each as likely. */
const signs = (shape: Shape, options: DeviceOption): Tensor =>
  parameter(rand(shape, options).ge(0.5).to('float32').mul(2).sub(1))

type Start = 'signs' | 'normal' | 'ones'
function factors(start: Start, shape: Shape, options: DeviceOption): Tensor {
  if (start === 'signs') return signs(shape, options)
  return start === 'ones' ? oneParameter(shape, options) : parameter(randn(shape, options))
}

const memberInputOptions = optionList(
  'MemberScale',
  members,
  inFeatures,
  choice(
    'signs',
    'normal',
    'ones',
  )('start', {
    default: 'signs',
    help: 'What the factors are at first: 1 or −1, normal with variance 1, or 1.',
  }),
  device,
)

/**
 * [rows, inFeatures] to [rows, members, inFeatures]: every member gets the columns times factors of its own. Source: TabM-mini
 * (Gorishniy et al. 2025).
 */
export class MemberScale extends Module {
  readonly members: number
  readonly inFeatures: number
  readonly start: Start
  readonly weight: Tensor
  constructor(members: number, inFeatures: number, ...rest: Rest<typeof memberInputOptions>) {
    super()
    const { start, device } = configure(this, memberInputOptions, [members, inFeatures, ...rest])
    this.members = members
    this.inFeatures = inFeatures
    this.start = start
    this.weight = factors(start, [members, inFeatures], { device })
  }
  forward(input: Tensor): Tensor {
    requireRows('MemberScale', input)
    return input.unsqueeze(1).mul(this.weight)
  }
  override extraRepr(): string {
    const { members, inFeatures, start } = this
    return keywords({ members, in_features: inFeatures, start: `'${start}'` })
  }
}

defineModule(MemberScale, memberInputOptions, {
  family,
  help: `Where one network becomes many: every member gets the columns times factors of its own. ${tabM}.`,
  python: `class MemberScale(nn.Module):
    def __init__(self, members, in_features, start="signs"):
        super().__init__()
        self.text = f"members={members}, in_features={in_features}, start={start!r}"
        weight = torch.randn(members, in_features)
        starts = {"signs": weight.sign(), "normal": weight, "ones": torch.ones_like(weight)}
        self.weight = nn.Parameter(starts[start])

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
    { make: () => new MemberScale(2, 2, { start: 'ones' }), inputs: [uniform([3, 2])] },
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
  readonly start: Start
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
    this.weight = fanInUniform([outFeatures, inFeatures], inFeatures, { device })
    this.r = factors(start, [members, inFeatures], { device })
    this.s = oneParameter([members, outFeatures], { device })
    this.bias = fanInUniform([members, outFeatures], inFeatures, { device })
  }
  forward(input: Tensor): Tensor {
    // What all members share, as the columns of a row, comes once for all of them.
    if (input.ndim !== 3 || input.shape[1] !== 1) requireMembers('BatchEnsembleLinear', input, this.members)
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
  choice('standard', 'ntk')('weights', {
    default: 'standard',
    help: 'How weights start: as those of Linear, or with variance 1, as those of NTKLinear, which divides what comes in.',
  }),
  device,
)

/**
 * Of member i x·Wᵢ + bᵢ, of [rows, members, in] to [rows, members, out]: every member has weights of its own, weight
 * [members, in, out] and bias [members, out]. They start uniform in ±1/√in; with `ntk` normal, and x is divided by √in.
 */
export class MemberLinear extends Module {
  readonly members: number
  readonly inFeatures: number
  readonly outFeatures: number
  readonly weights: 'standard' | 'ntk'
  readonly weight: Tensor
  readonly bias: Tensor
  constructor(
    members: number,
    inFeatures: number,
    outFeatures: number,
    ...rest: Rest<typeof memberLinearOptions>
  ) {
    super()
    const { weights, device } = configure(this, memberLinearOptions, [
      members,
      inFeatures,
      outFeatures,
      ...rest,
    ])
    this.members = members
    this.inFeatures = inFeatures
    this.outFeatures = outFeatures
    this.weights = weights
    const drawn = (shape: Shape): Tensor =>
      weights === 'ntk' ? normal(shape, 1, { device }) : fanInUniform(shape, inFeatures, { device })
    this.weight = drawn([members, inFeatures, outFeatures])
    this.bias = drawn([members, outFeatures])
  }
  forward(input: Tensor): Tensor {
    requireMembers('MemberLinear', input, this.members)
    const given = this.weights === 'ntk' ? input.mul(1 / Math.sqrt(this.inFeatures)) : input
    return given.transpose(0, 1).matmul(this.weight).transpose(0, 1).add(this.bias)
  }
  override extraRepr(): string {
    const { members, inFeatures, outFeatures, weights } = this
    return keywords({ members, in_features: inFeatures, out_features: outFeatures, weights: `'${weights}'` })
  }
}

const turned = { perm: { ints: [1, 0, 2] } }
defineModule(MemberLinear, memberLinearOptions, {
  family,
  help: `A linear layer for each of many members, with weights of its own. ${tabM}.`,
  python: `class MemberLinear(nn.Module):
    def __init__(self, members, in_features, out_features, weights="standard"):
        super().__init__()
        self.text = f"members={members}, in_features={in_features}, out_features={out_features}, weights={weights!r}"
        self.scale = in_features**-0.5 if weights == "ntk" else 1

        def draw(*shape):
            return torch.randn(shape) if weights == "ntk" else (torch.rand(shape) * 2 - 1) * in_features**-0.5

        self.weight = nn.Parameter(draw(members, in_features, out_features))
        self.bias = nn.Parameter(draw(members, out_features))

    def forward(self, x):
        return ((x * self.scale).transpose(0, 1) @ self.weight).transpose(0, 1) + self.bias

    def extra_repr(self):
        return self.text
`,
  onnx: ({ weight, bias, weights, inFeatures }, nodes, x) => {
    const given = weights === 'ntk' ? nodes.add('Mul', [x!, nodes.number(1 / Math.sqrt(inFeatures))]) : x!
    const product = nodes.add('MatMul', [nodes.add('Transpose', [given], turned), nodes.weight(weight)])
    return nodes.add('Add', [nodes.add('Transpose', [product], turned), nodes.weight(bias)])
  },
  samples: [
    { make: () => new MemberLinear(3, 4, 2), inputs: [uniform([2, 3, 4])] },
    { make: () => new MemberLinear(2, 3, 1), inputs: [uniform([4, 2, 3])] },
    { make: () => new MemberLinear(2, 3, 4, { weights: 'ntk' }), inputs: [uniform([3, 2, 3])] },
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
    requireMembers('MemberMean', input, null)
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
