import { numberWithin, yesOrNo } from '../nn/checks.ts'
import { readArguments, type Arguments, type Signature } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { Optimizer, type ParameterState } from './optimizer.ts'
import type { BaseOptions, ParamGroup, Params } from './param-groups.ts'

export interface RMSpropOptions extends BaseOptions {
  /** How much of the average of squares each step keeps; 0.99 by default. */
  readonly alpha?: number
  /** Added to the denominator; 1e-8 by default. */
  readonly eps?: number
  /** Added to the gradient as λ·w. */
  readonly weightDecay?: number
  /** 0: none (default). */
  readonly momentum?: number
  /** Divides by the deviation from the average gradient instead of by its size. */
  readonly centered?: boolean
}

const order = ['lr', 'alpha', 'eps', 'weightDecay', 'momentum', 'centered'] as const
export const rmspropSignature: Signature<RMSpropOptions> = {
  name: 'RMSprop',
  positional: order,
  named: ['maximize'],
}

type Group = ParamGroup<RMSpropOptions>

/**
 * Each step divided by a running average of the size of gradients (Tieleman & Hinton 2012, lecture 6.5); the rate is 0.01 by
 * default. Source: torch.optim.RMSprop.
 */
export class RMSprop extends Optimizer<RMSpropOptions> {
  constructor(params: Params<RMSpropOptions>, ...rest: Arguments<RMSpropOptions, typeof order>) {
    super(params, {
      lr: 0.01,
      alpha: 0.99,
      eps: 1e-8,
      weightDecay: 0,
      momentum: 0,
      centered: false,
      maximize: false,
      ...readArguments<RMSpropOptions>(rmspropSignature, rest),
    })
  }

  protected override check(options: Required<RMSpropOptions>): void {
    for (const name of ['alpha', 'eps', 'weightDecay', 'momentum'] as const)
      numberWithin(name, options[name], 0)
    yesOrNo('centered', options.centered)
  }

  protected override stateNames({ momentum, centered }: Group): readonly string[] {
    return ['square_avg', ...(momentum > 0 ? ['momentum_buffer'] : []), ...(centered ? ['grad_avg'] : [])]
  }

  protected override columnNames(): readonly string[] {
    return ['step']
  }

  protected override begin({ alpha, eps, weightDecay, momentum, rate }: Group) {
    return (parameter: Tensor, raw: Tensor, state: ParameterState): Tensor => {
      const grad = weightDecay === 0 ? raw : raw.add(parameter.mul(weightDecay))
      const squares = state['square_avg']!
      squares.copy_(squares.mul(alpha).add(grad.square().mul(1 - alpha)))
      const mean = state['grad_avg']
      mean?.copy_(mean.mul(alpha).add(grad.mul(1 - alpha)))
      const size = (mean ? squares.sub(mean.square()) : squares).sqrt().add(eps)
      const velocity = state['momentum_buffer']
      const step = grad.div(size)
      if (!velocity) return parameter.sub(step.mul(rate))
      velocity.copy_(velocity.mul(momentum).add(step))
      return parameter.sub(velocity.mul(rate))
    }
  }
}
