import { numberWithin } from '../nn/checks.ts'
import { readArguments, type Arguments, type Signature } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkBetas, missing, ownOf } from './averages.ts'
import { Optimizer, type GroupTensors, type ParameterState } from './optimizer.ts'
import type { BaseOptions, ParamGroup, Params } from './param-groups.ts'

export interface AdamaxOptions extends BaseOptions {
  /** How much of the average, and of the largest gradient, each step keeps; 0.9 and 0.999 by default. */
  readonly betas?: readonly [number, number]
  /** Added to each gradient's size; 1e-8 by default. */
  readonly eps?: number
  /** Added to the gradient as λ·w. */
  readonly weightDecay?: number
}

const order = ['lr', 'betas', 'eps', 'weightDecay'] as const
export const adamaxSignature: Signature<AdamaxOptions> = {
  name: 'Adamax',
  positional: order,
  named: ['maximize'],
}

type Group = ParamGroup<AdamaxOptions>

/**
 * Adam that divides by the largest gradient of late instead of by an average of squares (Kingma & Ba 2015, section 7.1,
 * https://arxiv.org/abs/1412.6980); the rate is 2e-3 by default. Source: torch.optim.Adamax.
 */
export class Adamax extends Optimizer<AdamaxOptions> {
  constructor(params: Params<AdamaxOptions>, ...rest: Arguments<AdamaxOptions, typeof order>) {
    super(params, {
      lr: 2e-3,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 0,
      maximize: false,
      ...readArguments<AdamaxOptions>(adamaxSignature, rest),
    })
  }

  protected override check({ betas, eps, weightDecay }: Required<AdamaxOptions>): void {
    checkBetas(betas)
    numberWithin('eps', eps, 0)
    numberWithin('weightDecay', weightDecay, 0)
  }

  protected override stateNames(): readonly string[] {
    return ['exp_avg', 'exp_inf']
  }

  protected override columnNames(): readonly string[] {
    return ['step', 'size']
  }

  protected override begin({ betas, eps, weightDecay, rate }: Group, { step, size }: GroupTensors) {
    const [beta1, beta2] = betas
    size!.copy_(rate.div(missing(beta1, step!)))
    return (parameter: Tensor, raw: Tensor, state: ParameterState, index: number): Tensor => {
      const grad = weightDecay === 0 ? raw : raw.add(parameter.mul(weightDecay))
      const [first, largest] = [state['exp_avg']!, state['exp_inf']!]
      first.copy_(first.mul(beta1).add(grad.mul(1 - beta1)))
      largest.copy_(largest.mul(beta2).maximum(grad.abs().add(eps)))
      return parameter.sub(first.div(largest).mul(ownOf(size!, parameter, index)))
    }
  }
}
