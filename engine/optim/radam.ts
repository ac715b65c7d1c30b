import { numberWithin } from '../nn/checks.ts'
import { readArguments, type Arguments, type Signature } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkBetas, missing, ownOf } from './averages.ts'
import { Optimizer, type GroupTensors, type ParameterState } from './optimizer.ts'
import type { ParamGroup, Params, RateOption } from './param-groups.ts'

export interface RAdamOptions extends RateOption {
  /** How much of both averages each step keeps; 0.9 and 0.999 by default. */
  readonly betas?: readonly [number, number]
  /** Added to the denominator; 1e-8 by default. */
  readonly eps?: number
  /** Added to the gradient as λ·w. */
  readonly weightDecay?: number
}

const order = ['lr', 'betas', 'eps', 'weightDecay'] as const
export const radamSignature: Signature<RAdamOptions> = { name: 'RAdam', positional: order }

type Group = ParamGroup<RAdamOptions>

/**
 * Adam that divides by the average of squares only once that rests on enough steps, and less at first (Liu et al. 2020,
 * https://arxiv.org/abs/1908.03265). Source: torch.optim.RAdam.
 */
export class RAdam extends Optimizer<RAdamOptions> {
  constructor(params: Params<RAdamOptions>, ...rest: Arguments<RAdamOptions, typeof order>) {
    super(params, {
      lr: 1e-3,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 0,
      ...readArguments<RAdamOptions>(radamSignature, rest),
    })
  }

  protected override check({ betas, eps, weightDecay }: Required<RAdamOptions>): void {
    checkBetas(betas)
    numberWithin('eps', eps, 0)
    numberWithin('weightDecay', weightDecay, 0)
  }

  protected override stateNames(): readonly string[] {
    return ['exp_avg', 'exp_avg_sq']
  }

  /** `scale`: what the root of the squares is multiplied by; 0 where there are too few of them. */
  protected override columnNames(): readonly string[] {
    return ['step', 'size', 'scale']
  }

  protected override begin(group: Group, { step, size, scale }: GroupTensors) {
    const { betas, eps, weightDecay, rate } = group
    const [beta1, beta2] = betas
    size!.copy_(rate.div(missing(beta1, step!)))
    scale!.copy_(rectified(beta2, step!).mul(missing(beta2, step!).sqrt()))
    return (parameter: Tensor, raw: Tensor, state: ParameterState, index: number): Tensor => {
      const own = (column: Tensor): Tensor => ownOf(column, parameter, index)
      const grad = weightDecay === 0 ? raw : raw.add(parameter.mul(weightDecay))
      const [first, second] = [state['exp_avg']!, state['exp_avg_sq']!]
      first.copy_(first.mul(beta1).add(grad.mul(1 - beta1)))
      second.copy_(second.mul(beta2).add(grad.square().mul(1 - beta2)))
      const adapted = own(scale!).div(second.sqrt().add(eps))
      const factor = own(scale!).gt(0).choose(adapted, 1)
      return parameter.sub(first.mul(own(size!)).mul(factor))
    }
  }
}

/** The paper's r for each count of steps; 0 where the average is as long as five steps or less. */
function rectified(beta: number, steps: Tensor): Tensor {
  const longest = 2 / (1 - beta) - 1
  const length = lengthOf(beta, steps)
  const rest = length.sub(4).mul(length.sub(2)).div(length)
  const root = rest.mul(longest / ((longest - 4) * (longest - 2))).sqrt()
  return length.gt(5).choose(root, 0)
}

/**
 * ρ = ρ∞ − 2t·βᵗ / (1 − βᵗ) = ρ∞ − 2/λ · u/(eᵘ − 1) for u = t·λ, λ = −ln β. Both terms are large where u is small, so there
 * they are subtracted from each other in the series of u/(eᵘ − 1) = 1 − u/2 + u²/12 − …
 */
function lengthOf(beta: number, steps: Tensor): Tensor {
  const longest = 2 / (1 - beta) - 1
  if (beta === 0) return steps.mul(0).add(longest)
  const lambda = -Math.log(beta)
  const u = steps.mul(lambda)
  const square = u.square()
  const series = [-1 / 1209600, 1 / 30240, -1 / 720, 1 / 12]
    .reduce<Tensor>((sum, term) => sum.mul(square).add(term), u.mul(0))
    .mul(square)
  const near = steps.add(longest - 2 / lambda).sub(series.mul(2 / lambda))
  const far = u
    .clamp({ max: 80 })
    .div(u.clamp({ max: 80 }).exp().sub(1))
    .mul(-2 / lambda)
    .add(longest)
  return u.lt(1).choose(near, far)
}
