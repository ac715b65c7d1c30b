import { numberWithin } from '../nn/checks.ts'
import { readArguments, type Arguments, type Signature } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { ownOf } from './averages.ts'
import { Optimizer, type GroupTensors, type ParameterState } from './optimizer.ts'
import type { BaseOptions, ParamGroup, Params } from './param-groups.ts'

export interface AdagradOptions extends BaseOptions {
  /** The rate of step t is divided by 1 + (t − 1)·lrDecay; 0 by default. */
  readonly lrDecay?: number
  /** Added to the gradient as λ·w. */
  readonly weightDecay?: number
  /** Where the sums of squares begin; 0 by default. */
  readonly initialAccumulatorValue?: number
  /** Added to the denominator; 1e-10 by default. */
  readonly eps?: number
}

const order = ['lr', 'lrDecay', 'weightDecay', 'initialAccumulatorValue', 'eps'] as const
export const adagradSignature: Signature<AdagradOptions> = {
  name: 'Adagrad',
  positional: order,
  named: ['maximize'],
}

type Group = ParamGroup<AdagradOptions>

/**
 * Each step divided by the root of all squared gradients so far (Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html);
 * the rate is 0.01 by default. Source: torch.optim.Adagrad.
 */
export class Adagrad extends Optimizer<AdagradOptions> {
  constructor(params: Params<AdagradOptions>, ...rest: Arguments<AdagradOptions, typeof order>) {
    super(params, {
      lr: 0.01,
      lrDecay: 0,
      weightDecay: 0,
      initialAccumulatorValue: 0,
      eps: 1e-10,
      maximize: false,
      ...readArguments<AdagradOptions>(adagradSignature, rest),
    })
  }

  protected override check(options: Required<AdagradOptions>): void {
    for (const name of ['lrDecay', 'weightDecay', 'initialAccumulatorValue', 'eps'] as const)
      numberWithin(name, options[name], 0)
  }

  protected override stateNames(): readonly string[] {
    return ['sum']
  }

  protected override firstValue({ initialAccumulatorValue }: Group): number {
    return initialAccumulatorValue
  }

  protected override columnNames(): readonly string[] {
    return ['step']
  }

  protected override begin({ lrDecay, weightDecay, eps, rate }: Group, { step }: GroupTensors) {
    const rates = lrDecay === 0 ? null : rate.div(step!.sub(1).mul(lrDecay).add(1))
    return (parameter: Tensor, raw: Tensor, state: ParameterState, index: number): Tensor => {
      const grad = weightDecay === 0 ? raw : raw.add(parameter.mul(weightDecay))
      const sum = state['sum']!
      sum.copy_(sum.add(grad.square()))
      const own = rates ? ownOf(rates, parameter, index) : rate
      return parameter.sub(grad.div(sum.sqrt().add(eps)).mul(own))
    }
  }
}
