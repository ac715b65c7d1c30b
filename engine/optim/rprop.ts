import { readArguments, type Arguments, type Signature } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { ownOf } from './averages.ts'
import { Optimizer, type GroupTensors, type ParameterState } from './optimizer.ts'
import type { BaseOptions, ParamGroup, Params } from './param-groups.ts'

export interface RpropOptions extends BaseOptions {
  /** What a weight's step is multiplied by where its gradient's sign changed, and where it did not; 0.5 and 1.2 by default. */
  readonly etas?: readonly [number, number]
  /** The smallest and the largest step; 1e-6 and 50 by default. */
  readonly stepSizes?: readonly [number, number]
}

const order = ['lr', 'etas', 'stepSizes'] as const
export const rpropSignature: Signature<RpropOptions> = {
  name: 'Rprop',
  positional: order,
  named: ['maximize'],
}

type Group = ParamGroup<RpropOptions>

const isPair = (value: unknown): value is readonly [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every((n) => typeof n === 'number' && !Number.isNaN(n))

/**
 * A step of its own for each weight, from the signs of its gradients alone; for whole batches, whose signs do not flicker
 * (Riedmiller & Braun 1993, https://doi.org/10.1109/ICNN.1993.298623). `lr` is the first step, 0.01 by default.
 * Source: torch.optim.Rprop.
 */
export class Rprop extends Optimizer<RpropOptions> {
  constructor(params: Params<RpropOptions>, ...rest: Arguments<RpropOptions, typeof order>) {
    super(params, {
      lr: 0.01,
      etas: [0.5, 1.2],
      stepSizes: [1e-6, 50],
      maximize: false,
      ...readArguments<RpropOptions>(rpropSignature, rest),
    })
  }

  protected override check({ etas, stepSizes }: Required<RpropOptions>): void {
    if (!isPair(etas) || !(etas[0] > 0 && etas[0] < 1 && etas[1] > 1))
      throw new RangeError(`etas must be a number between 0 and 1 and one from 1, not ${String(etas)}.`)
    if (!isPair(stepSizes) || !(stepSizes[0] >= 0 && stepSizes[0] <= stepSizes[1]))
      throw new RangeError(`stepSizes must be the smallest step and the largest, not ${String(stepSizes)}.`)
  }

  protected override stateNames(): readonly string[] {
    return ['prev', 'step_size']
  }

  protected override firstValue({ lr }: Group, name: string): number {
    return name === 'step_size' ? lr : 0
  }

  protected override columnNames(): readonly string[] {
    return ['step']
  }

  protected override begin({ etas, stepSizes, rate }: Group, { step }: GroupTensors) {
    const [[shrink, grow], [min, max]] = [etas, stepSizes]
    return (parameter: Tensor, raw: Tensor, state: ParameterState, index: number): Tensor => {
      const [before, size] = [state['prev']!, state['step_size']!]
      const agreement = raw.mul(before)
      const turned = agreement.lt(0)
      const factor = turned.choose(shrink, agreement.gt(0).choose(grow, 1))
      // The first step has the rate that holds then, which a schedule may have changed since the optimizer was made.
      const last = ownOf(step!, parameter, index).eq(1).choose(rate, size)
      size.copy_(last.mul(factor).clamp({ min, max }))
      const grad = turned.choose(0, raw)
      before.copy_(grad)
      return parameter.sub(grad.sign().mul(size))
    }
  }
}
