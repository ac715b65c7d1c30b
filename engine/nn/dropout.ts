import { readArguments, type Arguments, type Signature } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { numberWithin, yesOrNo } from './checks.ts'
import { dropout } from './functional.ts'
import { Module } from './module.ts'
import { keywords } from '../formats/python.ts'

export interface DropoutOptions {
  /** The probability to be zeroed; 0.5 by default. */
  readonly p?: number
  /** Puts the result into the input as well. */
  readonly inplace?: boolean
}
const dropoutOrder = ['p', 'inplace'] as const
export const dropoutSignature: Signature<DropoutOptions> = { name: 'Dropout', positional: dropoutOrder }

/** Identity when evaluating. Source: torch.nn.Dropout. */
export class Dropout extends Module {
  readonly p: number
  readonly inplace: boolean
  constructor(...rest: Arguments<DropoutOptions, typeof dropoutOrder>) {
    super()
    const { p = 0.5, inplace = false } = readArguments<DropoutOptions>(dropoutSignature, rest)
    this.p = numberWithin('p', p, 0, 1)
    this.inplace = yesOrNo('inplace', inplace)
  }
  forward(input: Tensor): Tensor {
    return dropout(input, this.p, this.training, this.inplace)
  }
  override extraRepr(): string {
    return keywords({ p: this.p, inplace: this.inplace })
  }
}
