import { numberWithin } from '../nn/checks.ts'
import { readArguments, type Arguments, type Signature } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { nextFor, ownOf } from './averages.ts'
import { Optimizer, type GroupTensors, type ParameterState } from './optimizer.ts'
import type { BaseOptions, ParamGroup, Params } from './param-groups.ts'

export interface ASGDOptions extends BaseOptions {
  /** How fast weights and the rate decay; 1e-4 by default. */
  readonly lambd?: number
  /** Power of the rate's decay; 0.75 by default. */
  readonly alpha?: number
  /** The step after which averaging begins; a million by default. */
  readonly t0?: number
  /** Added to the gradient as λ·w. */
  readonly weightDecay?: number
}

const order = ['lr', 'lambd', 'alpha', 't0', 'weightDecay'] as const
export const asgdSignature: Signature<ASGDOptions> = { name: 'ASGD', positional: order, named: ['maximize'] }

type Group = ParamGroup<ASGDOptions>

/**
 * Gradient descent with a rate that decays, and the average of where it went in its state `ax` (Polyak & Juditsky 1992,
 * https://doi.org/10.1137/0330046); the rate is 0.01 by default. Source: torch.optim.ASGD.
 */
export class ASGD extends Optimizer<ASGDOptions> {
  constructor(params: Params<ASGDOptions>, ...rest: Arguments<ASGDOptions, typeof order>) {
    super(params, {
      lr: 0.01,
      lambd: 1e-4,
      alpha: 0.75,
      t0: 1e6,
      weightDecay: 0,
      maximize: false,
      ...readArguments<ASGDOptions>(asgdSignature, rest),
    })
  }

  protected override check(options: Required<ASGDOptions>): void {
    for (const name of ['lambd', 'alpha', 't0', 'weightDecay'] as const) numberWithin(name, options[name], 0)
  }

  protected override stateNames(): readonly string[] {
    return ['ax']
  }

  /** `eta`: the rate of a parameter's next step; `mu`: the share of it in the average. The others are this step's. */
  protected override columnNames(): readonly string[] {
    return ['step', 'eta', 'mu', 'size', 'share']
  }

  protected override savedColumns(): readonly string[] {
    return ['eta', 'mu']
  }

  protected override firstNumber({ lr }: Group, column: string): number {
    return column === 'mu' ? 1 : column === 'eta' ? lr : 0
  }

  protected override begin(group: Group, columns: GroupTensors, moving: Tensor | null) {
    const { lambd, alpha, t0, weightDecay, rate } = group
    const [step, eta, mu, size, share] = this.columnNames().map((name) => columns[name]!)
    // The first step has the rate that holds then, which a schedule may have changed since the optimizer was made.
    size!.copy_(step!.eq(1).choose(rate, eta!))
    share!.copy_(mu!)
    const slower = step!.mul(rate).mul(lambd).add(1).pow(alpha)
    eta!.copy_(nextFor(moving, eta!, rate.div(slower)))
    mu!.copy_(nextFor(moving, mu!, step!.sub(t0).clamp({ min: 1 }).pow(-1)))
    return (parameter: Tensor, raw: Tensor, state: ParameterState, index: number): Tensor => {
      const grad = weightDecay === 0 ? raw : raw.add(parameter.mul(weightDecay))
      const [own, part] = [ownOf(size!, parameter, index), ownOf(share!, parameter, index)]
      const moved = parameter.mul(own.mul(-lambd).add(1)).sub(grad.mul(own))
      const average = state['ax']!
      average.copy_(part.eq(1).choose(moved, average.add(moved.sub(average).mul(part))))
      return moved
    }
  }
}
