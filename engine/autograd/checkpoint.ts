/** Computing again instead of keeping, as torch.utils.checkpoint does. */
import { AutogradFunction, type FunctionContext } from '../tensor/function.ts'
import { enableGrad } from '../tensor/grad-mode.ts'
import { randomState, withRandomState } from '../tensor/random.ts'
import { Tensor } from '../tensor/tensor.ts'

class Checkpoint extends AutogradFunction<Tensor | readonly Tensor[]> {
  readonly #fn: (...inputs: Tensor[]) => Tensor | readonly Tensor[]
  #random: Tensor | null = null
  constructor(fn: (...inputs: Tensor[]) => Tensor | readonly Tensor[]) {
    super()
    this.#fn = fn
  }
  forward(context: FunctionContext, ...inputs: Tensor[]): Tensor | readonly Tensor[] {
    context.saved = inputs
    this.#random = randomState(inputs[0]!.device)
    return this.#fn(...inputs)
  }
  backward({ saved }: FunctionContext, ...grads: Tensor[]): (Tensor | null)[] {
    return enableGrad(() => {
      const leaves = saved.map((input) => {
        const leaf = input.detach()
        if (input.requiresGrad) leaf.requiresGrad = true
        return leaf
      })
      const given = withRandomState(leaves[0]!.device, this.#random!, () => this.#fn(...leaves))
      const outputs = given instanceof Tensor ? [given] : given
      outputs.forEach((output, i) => {
        // Into the parameters that the function uses, and the leaves.
        if (output.requiresGrad) output.backward(grads[i]!, { retainGraph: i < outputs.length - 1 })
      })
      return leaves.map(({ grad: own }) => own)
    })
  }
}

/**
 * Computes the function, keeping nothing of what it computes on the way: going backward, that is computed again, with the same random
 * numbers. Saves memory at the price of a second pass forward. Gradients of what else it uses reach `.grad` by backward() alone, not by
 * grad(). Errors: an Error where no input requires gradients, as then none would reach what is inside. Source: torch.utils.checkpoint.
 */
export function checkpoint<Output extends Tensor | readonly Tensor[]>(
  fn: (...inputs: Tensor[]) => Output,
  ...inputs: Tensor[]
): Output {
  if (!inputs.every((input) => input instanceof Tensor))
    throw new TypeError(
      'checkpoint takes a function, and then the tensors that it is called with; no options.',
    )
  if (inputs.length === 0 || !inputs.some((input) => input.requiresGrad))
    throw new Error(
      'checkpoint needs an input that requires gradients: without one, none would reach what is inside.',
    )
  // In the form in which `fn` gives them.
  return new Checkpoint(fn).apply(...inputs) as Output
}
