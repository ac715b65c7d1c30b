import { numberWithin } from '../nn/checks.ts'
import { readArguments, type Arguments, type Signature } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { Optimizer, type ParameterState } from './optimizer.ts'
import type { BaseOptions, ParamGroup, Params } from './param-groups.ts'

export interface AdadeltaOptions extends BaseOptions {
  /** How much of both averages of squares each step keeps; 0.9 by default. */
  readonly rho?: number
  /** Added to both averages under their roots; 1e-6 by default. */
  readonly eps?: number
  /** Added to the gradient as λ·w. */
  readonly weightDecay?: number
}

const order = ['lr', 'rho', 'eps', 'weightDecay'] as const
export const adadeltaSignature: Signature<AdadeltaOptions> = {
  name: 'Adadelta',
  positional: order,
  named: ['maximize'],
}

type Group = ParamGroup<AdadeltaOptions>

/**
 * Each step as long, against its gradient, as steps of late were against theirs, so that there is no rate to choose (Zeiler 2012,
 * https://arxiv.org/abs/1212.5701); `lr` scales it, and is 1 by default. Source: torch.optim.Adadelta.
 */
export class Adadelta extends Optimizer<AdadeltaOptions> {
  constructor(params: Params<AdadeltaOptions>, ...rest: Arguments<AdadeltaOptions, typeof order>) {
    super(params, {
      lr: 1,
      rho: 0.9,
      eps: 1e-6,
      weightDecay: 0,
      maximize: false,
      ...readArguments<AdadeltaOptions>(adadeltaSignature, rest),
    })
  }

  protected override check({ rho, eps, weightDecay }: Required<AdadeltaOptions>): void {
    numberWithin('rho', rho, 0, 1)
    numberWithin('eps', eps, 0)
    numberWithin('weightDecay', weightDecay, 0)
  }

  protected override stateNames(): readonly string[] {
    return ['square_avg', 'acc_delta']
  }

  protected override columnNames(): readonly string[] {
    return ['step']
  }

  protected override begin({ rho, eps, weightDecay, rate }: Group) {
    return (parameter: Tensor, raw: Tensor, state: ParameterState): Tensor => {
      const grad = weightDecay === 0 ? raw : raw.add(parameter.mul(weightDecay))
      const [squares, moves] = [state['square_avg']!, state['acc_delta']!]
      squares.copy_(squares.mul(rho).add(grad.square().mul(1 - rho)))
      const move = moves.add(eps).sqrt().div(squares.add(eps).sqrt()).mul(grad)
      moves.copy_(moves.mul(rho).add(move.square().mul(1 - rho)))
      return parameter.sub(move.mul(rate))
    }
  }
}
