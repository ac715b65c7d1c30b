import type { Tensor } from '../tensor/tensor.ts'
import { Module } from './module.ts'

/** Makes one dimension of all from `startDim` on. Source: torch.nn.Flatten. */
export class Flatten extends Module {
  readonly startDim: number
  constructor(startDim = 1) {
    super()
    this.startDim = startDim
  }
  forward(input: Tensor): Tensor {
    return input.flatten(this.startDim)
  }
}
