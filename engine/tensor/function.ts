/** Custom differentiable functions, as torch.autograd.Function: for what is not differentiable, or has a better gradient. */
import { GradFn } from './autograd.ts'
import { isFloating } from './dtype.ts'
import { isGradEnabled, noGrad } from './grad-mode.ts'
import { formatShape, type Shape } from './shape.ts'
import { Tensor } from './core.ts'

/** What forward leaves for backward. */
export interface FunctionContext {
  saved: readonly Tensor[]
}

/** `forward` gives one tensor, or a list of them; then `backward` takes a gradient for each, zeros where nothing uses it. */
export abstract class AutogradFunction<Output extends Tensor | readonly Tensor[] = Tensor> {
  abstract forward(context: FunctionContext, ...inputs: Tensor[]): Output
  /** One gradient per input, of its shape; null where there is none. */
  abstract backward(context: FunctionContext, ...grads: Tensor[]): readonly (Tensor | null)[]

  /** What `forward` gives, with `backward` as its gradient. Errors: a TypeError for a forward that returns no tensor; from backward(), for gradients that do not fit the inputs. */
  apply(...inputs: Tensor[]): Output {
    const context: FunctionContext = { saved: [] }
    const { name } = this.constructor
    const result = noGrad(() => this.forward(context, ...inputs))
    const results: readonly unknown[] = Array.isArray(result) ? result : [result]
    const outputs = results.map((output) => {
      if (!(output instanceof Tensor))
        throw new TypeError(`${name}.forward must return a tensor or a list of them, not ${String(output)}.`)
      return output.detach()
    })
    if (inputs.some((t) => t.requiresGrad) && isGradEnabled()) {
      const saved = inputs.map((t) => t.saved())
      const fn = new GradFn(name, saved, (grads) =>
        checkedGradients(
          name,
          inputs,
          this.backward(context, ...outputs.map((output, i) => grads[i] ?? output.zerosLike())),
        ),
      )
      outputs.forEach((output, i) => {
        if (isFloating(output.dtype)) output.comesFrom(fn, i)
      })
    }
    // In the form in which `forward` gave them.
    return (Array.isArray(result) ? outputs : outputs[0]!) as Output
  }
}

function checkedGradients(
  name: string,
  inputs: readonly Tensor[],
  grads: unknown,
): readonly (Tensor | null)[] {
  if (!Array.isArray(grads))
    throw new TypeError(
      `${name}.backward must return a list with one gradient for each of ${inputs.length} inputs.`,
    )
  const list = grads as readonly unknown[]
  const surplus = list.slice(inputs.length).some((g) => g !== null && g !== undefined)
  if (list.length < inputs.length || surplus)
    throw new RangeError(
      `${name}.backward returned ${list.length} gradients for ${inputs.length} inputs: one for each is needed, null where there is none.`,
    )
  return inputs.map((input, i) => {
    const grad = list[i] ?? null
    if (grad === null) return null
    if (!(grad instanceof Tensor))
      throw new TypeError(`${name}.backward: gradient ${i} is no tensor but ${typeof grad}.`)
    const fitting = summedTo(grad, input.shape)
    if (!fitting)
      throw new RangeError(
        `${name}.backward returned an invalid gradient ${i}: its shape is ${formatShape(grad.shape)}, that of the input ${formatShape(input.shape)}.`,
      )
    return fitting.dtype === input.dtype ? fitting : fitting.to(input.dtype)
  })
}

/** A gradient of what `shape` was broadcast to, summed back; null where it does not broadcast to that. */
function summedTo(grad: Tensor, shape: Shape): Tensor | null {
  const lead = grad.ndim - shape.length
  const fits = lead >= 0 && shape.every((n, i) => n === grad.shape[lead + i] || n === 1)
  if (!fits) return null
  const stretched = grad.shape.flatMap((n, i) => (i < lead || n !== shape[i - lead] ? [i] : []))
  return stretched.length === 0 ? grad : grad.sum(stretched).reshape(shape)
}
