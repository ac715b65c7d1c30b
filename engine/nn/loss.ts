/** Losses as modules, as in torch.nn. */
import { readArguments, type Arguments, type Signature } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { crossEntropy, mseLoss, type CrossEntropyOptions } from './functional.ts'
import { Module } from './module.ts'

export const crossEntropyLossSignature: Signature<CrossEntropyOptions> = {
  name: 'CrossEntropyLoss',
  positional: ['weight'],
  named: ['ignoreIndex', 'reduction', 'labelSmoothing'],
}

/** Cross-entropy in nats of scores [rows, classes, …] against class indices or probabilities. Source: torch.nn.CrossEntropyLoss. */
export class CrossEntropyLoss extends Module<[input: Tensor, target: Tensor]> {
  readonly options: CrossEntropyOptions
  constructor(...rest: Arguments<CrossEntropyOptions, ['weight']>) {
    super()
    const { weight, ...options } = readArguments<CrossEntropyOptions>(crossEntropyLossSignature, rest)
    this.options = options
    if (weight) this.registerBuffer('weight', weight)
  }
  forward(input: Tensor, target: Tensor): Tensor {
    const weight = this.getWeight()
    return crossEntropy(input, target, weight ? { ...this.options, weight } : this.options)
  }
  private getWeight(): Tensor | undefined {
    return (this as { readonly weight?: Tensor }).weight
  }
}

type Reduction = NonNullable<CrossEntropyOptions['reduction']>
interface MSELossOptions {
  readonly reduction?: Reduction
}
export const mseLossSignature: Signature<MSELossOptions> = {
  name: 'MSELoss',
  positional: [],
  named: ['reduction'],
}

/** Mean of the squared differences. Source: torch.nn.MSELoss. */
export class MSELoss extends Module<[input: Tensor, target: Tensor]> {
  readonly options: MSELossOptions
  constructor(...rest: Arguments<MSELossOptions>) {
    super()
    this.options = readArguments<MSELossOptions>(mseLossSignature, rest)
  }
  forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, this.options)
  }
}
