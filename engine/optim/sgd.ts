import { numberWithin, yesOrNo } from '../nn/checks.ts'
import { readArguments, type Arguments, type Signature } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { ownOf } from './averages.ts'
import { Optimizer, type GroupTensors, type ParameterState } from './optimizer.ts'
import type { BaseOptions, ParamGroup, Params } from './param-groups.ts'

export interface SGDOptions extends BaseOptions {
  /** 0: none (default). */
  readonly momentum?: number
  /** How much less of each gradient but the first goes into the momentum; 0 by default. */
  readonly dampening?: number
  /** Added to the gradient as λ·w (L2 regularisation). */
  readonly weightDecay?: number
  /** Looks ahead by one step of the momentum (Sutskever et al. 2013, https://proceedings.mlr.press/v28/sutskever13.html). */
  readonly nesterov?: boolean
}

const order = ['lr', 'momentum', 'dampening', 'weightDecay', 'nesterov'] as const
export const sgdSignature: Signature<SGDOptions> = { name: 'SGD', positional: order, named: ['maximize'] }

type Group = ParamGroup<SGDOptions>

/** Stochastic gradient descent with PyTorch's momentum: v ← μ·v + g, w ← w − lr·v; the rate is 1e-3 by default. Source: torch.optim.SGD. */
export class SGD extends Optimizer<SGDOptions> {
  constructor(params: Params<SGDOptions>, ...rest: Arguments<SGDOptions, typeof order>) {
    const given = readArguments<SGDOptions>(sgdSignature, rest)
    super(params, {
      lr: 1e-3,
      momentum: 0,
      dampening: 0,
      weightDecay: 0,
      nesterov: false,
      maximize: false,
      ...given,
    })
  }

  protected override check({ momentum, dampening, weightDecay, nesterov }: Required<SGDOptions>): void {
    numberWithin('momentum', momentum, 0)
    numberWithin('dampening', dampening, -Infinity)
    numberWithin('weightDecay', weightDecay, 0)
    if (yesOrNo('nesterov', nesterov) && (momentum === 0 || dampening !== 0))
      throw new RangeError('nesterov needs a momentum, and no dampening.')
  }

  protected override stateNames({ momentum }: Group): readonly string[] {
    return momentum === 0 ? [] : ['momentum_buffer']
  }

  protected override columnNames({ momentum, dampening }: Group): readonly string[] {
    return momentum !== 0 && dampening !== 0 ? ['step'] : []
  }

  /** PyTorch saves none; that there is a momentum says that there was a first step. */
  protected override countWhereUnsaved(): number {
    return 1
  }

  protected override begin(group: Group, { step }: GroupTensors) {
    const { momentum, dampening, weightDecay, nesterov } = group
    // A parameter's first gradient is its momentum; without dampening that is what starting at zero gives.
    const parts = step ? step.eq(1).choose(1, 1 - dampening) : null
    return (parameter: Tensor, grad: Tensor, state: ParameterState, index: number): Tensor => {
      const decayed = weightDecay === 0 ? grad : grad.add(parameter.mul(weightDecay))
      const velocity = state['momentum_buffer']
      if (!velocity) return parameter.sub(decayed.mul(group.rate))
      const part = parts && ownOf(parts, parameter, index)
      const moved = velocity.mul(momentum).add(part ? decayed.mul(part) : decayed)
      velocity.copy_(moved)
      const direction = nesterov ? decayed.add(velocity.mul(momentum)) : velocity
      return parameter.sub(direction.mul(group.rate))
    }
  }
}
