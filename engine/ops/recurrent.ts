/** Recurrent layers over a whole sequence: one op each, so that what does not depend on the step before is one product. */
import type { Prim, Primitives } from '../compiler/primitive.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import { defineOp, type TensorType } from './define.ts'
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

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735) over [steps, rows]:
 * takes what the inputs give the gates [steps, rows, 4·hidden] in PyTorch's order (input, forget, candidate, output), the
 * recurrent weight [4·hidden, hidden], and the first states. Gives [steps + 1, rows, hidden]: the hidden state after each
 * step, then the last cell state. Source: torch.nn.LSTM.
 */
export const lstm = defineOp({
  name: 'lstm',
  infer: (inputs) => {
    const { steps, rows, hidden } = extents(inputs)
    return { shape: [steps + 1, rows, hidden], dtype: 'float32' }
  },
  lower: (k, inputs, _, output) => {
    const steps = unroll(k, inputs)
    const slabs = [...steps.map((s) => s.hidden), steps.at(-1)!.cell]
    return k.assemble(
      slabs.map((part, i) => ({ part, offset: [i, 0, 0] })),
      output.shape,
    )
  },
  gradient: ({ inputs: [gates, weight, h0, c0], output }, grad) => {
    const [steps, rows, width] = gates!.shape as [number, number, number]
    const size = width / 4
    const packed = gates!.lstmGates(weight!, h0!, c0!, grad)
    const gradGates = packed.slice(0, 0, steps)
    const first = packed.slice(0, 0, 1).reshape([rows, width])
    const others = gradGates.slice(0, 1, steps).reshape([(steps - 1) * rows, width])
    const before = output.slice(0, 0, steps - 1).reshape([(steps - 1) * rows, size])
    const gradWeight = first.transpose(0, 1).matmul(h0!).add(others.transpose(0, 1).matmul(before))
    const gradHidden = first.matmul(weight!)
    const gradCell = packed.slice(0, steps).slice(2, 0, size).reshape([rows, size])
    return [gradGates, gradWeight, gradHidden, gradCell]
  },
  samples: [
    {
      inputs: [uniform([3, 2, 12]), uniform([12, 3]), uniform([2, 3]), uniform([2, 3], -1, 1)],
      attrs: null,
    },
    { inputs: [uniform([1, 3, 8]), uniform([8, 2]), uniform([3, 2]), uniform([3, 2], -1, 1)], attrs: null },
    {
      inputs: [edge([...special, 1], [2, 1, 4]), uniform([4, 1]), uniform([1, 1]), uniform([1, 1], -1, 1)],
      attrs: null,
    },
  ],
  torch:
    '(lambda r: torch.cat([r[0], r[2]]))(torch._VF.lstm(x0, (x2[None], x3[None]), [torch.eye(x0.shape[2]), x1], False, 1, 0.0, False, False, False))',
})

/**
 * The backward pass of `lstm` through time: inputs as there, then the gradient in its output. Gives [steps + 1, rows,
 * 4·hidden]: the gradient in the gates, then a slab that starts with the gradient in the first cell state.
 */
export const lstmGates = defineOp({
  name: 'lstmGates',
  infer: ([gates]) => ({ shape: gates!.shape.with(0, gates!.shape[0]! + 1), dtype: 'float32' }),
  lower: (k, inputs, _, whole) => {
    const [, weight, , , grad] = inputs
    const { steps: count, rows, hidden: size } = extents(inputs)
    const steps = unroll(k, inputs)
    const opposite = (x: Prim): Prim => k.sub(1, x)
    const parts: { part: Prim; offset: readonly number[] }[] = []
    let fromHidden: Prim | null = null
    let fromCell = at(k, grad!, count)
    for (let t = count - 1; t >= 0; t--) {
      const { input, forget, candidate, output, before, squashed } = steps[t]!
      const hidden: Prim = fromHidden ? k.add(at(k, grad!, t), fromHidden) : at(k, grad!, t)
      const cell = k.add(fromCell, k.mul(hidden, k.mul(output, opposite(k.mul(squashed, squashed)))))
      const gates = [
        k.mul(k.mul(cell, candidate), k.mul(input, opposite(input))),
        k.mul(k.mul(cell, before), k.mul(forget, opposite(forget))),
        k.mul(k.mul(cell, input), opposite(k.mul(candidate, candidate))),
        k.mul(k.mul(hidden, squashed), k.mul(output, opposite(output))),
      ]
      gates.forEach((part, n) => parts.push({ part, offset: [t, 0, n * size] }))
      const joined = k.reshape(k.concat(gates, 2), [rows, 4 * size])
      fromHidden = k.reshape(k.matmul(joined, weight!), [1, rows, size])
      fromCell = k.mul(cell, forget)
    }
    parts.push({ part: fromCell, offset: [count, 0, 0] })
    parts.push({ part: k.const(0, [1, rows, 3 * size]), offset: [count, 0, size] })
    return k.assemble(parts, whole.shape)
  },
  gradient: () => {
    throw new Error('The gradient of an LSTM cannot be differentiated again: leave createGraph off.')
  },
  samples: [],
  torch: '',
})
