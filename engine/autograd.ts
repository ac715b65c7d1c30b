/** Derivatives of functions, and what checks or saves work on the way back, as in torch.autograd and torch.utils.checkpoint. */
import { exactData, exactTensor } from './tensor/exact.ts'
import { tensor } from './tensor/creation.ts'
import { AutogradFunction, type FunctionContext } from './tensor/function.ts'
import { grad } from './tensor/autograd.ts'
import { enableGrad, noGrad } from './tensor/grad-mode.ts'
import { isFloating } from './tensor/dtype.ts'
import { withRandomState, randomState } from './tensor/random.ts'
import { formatShape } from './tensor/shape.ts'
import { stack, Tensor } from './tensor/tensor.ts'

export { grad } from './tensor/autograd.ts'
export { AutogradFunction as Function } from './tensor/function.ts'

type Fn = (...inputs: Tensor[]) => Tensor

export interface DerivativeOptions {
  /** Records the derivative itself, for derivatives of it; false by default. */
  readonly createGraph?: boolean
}

/** Leaves of their own, or, to be differentiated further, values that depend on the inputs. */
const taken = (inputs: readonly Tensor[], createGraph: boolean): Tensor[] =>
  inputs.map((input) => {
    if (!(input instanceof Tensor) || !isFloating(input.dtype))
      throw new TypeError('Derivatives are taken with respect to tensors of floats.')
    if (createGraph && input.requiresGrad) return input.viewAs(input)
    const leaf = input.detach()
    leaf.requiresGrad = true
    return leaf
  })

const listOf = (inputs: Tensor | readonly Tensor[]): readonly Tensor[] =>
  inputs instanceof Tensor ? [inputs] : inputs

/**
 * Of each output with respect to each element of the input: [output's shape, input's shape]; a list of them for a list of inputs. Takes
 * one pass backward for each output. Source: torch.autograd.functional.jacobian.
 */
export function jacobian(fn: Fn, inputs: Tensor, options?: DerivativeOptions): Tensor
export function jacobian(fn: Fn, inputs: readonly Tensor[], options?: DerivativeOptions): Tensor[]
export function jacobian(
  fn: Fn,
  inputs: Tensor | readonly Tensor[],
  { createGraph = false }: DerivativeOptions = {},
): Tensor | Tensor[] {
  return enableGrad(() => {
    const leaves = taken(listOf(inputs), createGraph)
    const output = fn(...leaves)
    if (!(output instanceof Tensor)) throw new TypeError('jacobian takes a function that gives a tensor.')
    const flat = output.reshape([-1])
    const rows = Array.from({ length: flat.numel() }, (_, i) =>
      flat.requiresGrad
        ? grad(flat.select(0, i), leaves, { retainGraph: true, createGraph, allowUnused: true })
        : leaves.map(() => null),
    )
    const whole = leaves.map((leaf, k) => {
      const own = rows.map((row) => row[k] ?? leaf.detach().zerosLike())
      const shape = [...output.shape, ...leaf.shape]
      return own.length === 0 ? leaf.newFull(shape, 0) : stack(own).reshape(shape)
    })
    return inputs instanceof Tensor ? whole[0]! : whole
  })
}

/**
 * Second derivatives of a function that gives one number: [input's shape, input's shape]. For a list of inputs, a list for each of
 * them with one for each. Source: torch.autograd.functional.hessian.
 */
export function hessian(fn: Fn, inputs: Tensor, options?: DerivativeOptions): Tensor
export function hessian(fn: Fn, inputs: readonly Tensor[], options?: DerivativeOptions): Tensor[][]
export function hessian(
  fn: Fn,
  inputs: Tensor | readonly Tensor[],
  options: DerivativeOptions = {},
): Tensor | Tensor[][] {
  const list = listOf(inputs)
  const rows = list.map((_, k) =>
    jacobian(
      (...own) => {
        const output = fn(...own)
        if (output.numel() !== 1)
          throw new RangeError(
            `hessian needs a function that gives one number, not ${formatShape(output.shape)}.`,
          )
        const [first] = grad(output.sum(), [own[k]!], { createGraph: true, allowUnused: true })
        return first ?? own[k]!.mul(0)
      },
      list,
      options,
    ),
  )
  return inputs instanceof Tensor ? rows[0]![0]! : rows
}

/** What the function gives, and v times its Jacobian: one pass backward. Source: torch.autograd.functional.vjp. */
export function vjp(
  fn: Fn,
  inputs: Tensor | readonly Tensor[],
  v?: Tensor,
  { createGraph = false }: DerivativeOptions = {},
): [output: Tensor, products: (Tensor | null)[]] {
  return enableGrad(() => {
    const leaves = taken(listOf(inputs), createGraph)
    const output = fn(...leaves)
    const products = grad(output, leaves, {
      createGraph,
      materializeGrads: true,
      ...(v && { gradOutputs: v }),
    })
    return [createGraph ? output : output.detach(), products]
  })
}

/** What the function gives, and its Jacobian times v, one for each input: two passes backward. Source: torch.autograd.functional.jvp. */
export function jvp(
  fn: Fn,
  inputs: Tensor | readonly Tensor[],
  v: Tensor | readonly Tensor[],
  { createGraph = false }: DerivativeOptions = {},
): [output: Tensor, product: Tensor] {
  return enableGrad(() => {
    const leaves = taken(listOf(inputs), createGraph)
    const output = fn(...leaves)
    const dual = output.detach().zerosLike()
    dual.requiresGrad = true
    const products = grad(output, leaves, { gradOutputs: dual, createGraph: true, materializeGrads: true })
    const directions = listOf(v)
    const along = products.map((product, i) => product!.mul(directions[i]!).sum()).reduce((a, b) => a.add(b))
    const [product] = along.requiresGrad
      ? grad(along, [dual], { createGraph, materializeGrads: true })
      : [dual.detach()]
    return [createGraph ? output : output.detach(), product!]
  })
}

export interface GradcheckOptions {
  /** What inputs are moved by: 1e-6 where the device computes in float64, as the reference does, else 1e-2. */
  readonly eps?: number
  /** How far the slopes may differ: 1e-5 and 1e-3 in float64, else 1e-2 and 1e-2. */
  readonly atol?: number
  readonly rtol?: number
  /** Gives false instead of an error. */
  readonly raiseException?: boolean
}

/**
 * Holds the gradients of a function against how its outputs change when its inputs are moved a little. Exact on the reference device:
 * make the inputs there. Errors: an Error that says which gradient differs by how much. Source: torch.autograd.gradcheck.
 */
export async function gradcheck(
  fn: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradcheckOptions = {},
): Promise<boolean> {
  const list = listOf(inputs)
  const checked = list.flatMap((input, i) => (input.requiresGrad ? [i] : []))
  if (checked.length === 0) throw new Error('gradcheck needs at least one input that requires grad.')
  const exact = list[0]!.device.readExact !== undefined
  const { eps = exact ? 1e-6 : 1e-2, atol = exact ? 1e-5 : 1e-2, rtol = exact ? 1e-3 : 1e-2 } = options
  const values = await Promise.all(list.map(async (input) => Array.from(await exactData(input.detach()))))
  const outputsOf = (own: readonly Tensor[]): readonly Tensor[] => {
    const given = fn(...own)
    return given instanceof Tensor ? [given] : given
  }
  const fromValues = (numbers: readonly number[], { device, shape, dtype }: Tensor): Tensor =>
    dtype === 'float32'
      ? exactTensor(numbers, { device }).reshape(shape)
      : tensor(Float32Array.from(numbers), { device, shape, dtype })
  const outputs = outputsOf(list)
  for (const [o, output] of outputs.entries()) {
    const size = output.numel()
    const analytic = new Map<number, number[]>()
    const wanted = checked.map((i) => list[i]!)
    const rows = Array.from({ length: size }, (_, at) =>
      output.requiresGrad
        ? grad(output.reshape([-1]).select(0, at), wanted, { retainGraph: true, allowUnused: true })
        : wanted.map(() => null),
    )
    for (const [k, i] of checked.entries()) {
      const row = await Promise.all(
        rows.map(async (one) => {
          const g = one[k] ?? list[i]!.detach().zerosLike()
          return Array.from(await exactData(g))
        }),
      )
      analytic.set(i, row.flat())
    }
    for (const i of checked) {
      const own = values[i]!
      for (let j = 0; j < own.length; j++) {
        const moved = async (by: number): Promise<number[]> => {
          const inputsNow = list.map((input, k) =>
            k === i ? fromValues(own.with(j, own[j]! + by), input) : input.detach(),
          )
          return Array.from(await exactData(noGrad(() => outputsOf(inputsNow)[o]!.reshape([-1]))))
        }
        const [up, down] = [await moved(eps), await moved(-eps)]
        for (let at = 0; at < size; at++) {
          const slope = (up[at]! - down[at]!) / (2 * eps)
          const claimed = analytic.get(i)![at * own.length + j]!
          if (Math.abs(slope - claimed) <= atol + rtol * Math.abs(slope)) continue
          if (options.raiseException === false) return false
          throw new Error(
            `The gradient of output ${o}, element ${at}, by input ${i}, element ${j}, is ${claimed}; moving the input says ${slope}.`,
          )
        }
      }
    }
  }
  return true
}

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
