import type { Tensor } from '../tensor/tensor.ts'
import { Module } from './module.ts'

export class ReLU extends Module {
  forward(input: Tensor): Tensor {
    return input.relu()
  }
}

export class GELU extends Module {
  forward(input: Tensor): Tensor {
    return input.gelu()
  }
}

export class Tanh extends Module {
  forward(input: Tensor): Tensor {
    return input.tanh()
  }
}

export class Sigmoid extends Module {
  forward(input: Tensor): Tensor {
    return input.sigmoid()
  }
}
