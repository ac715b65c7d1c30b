import { tensor } from '../tensor/creation.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { named, Optimizer, zerosLikeEach } from './optimizer.ts'

export interface AdamOptions {
  readonly lr?: number
  readonly betas?: readonly [number, number]
  readonly eps?: number
  readonly weightDecay?: number
}

/** Kingma & Ba 2015, https://arxiv.org/abs/1412.6980. Weight decay is added to the gradient. Source: torch.optim.Adam. */
export class Adam extends Optimizer {
  protected readonly weightDecay: number
  readonly #betas: readonly [number, number]
  readonly #eps: number
  readonly #first: Tensor[]
  readonly #second: Tensor[]
  /** β₁ᵗ and β₂ᵗ after t steps: what the moments still lack. */
  readonly #powers: Tensor
  #correction: { readonly first: Tensor; readonly second: Tensor } | null = null

  constructor(parameters: readonly Tensor[], options: AdamOptions = {}) {
    super(parameters, options.lr ?? 1e-3)
    this.#betas = options.betas ?? [0.9, 0.999]
    this.#eps = options.eps ?? 1e-8
    this.weightDecay = options.weightDecay ?? 0
    this.#first = zerosLikeEach(parameters)
    this.#second = zerosLikeEach(parameters)
    this.#powers = tensor([1, 1], { device: parameters[0]!.device })
  }

  protected override begin(): void {
    const [beta1, beta2] = this.#betas
    const isFirst = this.#powers.newArange(2).eq(0)
    const powers = this.#powers.copy_(this.#powers.mul(isFirst.choose(beta1, beta2)))
    const missing = (i: number): Tensor =>
      powers
        .slice(0, i, i + 1)
        .neg()
        .add(1)
    this.#correction = { first: this.rate.div(missing(0)), second: missing(1).sqrt() }
  }

  protected regularise(parameter: Tensor, grad: Tensor): { parameter: Tensor; grad: Tensor } {
    return { parameter, grad: this.weightDecay === 0 ? grad : grad.add(parameter.mul(this.weightDecay)) }
  }

  protected override update(parameter: Tensor, rawGrad: Tensor, index: number): Tensor {
    const [beta1, beta2] = this.#betas
    const { parameter: base, grad } = this.regularise(parameter, rawGrad)
    const first = this.#first[index]!
    const second = this.#second[index]!
    first.copy_(first.mul(beta1).add(grad.mul(1 - beta1)))
    second.copy_(second.mul(beta2).add(grad.mul(grad).mul(1 - beta2)))
    const denominator = second.sqrt().div(this.#correction!.second).add(this.#eps)
    return base.sub(first.div(denominator).mul(this.#correction!.first))
  }

  override stateDict(): Record<string, Tensor> {
    return { ...named('first', this.#first), ...named('second', this.#second), powers: this.#powers }
  }
}

/** Weight decay taken off the weights instead of the gradient (Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101). */
export class AdamW extends Adam {
  constructor(parameters: readonly Tensor[], options: AdamOptions = {}) {
    super(parameters, { ...options, weightDecay: options.weightDecay ?? 0.01 })
  }

  protected override regularise(parameter: Tensor, grad: Tensor): { parameter: Tensor; grad: Tensor } {
    return { parameter: parameter.sub(parameter.mul(this.rate.mul(this.weightDecay))), grad }
  }
}
