import type { Tensor } from '../tensor/tensor.ts'
import { named, Optimizer, zerosLikeEach } from './optimizer.ts'

export interface SGDOptions {
  readonly lr: number
  /** 0: none (default). */
  readonly momentum?: number
  /** Added to the gradient as λ·w (L2 regularisation). */
  readonly weightDecay?: number
}

/** Stochastic gradient descent with PyTorch's momentum: v ← μ·v + g, w ← w − lr·v. Source: torch.optim.SGD. */
export class SGD extends Optimizer {
  readonly #momentum: number
  readonly #weightDecay: number
  /** Starting at zero equals PyTorch's first step, v = g. */
  readonly #velocity: Tensor[]

  constructor(parameters: readonly Tensor[], { lr, momentum = 0, weightDecay = 0 }: SGDOptions) {
    super(parameters, lr)
    this.#momentum = momentum
    this.#weightDecay = weightDecay
    this.#velocity = momentum === 0 ? [] : zerosLikeEach(parameters)
  }

  protected override update(parameter: Tensor, grad: Tensor, index: number): Tensor {
    const decayed = this.#weightDecay === 0 ? grad : grad.add(parameter.mul(this.#weightDecay))
    const velocity = this.#velocity[index]
    const direction = velocity ? velocity.copy_(velocity.mul(this.#momentum).add(decayed)) : decayed
    return parameter.sub(direction.mul(this.rate))
  }

  override stateDict(): Record<string, Tensor> {
    return named('velocity', this.#velocity)
  }
}
