import type { Tensor } from '../tensor/tensor.ts'
import { adaptiveAvgPool2d, avgPool2d, maxPool2d, type PoolOptions } from './functional.ts'
import { Module } from './module.ts'
import type { Size2d } from './size.ts'

abstract class Pool2d extends Module {
  readonly kernelSize: Size2d
  readonly options: PoolOptions
  constructor(kernelSize: Size2d, options: PoolOptions = {}) {
    super()
    this.kernelSize = kernelSize
    this.options = options
  }
}

/** Largest element of each window of [N, C, H, W]. Source: torch.nn.MaxPool2d. */
export class MaxPool2d extends Pool2d {
  forward(input: Tensor): Tensor {
    return maxPool2d(input, this.kernelSize, this.options)
  }
}

/** Mean of each window of [N, C, H, W]. Source: torch.nn.AvgPool2d. */
export class AvgPool2d extends Pool2d {
  forward(input: Tensor): Tensor {
    return avgPool2d(input, this.kernelSize, this.options)
  }
}

/** Means of equal parts of [N, C, H, W]; with 1, of whole images. Source: torch.nn.AdaptiveAvgPool2d. */
export class AdaptiveAvgPool2d extends Module {
  readonly outputSize: Size2d
  constructor(outputSize: Size2d) {
    super()
    this.outputSize = outputSize
  }
  forward(input: Tensor): Tensor {
    return adaptiveAvgPool2d(input, this.outputSize)
  }
}
