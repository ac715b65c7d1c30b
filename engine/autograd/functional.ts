/** Derivatives of functions, as in torch.autograd.functional. */
import { grad } from '../tensor/autograd.ts'
import { isFloating } from '../tensor/dtype.ts'
import { enableGrad } from '../tensor/grad-mode.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import { stack, Tensor } from '../tensor/tensor.ts'
import { listOf } from './inputs.ts'

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

function oneNumber(name: string, output: Tensor): Tensor {
  if (output.numel() === 1) return output
  throw new RangeError(`${name} needs a function that gives one number, not ${formatShape(output.shape)}.`)
}

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
        oneNumber('hessian', output)
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

/** Errors: a RangeError for directions that are not as the inputs are, which would be stretched to fit. */
function directionsFor(
  name: string,
  leaves: readonly Tensor[],
  v: Tensor | readonly Tensor[],
): readonly Tensor[] {
  const directions = listOf(v)
  if (directions.length !== leaves.length)
    throw new RangeError(
      `${name} takes a direction for each of the ${leaves.length} inputs, not ${directions.length}.`,
    )
  leaves.forEach(({ shape }, i) => {
    if (!sameShape(directions[i]!.shape, shape))
      throw new RangeError(
        `${name}: direction ${i} has the shape ${formatShape(directions[i]!.shape)}, its input ${formatShape(shape)}.`,
      )
  })
  return directions
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
    const directions = directionsFor('jvp', leaves, v)
    const output = fn(...leaves)
    const dual = output.detach().zerosLike()
    dual.requiresGrad = true
    const products = grad(output, leaves, { gradOutputs: dual, createGraph: true, materializeGrads: true })
    const along = products.map((product, i) => product!.mul(directions[i]!).sum()).reduce((a, b) => a.add(b))
    const [product] = along.requiresGrad
      ? grad(along, [dual], { createGraph, materializeGrads: true })
      : [dual.detach()]
    return [createGraph ? output : output.detach(), product!]
  })
}

/**
 * What a function that gives one number gives, and its Hessian times v, one for each input: a pass forward and two backward, without
 * the matrix itself. Errors: a RangeError for a function that gives more than one number. Source: torch.autograd.functional.hvp.
 */
export function hvp(
  fn: Fn,
  inputs: Tensor | readonly Tensor[],
  v: Tensor | readonly Tensor[],
  { createGraph = false }: DerivativeOptions = {},
): [output: Tensor, products: (Tensor | null)[]] {
  return enableGrad(() => {
    const leaves = taken(listOf(inputs), createGraph)
    const directions = directionsFor('hvp', leaves, v)
    const output = oneNumber('hvp', fn(...leaves))
    const first = grad(output.sum(), leaves, { createGraph: true, materializeGrads: true })
    const along = first.map((slope, i) => slope!.mul(directions[i]!).sum()).reduce((a, b) => a.add(b))
    const products = along.requiresGrad
      ? grad(along, leaves, { createGraph, materializeGrads: true })
      : leaves.map((leaf) => leaf.detach().zerosLike())
    return [createGraph ? output : output.detach(), products]
  })
}

/** v times the Hessian, which is symmetric: hvp by another name. Source: torch.autograd.functional.vhp. */
export function vhp(
  fn: Fn,
  inputs: Tensor | readonly Tensor[],
  v: Tensor | readonly Tensor[],
  options: DerivativeOptions = {},
): [output: Tensor, products: (Tensor | null)[]] {
  return hvp(fn, inputs, v, options)
}
