import { uniform } from '../ops/samples.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { configure, defineModule } from './define.ts'
import { linear } from './functional.ts'
import { fanInUniform } from './init.ts'
import { Module } from './module.ts'
import type { OnnxNodes, OnnxValue } from './onnx.ts'
import { bias, device, whole, type Rest } from './options.ts'
import { keywords, pythonText } from '../formats/python.ts'
import { optionList } from './settle.ts'

const linearOptions = optionList(
  'Linear',
  whole('inFeatures', { help: 'How many numbers each example has.' }),
  whole('outFeatures', { help: 'How many numbers come out.' }),
  bias,
  device,
)

/** Maps [.., in] to [.., out]. weight [out, in] and bias [out] start uniform in ±1/√in. Source: torch.nn.Linear. */
export class Linear extends Module {
  readonly inFeatures: number
  readonly outFeatures: number
  readonly weight: Tensor
  readonly bias: Tensor | undefined
  constructor(inFeatures: number, outFeatures: number, ...rest: Rest<typeof linearOptions>) {
    super()
    const { bias, device } = configure(this, linearOptions, [inFeatures, outFeatures, ...rest])
    this.inFeatures = inFeatures
    this.outFeatures = outFeatures
    this.weight = fanInUniform([outFeatures, inFeatures], inFeatures, { device })
    this.bias = bias ? fanInUniform([outFeatures], inFeatures, { device }) : undefined
  }

  forward(input: Tensor): Tensor {
    return linear(input, this.weight, this.bias)
  }

  override extraRepr(): string {
    const bias = pythonText(this.bias !== undefined)
    return keywords({ in_features: this.inFeatures, out_features: this.outFeatures, bias })
  }
}

/** x·Wᵀ + b: as one node where x is a matrix. */
export function onnxLinear(
  nodes: OnnxNodes,
  x: OnnxValue | string,
  weight: Tensor,
  bias: Tensor | null | undefined,
): string {
  const product = nodes.add('MatMul', [
    x,
    nodes.add('Transpose', [nodes.weight(weight)], { perm: { ints: [1, 0] } }),
  ])
  return bias ? nodes.add('Add', [product, nodes.weight(bias)]) : product
}

defineModule(Linear, linearOptions, {
  family: 'Linear layers',
  help: 'Every output is a weighted sum of all inputs.',
  onnx: ({ weight, bias }, nodes, x) =>
    x!.shape.length === 2
      ? nodes.add('Gemm', [x!, nodes.weight(weight), ...(bias ? [nodes.weight(bias)] : [])], {
          transB: { int: 1 },
        })
      : onnxLinear(nodes, x!, weight, bias),
  samples: [
    { make: () => new Linear(3, 4), inputs: [uniform([2, 3])] },
    { make: () => new Linear(3, 2, false), inputs: [uniform([1, 3])] },
    { make: () => new Linear(5, 1), inputs: [uniform([2, 3, 5])] },
    { make: () => new Linear(3, 2), inputs: [uniform([3])] },
    { make: () => new Linear(3, 2), inputs: [uniform([0, 3])] },
  ],
})

const identityOptions = optionList('Identity')

/** Hands on what it gets; takes, and forgets, any arguments, as PyTorch's. Source: torch.nn.Identity. */
export class Identity extends Module {
  constructor(..._: readonly unknown[]) {
    super()
    configure(this, identityOptions, [])
  }
  forward(input: Tensor): Tensor {
    return input
  }
}

defineModule(Identity, identityOptions, {
  family: 'Linear layers',
  help: 'Hands on what it gets.',
  onnx: (_, nodes, x) => nodes.add('Identity', [x!]),
  samples: [
    { make: () => new Identity(), inputs: [uniform([2, 3])] },
    { make: () => new Identity(3), inputs: [uniform([])] },
  ],
})
