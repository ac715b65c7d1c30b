import type { Tensor } from '../tensor/tensor.ts'
import { dropout } from './functional.ts'
import { Module } from './module.ts'

/** Identity when evaluating. Source: torch.nn.Dropout. */
export class Dropout extends Module {
  readonly p: number
  constructor(p = 0.5) {
    super()
    this.p = p
  }
  forward(input: Tensor): Tensor {
    return dropout(input, this.p, this.training)
  }
}
