import { readArguments, wholeNumber, type Arguments, type Signature } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { yesOrNo } from './checks.ts'
import { linear } from './functional.ts'
import { fanInUniform, type DeviceOption } from './init.ts'
import { Module } from './module.ts'
import { keywords, pythonText } from '../formats/python.ts'

export interface LinearOptions extends DeviceOption {
  /** true by default. */
  readonly bias?: boolean
}
const linearOrder = ['bias'] as const
export const linearSignature: Signature<LinearOptions> = {
  name: 'Linear',
  positional: linearOrder,
  named: ['device'],
}

/** Maps [.., in] to [.., out]. weight [out, in] and bias [out] start uniform in ±1/√in. Source: torch.nn.Linear. */
export class Linear extends Module {
  readonly inFeatures: number
  readonly outFeatures: number
  readonly weight: Tensor
  readonly bias: Tensor | undefined
  constructor(
    inFeatures: number,
    outFeatures: number,
    ...rest: Arguments<LinearOptions, typeof linearOrder>
  ) {
    super()
    const { bias = true, ...on } = readArguments<LinearOptions>(linearSignature, rest)
    this.inFeatures = wholeNumber('inFeatures', inFeatures, 1)
    this.outFeatures = wholeNumber('outFeatures', outFeatures, 1)
    this.weight = fanInUniform([outFeatures, inFeatures], inFeatures, on)
    this.bias = yesOrNo('bias', bias) ? fanInUniform([outFeatures], inFeatures, on) : undefined
  }

  forward(input: Tensor): Tensor {
    return linear(input, this.weight, this.bias)
  }

  override extraRepr(): string {
    const bias = pythonText(this.bias !== undefined)
    return keywords({ in_features: this.inFeatures, out_features: this.outFeatures, bias })
  }
}

/** Hands on what it gets; takes, and forgets, any arguments, as PyTorch's. Source: torch.nn.Identity. */
export class Identity extends Module {
  constructor(..._: readonly unknown[]) {
    super()
  }
  forward(input: Tensor): Tensor {
    return input
  }
}
