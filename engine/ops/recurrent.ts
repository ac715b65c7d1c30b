/** Recurrent layers over a whole sequence: one op each, so that what does not depend on the step before is one product. */
import type { Prim, Primitives } from '../compiler/primitive.ts'
import { formatShape, numel, sameShape } from '../tensor/shape.ts'
import { grad } from '../tensor/autograd.ts'
import { isGradEnabled } from '../tensor/grad-mode.ts'
import type { Tensor } from '../tensor/core.ts'
import { defineMultiOp, type TensorType } from './define.ts'
import { edge, special, uniform } from './samples.ts'

interface Extents {
  readonly steps: number
  readonly rows: number
  readonly hidden: number
}

function extents([gates, weight, hidden, cell]: readonly TensorType[]): Extents {
  const [steps = 0, rows = 0, width = 0] = gates!.shape
  const size = weight!.shape[1] ?? 0
  const fits =
    gates!.shape.length === 3 &&
    steps > 0 &&
    width === 4 * size &&
    sameShape(weight!.shape, [width, size]) &&
    sameShape(hidden!.shape, [rows, size]) &&
    sameShape(cell!.shape, [rows, size])
  if (!fits) {
    throw new RangeError(
      `lstm takes gates [steps, rows, 4·hidden], a weight [4·hidden, hidden] and states [rows, hidden], with at least one step, ` +
        `not ${[gates, weight, hidden, cell].map((t) => formatShape(t!.shape)).join(', ')}.`,
    )
  }
  return { steps, rows, hidden: size }
}

/** One step, each value [1, rows, hidden]. */
interface Step {
  readonly input: Prim
  readonly forget: Prim
  readonly candidate: Prim
  readonly output: Prim
  readonly before: Prim
  readonly cell: Prim
  readonly squashed: Prim
  readonly hidden: Prim
}

const sigmoid = (k: Primitives, x: Prim): Prim => k.div(1, k.add(k.exp(k.neg(x)), 1))

/** Row `step` of [steps, …], with extent 1. */
const at = (k: Primitives, x: Prim, step: number): Prim =>
  k.shrink(
    x,
    x.shape.map((n, i): [number, number] => (i === 0 ? [step, step + 1] : [0, n])),
  )

function unroll(k: Primitives, [gates, weight, h0, c0]: readonly Prim[]): Step[] {
  const { steps, rows, hidden: size } = extents([gates!, weight!, h0!, c0!])
  const turned = k.permute(weight!, [1, 0])
  let hidden = k.reshape(h0!, [1, rows, size])
  let before = k.reshape(c0!, [1, rows, size])
  return Array.from({ length: steps }, (_, step) => {
    const product = k.matmul(k.reshape(hidden, [rows, size]), turned)
    const all = k.add(at(k, gates!, step), k.reshape(product, [1, rows, 4 * size]))
    const gate = (n: number): Prim =>
      k.shrink(all, [
        [0, 1],
        [0, rows],
        [n * size, (n + 1) * size],
      ])
    const [input, forget] = [sigmoid(k, gate(0)), sigmoid(k, gate(1))]
    const [candidate, output] = [k.tanh(gate(2)), sigmoid(k, gate(3))]
    const cell = k.add(k.mul(forget, before), k.mul(input, candidate))
    const squashed = k.tanh(cell)
    hidden = k.mul(output, squashed)
    const done = { input, forget, candidate, output, before, cell, squashed, hidden }
    before = cell
    return done
  })
}

/** The same, of tensors and one step after the other: its gradient can be differentiated again. */
function unrolledTensors([gates, weight, h0, c0]: readonly Tensor[]): Tensor[] {
  const { steps, hidden: size } = extents([gates!, weight!, h0!, c0!])
  const turned = weight!.transpose(0, 1)
  let [hidden, cell] = [h0!, c0!]
  const outputs: Tensor[] = []
  for (let step = 0; step < steps; step++) {
    const all = gates!.select(0, step).add(hidden.matmul(turned))
    const gate = (n: number): Tensor => all.narrow(1, n * size, size)
    cell = gate(1)
      .sigmoid()
      .mul(cell)
      .add(gate(0).sigmoid().mul(gate(2).tanh()))
    hidden = gate(3).sigmoid().mul(cell.tanh())
    outputs.push(hidden)
  }
  return [...outputs, cell]
}

/** The gradient in each input as a part of the graph, for derivatives of derivatives. */
function differentiableGradient(
  inputs: readonly Tensor[],
  [output, hidden, cell]: readonly (Tensor | null)[],
): (Tensor | null)[] {
  const results = unrolledTensors(inputs)
  const seeds = results.map((_, i) => {
    if (i === results.length - 1) return cell!
    const ofStep = output ? output.select(0, i) : null
    const isLast = i === results.length - 2
    return isLast && hidden ? (ofStep?.add(hidden) ?? hidden) : ofStep
  })
  const used = results.flatMap((result, i) => (seeds[i] ? [{ result, seed: seeds[i] }] : []))
  return grad(
    used.map(({ result }) => result),
    inputs,
    { gradOutputs: used.map(({ seed }) => seed), createGraph: true, allowUnused: true },
  )
}

const samples = [
  {
    inputs: [uniform([3, 2, 12]), uniform([12, 3]), uniform([2, 3]), uniform([2, 3], -1, 1)],
    attrs: null,
  },
  { inputs: [uniform([1, 3, 8]), uniform([8, 2]), uniform([3, 2]), uniform([3, 2], -1, 1)], attrs: null },
  {
    inputs: [edge([...special, 1], [2, 1, 4]), uniform([4, 1]), uniform([1, 1]), uniform([1, 1], -1, 1)],
    attrs: null,
  },
]

const layer = '[torch.eye(x0.shape[2]), x1], False, 1, 0.0, False, False, False)'

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735) over [steps, rows]:
 * takes what the inputs give the gates [steps, rows, 4·hidden] in PyTorch's order (input, forget, candidate, output), the
 * recurrent weight [4·hidden, hidden], and the first states [rows, hidden]. Gives the hidden state after each step,
 * [steps, rows, hidden], and the last hidden and cell state. Source: torch.nn.LSTM.
 */
export const lstm = defineMultiOp({
  name: 'lstm',
  floats: 'all',
  multiplyAdds: ([gates, weight]) => numel(gates!.shape) * weight!.shape[1]!,
  outputs: ['output', 'hidden', 'cell'],
  infer: (inputs) => {
    const { steps, rows, hidden } = extents(inputs)
    const state = { shape: [rows, hidden], dtype: 'float32' } as const
    return [{ shape: [steps, rows, hidden], dtype: 'float32' }, state, state]
  },
  lower: (k, inputs, _, [output, state]) => {
    const steps = unroll(k, inputs)
    const last = steps.at(-1)!
    const whole = k.assemble(
      steps.map(({ hidden }, i) => ({ part: hidden, offset: [i, 0, 0] })),
      output!.shape,
    )
    return [whole, k.reshape(last.hidden, state!.shape), k.reshape(last.cell, state!.shape)]
  },
  gradient: ({ inputs, outputs, applyMulti }, grads) => {
    if (isGradEnabled()) return differentiableGradient(inputs, grads)
    const [gates, weight, h0, c0] = inputs as [Tensor, Tensor, Tensor, Tensor]
    const given = grads.map((g, i) => g ?? outputs[i]!.zerosLike())
    const [gradGates, gradCell] = applyMulti(lstmBackward, [gates, weight, h0, c0, ...given], null) as [
      Tensor,
      Tensor,
    ]
    const [steps, rows, width] = gates.shape as [number, number, number]
    const first = gradGates.select(0, 0)
    const others = gradGates.narrow(0, 1, steps - 1).reshape([(steps - 1) * rows, width])
    const before = outputs[0]!.narrow(0, 0, steps - 1).reshape([(steps - 1) * rows, width / 4])
    const gradWeight = first.transpose(0, 1).matmul(h0).add(others.transpose(0, 1).matmul(before))
    return [gradGates, gradWeight, first.matmul(weight), gradCell]
  },
  samples,
  torch: `(lambda r: (r[0], r[1][0], r[2][0]))(torch._VF.lstm(x0, (x2[None], x3[None]), ${layer})`,
})

/**
 * The backward pass of `lstm` through time: its inputs, then the gradients in its outputs. Gives the gradient in the gates
 * [steps, rows, 4·hidden] and in the first cell state.
 */
export const lstmBackward = defineMultiOp({
  name: 'lstmBackward',
  floats: 'all',
  multiplyAdds: ([gates, weight]) => 2 * numel(gates!.shape) * weight!.shape[1]!,
  outputs: ['gates', 'cell'],
  infer: ([gates, , , cell]) => [gates!, cell!],
  lower: (k, inputs, _, [gates, cell]) => {
    const [, weight, , , gradOutput, gradHidden, gradCell] = inputs
    const { steps: count, rows, hidden: size } = extents(inputs)
    const steps = unroll(k, inputs)
    const opposite = (x: Prim): Prim => k.sub(1, x)
    const parts: { part: Prim; offset: readonly number[] }[] = []
    const ofStep = (x: Prim): Prim => k.reshape(x, [1, rows, size])
    let fromHidden = ofStep(gradHidden!)
    let fromCell = ofStep(gradCell!)
    for (let t = count - 1; t >= 0; t--) {
      const { input, forget, candidate, output, before, squashed } = steps[t]!
      const hidden = k.add(at(k, gradOutput!, t), fromHidden)
      const ofCell = k.add(fromCell, k.mul(hidden, k.mul(output, opposite(k.mul(squashed, squashed)))))
      const ofGates = [
        k.mul(k.mul(ofCell, candidate), k.mul(input, opposite(input))),
        k.mul(k.mul(ofCell, before), k.mul(forget, opposite(forget))),
        k.mul(k.mul(ofCell, input), opposite(k.mul(candidate, candidate))),
        k.mul(k.mul(hidden, squashed), k.mul(output, opposite(output))),
      ]
      ofGates.forEach((part, n) => parts.push({ part, offset: [t, 0, n * size] }))
      const joined = k.reshape(k.concat(ofGates, 2), [rows, 4 * size])
      fromHidden = ofStep(k.matmul(joined, weight!))
      fromCell = k.mul(ofCell, forget)
    }
    return [k.assemble(parts, gates!.shape), k.reshape(fromCell, cell!.shape)]
  },
  samples: samples.map(({ inputs, attrs }) => {
    const [steps, rows, width] = inputs[0]!.shape as [number, number, number]
    const [size, salt] = [width / 4, 5]
    const grads = [
      [steps, rows, size],
      [rows, size],
      [rows, size],
    ].map((shape) => uniform(shape, -1, 1, salt))
    return { inputs: [...inputs, ...grads], attrs }
  }),
  torch: `(lambda g, w, h, c: (lambda r: torch.autograd.grad([r[0], r[1], r[2]], [g, c], [x4, x5[None], x6[None]]))(torch._VF.lstm(g, (h[None], c[None]), ${layer.replace('x1', 'w')}))(x0.detach().requires_grad_(), x1.detach(), x2.detach(), x3.detach().requires_grad_())`,
})
