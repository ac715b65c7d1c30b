/** Custom differentiable functions, as torch.autograd.Function: for what is not differentiable, or has a better gradient. */
import { GradFn, isGradEnabled, noGrad } from './autograd.ts'
import type { Tensor } from './tensor.ts'

/** What forward leaves for backward. */
export interface FunctionContext {
  saved: readonly Tensor[]
}

export abstract class AutogradFunction {
  abstract forward(context: FunctionContext, ...inputs: Tensor[]): Tensor
  /** One gradient per input, null where there is none. */
  abstract backward(context: FunctionContext, grad: Tensor): readonly (Tensor | null)[]

  apply(...inputs: Tensor[]): Tensor {
    const context: FunctionContext = { saved: [] }
    const output = noGrad(() => this.forward(context, ...inputs)).detach()
    if (isGradEnabled() && inputs.some((t) => t.requiresGrad)) {
      const saved = inputs.map((t) => t.saved())
      output.gradFn = new GradFn(this.constructor.name, saved, (grad) => this.backward(context, grad))
    }
    return output
  }
}
