import { Tensor } from '../tensor/tensor.ts'

/**
 * A leaf that a module lists among its parameters, frozen or not. It starts with the value of `data` and shares it until one
 * of them is changed. Errors: a TypeError for what is no tensor; floats alone can require gradients.
 * Source: torch.nn.Parameter.
 */
export class Parameter extends Tensor {
  constructor(data: Tensor, requiresGrad = true) {
    if (!(data instanceof Tensor))
      throw new TypeError(`A Parameter is made of a tensor, not of ${typeof data}.`)
    // Detached, so that a captured step notes that it reads the original.
    super(data.detach().node)
    this.isParameter = true
    this.requiresGrad = requiresGrad
  }
}
