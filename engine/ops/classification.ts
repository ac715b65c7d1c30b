/** Scores to probabilities to a loss. Every form subtracts the largest score first, so that nothing overflows. */
import type { Prim, Primitives } from '../compiler/primitive.ts'
import { formatShape } from '../tensor/shape.ts'
import { defineOp } from './define.ts'
import {
  edge,
  integers,
  specialPairs,
  specialRows,
  specials,
  uniform,
  values,
  type SampleInput,
} from './samples.ts'

/** x − max x and Σ exp of it, along `dim`, kept as extent 1. */
function shifted(k: Primitives, x: Prim, dim: number): { centred: Prim; total: Prim } {
  const centred = k.sub(x, k.expand(k.reduce('peak', x, [dim]), x.shape))
  return { centred, total: k.sum(k.exp(centred), [dim]) }
}

function logProbabilities(k: Primitives, x: Prim, dim: number): Prim {
  const { centred, total } = shifted(k, x, dim)
  return k.sub(centred, k.expand(k.log(total), x.shape))
}

export const softmax = defineOp<{ dim: number }>({
  name: 'softmax',
  infer: ([x]) => ({ shape: x!.shape, dtype: 'float32' }),
  lower: (k, [x], { dim }) => {
    const { centred, total } = shifted(k, k.cast(x!, 'float32'), dim)
    return k.div(k.exp(centred), k.expand(total, x!.shape))
  },
  gradient: ({ output, attrs: { dim } }, grad) => [output.mul(grad.sub(grad.mul(output).sum(dim, true)))],
  samples: [
    { inputs: [uniform([3, 5])], attrs: { dim: 1 } },
    { inputs: [uniform([3, 5], -40, 40)], attrs: { dim: 0 } },
    { inputs: [values([2, 2], [1000, 999, -1000, -1001])], attrs: { dim: 1 } },
    { inputs: [specialRows], attrs: { dim: 1 } },
    ...specials.map((input) => ({ inputs: [input], attrs: { dim: 0 } })),
    { inputs: [uniform([0, 3])], attrs: { dim: 1 } },
    { inputs: [uniform([1])], attrs: { dim: 0 } },
  ],
  torch: 'torch.softmax(x0, dim)',
})

export const logSoftmax = defineOp<{ dim: number }>({
  name: 'logSoftmax',
  infer: ([x]) => ({ shape: x!.shape, dtype: 'float32' }),
  lower: (k, [x], { dim }) => logProbabilities(k, k.cast(x!, 'float32'), dim),
  gradient: ({ output, attrs: { dim } }, grad) => [grad.sub(output.exp().mul(grad.sum(dim, true)))],
  samples: [
    { inputs: [uniform([3, 5])], attrs: { dim: 1 } },
    { inputs: [uniform([4, 3], -40, 40)], attrs: { dim: 1 } },
    { inputs: [specialRows], attrs: { dim: 1 } },
    ...specials.map((input) => ({ inputs: [input], attrs: { dim: 0 } })),
    { inputs: [uniform([0, 3])], attrs: { dim: 1 } },
    { inputs: [uniform([1])], attrs: { dim: 0 } },
  ],
  torch: 'torch.log_softmax(x0, dim)',
})

/** Rows with this target are not counted: PyTorch's ignore_index. */
const ignored = -100

/**
 * Cross-entropy of scores [rows, classes] against class indices [rows], in nats; an optional third input weighs the
 * classes. Reduced to the weighted mean as torch.nn.functional.cross_entropy does: Σ wᵢ·lossᵢ / Σ wᵢ. Rows with the target
 * -100 are left out; any other target that is no class makes the loss and its gradient NaN, where PyTorch raises an error.
 */
export const crossEntropy = defineOp({
  name: 'crossEntropy',
  floats: [0, 2],
  infer: ([scores, target, weight]) => {
    const [rows, classes] = scores!.shape
    if (scores!.shape.length !== 2 || target!.shape.length !== 1 || target!.shape[0] !== rows) {
      throw new RangeError(
        `crossEntropy takes scores [rows, classes] and targets [rows], not ${formatShape(scores!.shape)} and ${formatShape(target!.shape)}.`,
      )
    }
    if (target!.dtype !== 'int32')
      throw new TypeError(`crossEntropy: targets are class indices (int32), not ${target!.dtype}.`)
    if (weight && weight.shape[0] !== classes) {
      throw new RangeError(
        `crossEntropy: one weight per class is needed: ${classes}, not ${formatShape(weight.shape)}.`,
      )
    }
    return { shape: [], dtype: 'float32' }
  },
  lower: (k, [scores, target, weight]) => {
    const [rows, classes] = scores!.shape as [number, number]
    const isCounted = k.not(k.eq(target!, ignored))
    const scored = k.gather(logProbabilities(k, scores!, 1), 1, k.reshape(target!, [rows, 1]))
    const loss = k.where(isCounted, k.neg(k.reshape(scored, [rows])), 0)
    const weights = k.where(isCounted, k.gather(weight ?? k.const(1, [classes]), 0, target!), 0)
    return k.reshape(k.div(k.sum(k.mul(loss, weights), [0]), k.sum(weights, [0])), [])
  },
  gradient: ({ inputs: [scores, target, weight] }, grad) => {
    const [rows, classes] = scores!.shape as [number, number]
    const column = target!.reshape([rows, 1])
    const isTarget = column.eq(scores!.newArange(classes).reshape([1, classes]))
    const isCounted = target!.ne(ignored)
    const weights = (weight ?? scores!.newFull([classes], 1)).indexSelect(0, target!)
    const total = isCounted.choose(weights, 0).sum()
    const share = isCounted.choose(weights.mul(grad.div(total)), 0).reshape([rows, 1])
    const gradScores = scores!.softmax(1).mul(share).sub(isTarget.choose(share, 0))
    return weight ? [gradScores, null, null] : [gradScores, null]
  },
  samples: [
    { inputs: [uniform([6, 4]), integers([6], 0, 4)], attrs: null },
    { inputs: [uniform([5, 3], -30, 30), integers([5], 0, 3)], attrs: null },
    { inputs: [uniform([6, 4]), integers([6], 0, 4), values([4], [0.5, 2, 1, 3])], attrs: null },
    { inputs: [uniform([3, 4]), values([3], [2, ignored, 0], 'int32')], attrs: null },
    { inputs: [edge([1, 2, 3, 4], [2, 2]), values([2], [ignored, ignored], 'int32')], attrs: null },
    ...Array.from({ length: specialRows.shape[0]! }, (_, row) => scoresOf(row)),
    { inputs: [uniform([0, 3]), integers([0], 0, 3)], attrs: null },
    { inputs: [uniform([1, 1]), integers([1], 0, 1)], attrs: null },
  ],
  torch: 'torch.nn.functional.cross_entropy(x0, x1.long(), weight=x[2].detach() if len(x) > 2 else None)',
})

/** Two special scores of one row, beside one that is not counted, with weights and without. */
function scoresOf(row: number): { inputs: SampleInput[]; attrs: null } {
  const scores = edge([...specialRows.values.slice(2 * row, 2 * row + 2), NaN, 1], [2, 2])
  const weights = row % 2 === 0 ? [] : [values([2], [0.5, 2])]
  return { inputs: [scores, values([2], [row % 3 === 0 ? 1 : 0, ignored], 'int32'), ...weights], attrs: null }
}

/** Mean of the squared differences. */
export const mseLoss = defineOp({
  name: 'mseLoss',
  floats: 'all',
  infer: ([input, target]) => {
    if (formatShape(input!.shape) !== formatShape(target!.shape)) {
      throw new RangeError(
        `mseLoss: input ${formatShape(input!.shape)} and target ${formatShape(target!.shape)} differ in shape.`,
      )
    }
    return { shape: [], dtype: 'float32' }
  },
  lower: (k, [input, target]) => {
    const difference = k.sub(input!, target!)
    const count = input!.shape.reduce((n, extent) => n * extent, 1)
    const axes = input!.shape.map((_, i) => i)
    return k.reshape(k.div(k.sum(k.mul(difference, difference), axes), count), [])
  },
  gradient: ({ inputs: [input, target] }, grad) => {
    const count = input!.shape.reduce((n, extent) => n * extent, 1)
    const slope = input!.sub(target!).mul(grad.mul(2 / count))
    return [slope, slope.neg()]
  },
  samples: [
    { inputs: [uniform([3, 4]), uniform([3, 4], -1, 3)], attrs: null },
    { inputs: [...specialPairs], attrs: null },
    { inputs: [edge([1, Infinity]), edge([2, 3])], attrs: null },
    { inputs: [uniform([0, 3]), uniform([0, 3])], attrs: null },
    { inputs: [uniform([1]), uniform([1], -1, 1)], attrs: null },
  ],
  torch: 'torch.nn.functional.mse_loss(x0, x1)',
})
