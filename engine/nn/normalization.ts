import { noGrad } from '../tensor/autograd.ts'
import { ones, tensor, zeros } from '../tensor/creation.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { DeviceOption } from './init.ts'
import { Module } from './module.ts'

/**
 * Normalises each feature of [rows, features]: over the batch while training, by running statistics when evaluating
 * (Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167). Source: torch.nn.BatchNorm1d.
 */
export class BatchNorm1d extends Module {
  readonly weight: Tensor
  readonly bias: Tensor
  readonly runningMean: Tensor
  readonly runningVar: Tensor
  readonly momentum: number
  readonly eps: number
  constructor(
    features: number,
    options: DeviceOption & { readonly eps?: number; readonly momentum?: number } = {},
  ) {
    super()
    this.weight = ones([features], { ...options, requiresGrad: true })
    this.bias = zeros([features], { ...options, requiresGrad: true })
    this.runningMean = tensor(new Float32Array(features), options)
    this.runningVar = tensor(new Float32Array(features).fill(1), options)
    this.momentum = options.momentum ?? 0.1
    this.eps = options.eps ?? 1e-5
  }

  forward(input: Tensor): Tensor {
    if (input.dim !== 2)
      throw new RangeError(`BatchNorm1d takes [rows, features], not ${input.dim} dimensions.`)
    return this.training ? this.#overBatch(input) : this.#normalise(input, this.runningMean, this.runningVar)
  }

  #normalise(input: Tensor, mean: Tensor, variance: Tensor): Tensor {
    return input.sub(mean).mul(variance.add(this.eps).pow(-0.5)).mul(this.weight).add(this.bias)
  }

  #overBatch(input: Tensor): Tensor {
    const rows = input.shape[0]!
    if (rows < 2) throw new RangeError('BatchNorm1d needs more than one row while training.')
    const mean = input.mean(0)
    const variance = input.variance(0, false, 0)
    noGrad(() => {
      const keep = 1 - this.momentum
      this.runningMean.copy_(this.runningMean.mul(keep).add(mean.detach().mul(this.momentum)))
      // The running variance is the unbiased one, as in PyTorch.
      const unbiased = variance.detach().mul((this.momentum * rows) / (rows - 1))
      this.runningVar.copy_(this.runningVar.mul(keep).add(unbiased))
    })
    return this.#normalise(input, mean, variance)
  }
}
