import { readArguments, type Arguments, type Signature } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { numberWithin, yesOrNo } from '../nn/checks.ts'
import { checkBetas, missing, ownOf } from './averages.ts'
import { Optimizer, type GroupTensors, type ParameterState } from './optimizer.ts'
import type { BaseOptions, ParamGroup, Params } from './param-groups.ts'

export interface AdamOptions extends BaseOptions {
  /** How much of both averages each step keeps; 0.9 and 0.999 by default. */
  readonly betas?: readonly [number, number]
  /** Added to the denominator; 1e-8 by default. */
  readonly eps?: number
  readonly weightDecay?: number
  /** Divides by the largest average of squares so far (Reddi et al. 2018, https://openreview.net/forum?id=ryQu7f-RZ). */
  readonly amsgrad?: boolean
}

const order = ['lr', 'betas', 'eps', 'weightDecay', 'amsgrad'] as const
type AdamArguments = Arguments<AdamOptions, typeof order>
const signatureOf = (name: string): Signature<AdamOptions> => ({
  name,
  positional: order,
  named: ['maximize'],
})
export const adamSignature = signatureOf('Adam')
export const adamWSignature = signatureOf('AdamW')

type Group = ParamGroup<AdamOptions>

/**
 * Averages of gradients and of their squares, both corrected for having started at zero (Kingma & Ba 2015,
 * https://arxiv.org/abs/1412.6980). Weight decay is added to the gradient. Source: torch.optim.Adam.
 */
export class Adam extends Optimizer<AdamOptions> {
  constructor(params: Params<AdamOptions>, ...rest: AdamArguments) {
    super(params, {
      lr: 1e-3,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 0,
      amsgrad: false,
      maximize: false,
      ...readArguments<AdamOptions>(adamSignature, rest),
    })
  }

  protected override check({ betas, eps, weightDecay, amsgrad }: Required<AdamOptions>): void {
    checkBetas(betas)
    numberWithin('eps', eps, 0)
    numberWithin('weightDecay', weightDecay, 0)
    yesOrNo('amsgrad', amsgrad)
  }

  protected override stateNames({ amsgrad }: Group): readonly string[] {
    return ['exp_avg', 'exp_avg_sq', ...(amsgrad ? ['max_exp_avg_sq'] : [])]
  }

  /** `size`: of the step, with what the first average lacks; `scale`: what the root of the second one lacks. */
  protected override columnNames(): readonly string[] {
    return ['step', 'size', 'scale']
  }

  protected override begin(group: Group, { step, size, scale }: GroupTensors) {
    const { betas, eps, weightDecay, amsgrad } = group
    const [beta1, beta2] = betas
    // Assigned to tensors that stay, so that each parameter's kernel reads its element instead of computing it again.
    size!.copy_(group.rate.div(missing(beta1, step!)))
    scale!.copy_(missing(beta2, step!).sqrt())
    return (parameter: Tensor, rawGrad: Tensor, state: ParameterState, index: number): Tensor => {
      const own = (column: Tensor): Tensor => ownOf(column, parameter, index)
      const { base, grad } = this.decay(parameter, rawGrad, group.rate, weightDecay)
      const [first, second] = [state['exp_avg']!, state['exp_avg_sq']!]
      first.copy_(first.mul(beta1).add(grad.mul(1 - beta1)))
      second.copy_(second.mul(beta2).add(grad.mul(grad).mul(1 - beta2)))
      const largest = state['max_exp_avg_sq']
      const squares = amsgrad && largest ? largest.copy_(largest.maximum(second)) : second
      const denominator = squares.sqrt().div(own(scale!)).add(eps)
      return base.sub(first.div(denominator).mul(own(size!)))
    }
  }

  /** What the weight decay makes of the parameter, or of its gradient. */
  protected decay(parameter: Tensor, grad: Tensor, _: Tensor, weightDecay: number) {
    return { base: parameter, grad: weightDecay === 0 ? grad : grad.add(parameter.mul(weightDecay)) }
  }
}

/** Weight decay taken off the weights instead of the gradient (Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101). */
export class AdamW extends Adam {
  constructor(params: Params<AdamOptions>, ...rest: AdamArguments) {
    super(params, { weightDecay: 0.01, ...readArguments<AdamOptions>(adamWSignature, rest) })
  }

  protected override decay(parameter: Tensor, grad: Tensor, rate: Tensor, weightDecay: number) {
    return { base: parameter.sub(parameter.mul(rate.mul(weightDecay))), grad }
  }
}
