import { readArguments, type Arguments, type Signature } from '../tensor/arguments.ts'
import { normalizeDim, numel } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { Module } from './module.ts'
import { keywords } from '../formats/python.ts'

export interface FlattenOptions {
  /** 1 by default. */
  readonly startDim?: number
  /** −1, the last one, by default. */
  readonly endDim?: number
}
const flattenOrder = ['startDim', 'endDim'] as const
export const flattenSignature: Signature<FlattenOptions> = { name: 'Flatten', positional: flattenOrder }

/** Makes one dimension of those from `startDim` to `endDim`. Source: torch.nn.Flatten. */
export class Flatten extends Module {
  readonly startDim: number
  readonly endDim: number
  constructor(...rest: Arguments<FlattenOptions, typeof flattenOrder>) {
    super()
    const { startDim = 1, endDim = -1 } = readArguments<FlattenOptions>(flattenSignature, rest)
    for (const [name, dim] of Object.entries({ startDim, endDim }))
      if (!Number.isInteger(dim)) throw new RangeError(`${name} must be a whole number, not ${String(dim)}.`)
    this.startDim = startDim
    this.endDim = endDim
  }
  forward(input: Tensor): Tensor {
    const { shape } = input
    const [start, end] = [normalizeDim(this.startDim, input.ndim), normalizeDim(this.endDim, input.ndim)]
    if (start > end)
      throw new RangeError(`Flatten cannot go from dimension ${start} to ${end}, which comes before it.`)
    return input.reshape([
      ...shape.slice(0, start),
      numel(shape.slice(start, end + 1)),
      ...shape.slice(end + 1),
    ])
  }
  override extraRepr(): string {
    return keywords({ start_dim: this.startDim, end_dim: this.endDim })
  }
}
