import { keywords, pythonText } from '../formats/python.ts'
import { uniform } from '../ops/samples.ts'
import type { Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { configure, defineModule } from './define.ts'
import { rmsNorm } from './functional.ts'
import { oneParameter } from './init.ts'
import { Module } from './module.ts'
import { device, flag, real, shape, type Rest } from './options.ts'
import { optionList } from './settle.ts'

const options = optionList(
  'RMSNorm',
  shape('normalizedShape', {
    help: 'The last dimensions of what goes in, over which each row is measured.',
  }),
  real('eps', {
    default: null,
    nullable: true,
    least: 0,
    help: 'Is added to the mean square, so that nothing is divided by zero; null is 2⁻²³.',
  }),
  flag('elementwiseAffine', { default: true, help: 'Whether a scale is learned.' }),
  device,
)

/**
 * Divides each row by the root of its mean square over the dimensions it ends in. weight starts as 1.
 * Source: torch.nn.RMSNorm, of PyTorch 2.4 and later (Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467).
 */
export class RMSNorm extends Module {
  readonly normalizedShape: Shape
  readonly weight: Tensor | undefined
  readonly eps: number | null
  constructor(normalizedShape: number | Shape, ...rest: Rest<typeof options>) {
    super()
    const settled = configure(this, options, [normalizedShape, ...rest])
    this.normalizedShape = [settled.normalizedShape].flat()
    this.weight = settled.elementwiseAffine
      ? oneParameter(this.normalizedShape, { device: settled.device })
      : undefined
    this.eps = settled.eps
  }

  forward(input: Tensor): Tensor {
    return rmsNorm(input, this.normalizedShape, { weight: this.weight ?? null, eps: this.eps })
  }

  override extraRepr(): string {
    const rest = keywords({ eps: this.eps, elementwise_affine: this.weight !== undefined })
    return `${pythonText(this.normalizedShape)}, ${rest}`
  }
}

defineModule(RMSNorm, options, {
  family: 'Normalization',
  help: 'Brings each row to a mean square of one, without moving its mean: cheaper than LayerNorm, and usual in language models.',
  // PyTorch before 2.4 has none.
  python: `class RMSNorm(nn.Module):
    def __init__(self, normalized_shape, eps=None, elementwise_affine=True):
        super().__init__()
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine
        self.weight = nn.Parameter(torch.ones(shape)) if elementwise_affine else None

    def forward(self, x):
        dims = tuple(range(-len(self.normalized_shape), 0))
        eps = torch.finfo(torch.float32).eps if self.eps is None else self.eps
        normal = x * torch.rsqrt(x.pow(2).mean(dims, keepdim=True) + eps)
        return normal if self.weight is None else normal * self.weight

    def extra_repr(self):
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
`,
  samples: [
    { make: () => new RMSNorm(6), inputs: [uniform([2, 6])] },
    { make: () => new RMSNorm([3, 4], 1e-3, false), inputs: [uniform([2, 3, 4])] },
    { make: () => new RMSNorm(4, { eps: 1e-6 }), inputs: [uniform([4])] },
  ],
  onnx: ({ weight, normalizedShape, eps }, nodes, x) => {
    const axes = normalizedShape.map((_, i) => i - normalizedShape.length)
    const square = nodes.add('Mul', [x!, x!])
    const mean = nodes.add('ReduceMean', [square], { axes: { ints: axes }, keepdims: { int: 1 } })
    const root = nodes.add('Sqrt', [nodes.add('Add', [mean, nodes.number(eps ?? 2 ** -23)])])
    const normal = nodes.add('Div', [x!, root])
    return weight ? nodes.add('Mul', [normal, nodes.weight(weight)]) : normal
  },
})
