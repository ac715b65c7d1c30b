/** Gradients held against how outputs change, as torch.autograd.gradcheck does. */
import { grad } from '../tensor/autograd.ts'
import { tensor } from '../tensor/creation.ts'
import { isFloating } from '../tensor/dtype.ts'
import { exactData, exactTensor } from '../tensor/exact.ts'
import { enableGrad, noGrad } from '../tensor/grad-mode.ts'
import { Tensor } from '../tensor/tensor.ts'
import { listOf } from './inputs.ts'

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

/**
 * The same of the gradients themselves, for derivatives of derivatives: how they change with the inputs, and with the gradients that
 * come from above, which are 1 to begin with unless `gradOutputs` are given. Errors: as gradcheck.
 * Source: torch.autograd.gradgradcheck.
 */
export async function gradgradcheck(
  fn: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  gradOutputs?: Tensor | readonly Tensor[] | null,
  options: GradcheckOptions = {},
): Promise<boolean> {
  const list = listOf(inputs)
  const outputsOf = (own: readonly Tensor[]): readonly Tensor[] =>
    listOf(fn(...own)).filter((output) => isFloating(output.dtype) && output.requiresGrad)
  const above = gradOutputs
    ? listOf(gradOutputs)
    : outputsOf(list).map((output) => {
        const ones = output.detach().zerosLike().add(1)
        ones.requiresGrad = true
        return ones
      })
  const wanted = list.flatMap((input, i) => (input.requiresGrad ? [i] : []))
  const gradients = (...own: Tensor[]): readonly Tensor[] => {
    const leaves = own.slice(0, list.length).map((input, i) => {
      if (!list[i]!.requiresGrad || input.requiresGrad) return input
      const leaf = input.detach()
      leaf.requiresGrad = true
      return leaf
    })
    return enableGrad(() =>
      grad(
        outputsOf(leaves),
        wanted.map((i) => leaves[i]!),
        { gradOutputs: own.slice(list.length), createGraph: true, materializeGrads: true },
      ).map((one) => one!),
    )
  }
  return gradcheck(gradients, [...list, ...above], options)
}
