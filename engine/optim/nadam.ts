import { numberWithin } from '../nn/checks.ts'
import { readArguments, type Arguments, type Signature } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkBetas, missing, nextFor, ownOf } from './averages.ts'
import { Optimizer, type GroupTensors, type ParameterState } from './optimizer.ts'
import type { ParamGroup, Params, RateOption } from './param-groups.ts'

export interface NAdamOptions extends RateOption {
  /** How much of both averages each step keeps; 0.9 and 0.999 by default. */
  readonly betas?: readonly [number, number]
  /** Added to the denominator; 1e-8 by default. */
  readonly eps?: number
  /** Added to the gradient as λ·w. */
  readonly weightDecay?: number
  /** How soon the momentum reaches its whole size; 0.004 by default. */
  readonly momentumDecay?: number
}

const order = ['lr', 'betas', 'eps', 'weightDecay', 'momentumDecay'] as const
export const nadamSignature: Signature<NAdamOptions> = { name: 'NAdam', positional: order }

type Group = ParamGroup<NAdamOptions>

/**
 * Adam that looks ahead by one step of its momentum, as Nesterov does (Dozat 2016,
 * https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ); the rate is 2e-3 by default. Source: torch.optim.NAdam.
 */
export class NAdam extends Optimizer<NAdamOptions> {
  constructor(params: Params<NAdamOptions>, ...rest: Arguments<NAdamOptions, typeof order>) {
    super(params, {
      lr: 2e-3,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 0,
      momentumDecay: 4e-3,
      ...readArguments<NAdamOptions>(nadamSignature, rest),
    })
  }

  protected override check({ betas, ...options }: Required<NAdamOptions>): void {
    checkBetas(betas)
    for (const name of ['eps', 'weightDecay', 'momentumDecay'] as const) numberWithin(name, options[name], 0)
  }

  protected override stateNames(): readonly string[] {
    return ['exp_avg', 'exp_avg_sq']
  }

  protected override columnNames(): readonly string[] {
    return ['step', 'mu_product', 'scale', 'now', 'ahead']
  }

  protected override savedColumns(): readonly string[] {
    return ['mu_product']
  }

  protected override firstNumber(_: Group, column: string): number {
    return column === 'mu_product' ? 1 : 0
  }

  protected override begin(group: Group, columns: GroupTensors, moving: Tensor | null) {
    const { betas, eps, weightDecay, momentumDecay, rate } = group
    const [beta1, beta2] = betas
    const step = columns['step']!
    const [product, scale, now, ahead] = ['mu_product', 'scale', 'now', 'ahead'].map((name) => columns[name]!)
    const momentumAt = (count: Tensor): Tensor =>
      count
        .mul(momentumDecay * Math.log(0.96))
        .exp()
        .mul(-0.5 * beta1)
        .add(beta1)
    const [mu, next] = [momentumAt(step), momentumAt(step.add(1))]
    product!.copy_(nextFor(moving, product!, product!.mul(mu)))
    scale!.copy_(missing(beta2, step).sqrt())
    now!.copy_(rate.mul(mu.neg().add(1)).div(product!.neg().add(1)))
    // With μ twice, as PyTorch computes it up to version 1.13.
    ahead!.copy_(rate.mul(next).div(product!.mul(mu).mul(next).neg().add(1)))
    return (parameter: Tensor, raw: Tensor, state: ParameterState, index: number): Tensor => {
      const own = (column: Tensor): Tensor => ownOf(column, parameter, index)
      const grad = weightDecay === 0 ? raw : raw.add(parameter.mul(weightDecay))
      const [first, second] = [state['exp_avg']!, state['exp_avg_sq']!]
      first.copy_(first.mul(beta1).add(grad.mul(1 - beta1)))
      second.copy_(second.mul(beta2).add(grad.square().mul(1 - beta2)))
      const denominator = second.sqrt().div(own(scale!)).add(eps)
      const moved = grad.mul(own(now!)).add(first.mul(own(ahead!)))
      return parameter.sub(moved.div(denominator))
    }
  }
}
