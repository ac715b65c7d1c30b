import type { Tensor } from '../tensor/tensor.ts'
import { linear } from './functional.ts'
import { fanInUniform, type DeviceOption } from './init.ts'
import { Module } from './module.ts'

/** Maps [.., in] to [.., out]. weight [out, in] and bias [out] start uniform in ±1/√in. Source: torch.nn.Linear. */
export class Linear extends Module {
  readonly weight: Tensor
  readonly bias: Tensor | undefined
  constructor(
    inFeatures: number,
    outFeatures: number,
    options: DeviceOption & { readonly bias?: boolean } = {},
  ) {
    super()
    this.weight = fanInUniform([outFeatures, inFeatures], inFeatures, options)
    this.bias = options.bias === false ? undefined : fanInUniform([outFeatures], inFeatures, options)
  }

  forward(input: Tensor): Tensor {
    return linear(input, this.weight, this.bias)
  }
}

/** Hands on what it gets. Source: torch.nn.Identity. */
export class Identity extends Module {
  forward(input: Tensor): Tensor {
    return input
  }
}
