import { defineWithOptions } from '../../functions/define.ts'
import { holding, knownNumbers } from '../../functions/operands.ts'
import { edge, uniform, values } from '../../ops/samples.ts'
import { formatShape } from '../../tensor/shape.ts'
import { stack, Tensor } from '../../tensor/tensor.ts'
import { oneOf } from '../checks.ts'
import { reduced, reductions, type Reduced } from './reduced.ts'

interface CtcOptions extends Reduced {
  /** The class that stands for none; 0 by default. */
  readonly blank?: number
  /** Whether what cannot be costs nothing, instead of an infinite loss; false by default. */
  readonly zeroInfinity?: boolean
}

/** A logarithm of nothing that stays a number, so that no NaN comes of differences. */
const nothing = -1e30

/** ln Σ exp over the tensors, element by element. */
function total(parts: readonly Tensor[]): Tensor {
  const all = stack(parts)
  const largest = all.detach().amax(0)
  return all.sub(largest).exp().sum(0).log().add(largest)
}

type Lengths = Tensor | readonly number[]

const lengthsOf = (lengths: Lengths, model: Tensor): Tensor =>
  lengths instanceof Tensor ? lengths.reshape([-1]) : holding(lengths, model.device)

/** Targets one behind the other as rows, which are filled up. Errors: a TypeError where their lengths are not known yet. */
function rowsOf(targets: Tensor, lengths: Lengths): Tensor {
  const known = lengths instanceof Tensor ? knownNumbers('ctcLoss: targetLengths', lengths) : lengths
  const longest = Math.max(0, ...known)
  if (known.reduce((a, b) => a + b, 0) !== targets.numel())
    throw new RangeError(
      `ctcLoss: targetLengths ${formatShape(known)} do not add up to the ${targets.numel()} targets.`,
    )
  let start = 0
  return stack(
    known.map((length) => {
      start += length
      return targets.narrow(0, start - length, length).pad([[0, longest - length]])
    }),
  )
}

/** Moved on along the second dimension by so many, and nothing in their places. */
function moved(alpha: Tensor, by: number): Tensor {
  const kept = alpha.narrow(1, 0, alpha.shape[1]! - by).pad([[0, 0], [by, 0]]) // prettier-ignore
  return alpha.newArange(alpha.shape[1]!).lt(by).choose(nothing, kept)
}

/**
 * −ln p of int32 targets [N, S] (or all in one list) given log-probabilities [T, N, classes] of each time, over all ways to
 * repeat them and to put blanks between them (Graves et al. 2006, https://doi.org/10.1145/1143844.1143891); of one sequence
 * [T, classes] and [S]. A mean divides each by its target's length. Lengths are lists or int32 tensors [N].
 * Source: torch.nn.functional.ctc_loss, whose gradient takes it that the log-probabilities come from logSoftmax.
 * Errors: a RangeError for shapes and lengths that do not fit.
 */
export const ctcLoss = defineWithOptions({
  name: 'ctcLoss',
  widens: true,
  isMethod: false,
  torch: 'torch.nn.functional',
  positional: ['blank', 'reduction', 'zeroInfinity'],
  call(
    logProbs: Tensor,
    targets: Tensor,
    inputLengths: Lengths,
    targetLengths: Lengths,
    options: CtcOptions,
  ): Tensor {
    const { blank = 0, reduction = 'mean', zeroInfinity = false } = options
    oneOf('reduction', reduction, reductions)
    const single = logProbs.ndim === 2
    const scores = single ? logProbs.unsqueeze(1) : logProbs
    if (scores.ndim !== 3)
      throw new RangeError(
        `ctcLoss takes [T, N, classes] or [T, classes], not ${formatShape(logProbs.shape)}.`,
      )
    const [times, n, classes] = scores.shape as readonly [number, number, number]
    const list = targets.ndim === 2 ? targets : single ? targets.unsqueeze(0) : rowsOf(targets, targetLengths)
    const spent = lengthsOf(inputLengths, scores)
    const wanted = lengthsOf(targetLengths, scores)
    if (list.shape[0] !== n || spent.numel() !== n || wanted.numel() !== n)
      throw new RangeError(
        `ctcLoss: ${n} sequences need as many targets and lengths, not ${list.shape[0]}, ${spent.numel()} and ${wanted.numel()}.`,
      )
    if (blank < 0 || blank >= classes)
      throw new RangeError(`ctcLoss: blank must be one of ${classes} classes, not ${blank}.`)
    const losses = unlikelihoods(scores, list, spent, wanted, blank)
    const infinite = losses.gt(-nothing / 2)
    // PyTorch's gradient is that of the loss and of Σ p, which is 1 for what comes from logSoftmax.
    const isSpent = scores.newArange(times).unsqueeze(1).lt(spent)
    const sums = isSpent.choose(scores.exp().sum(2), 0).sum(0)
    const known = infinite.choose(zeroInfinity ? 0 : Infinity, losses.add(sums.sub(sums.detach())))
    if (reduction === 'mean') return known.div(wanted.clamp({ min: 1 })).mean()
    return reduced(single ? known.reshape([]) : known, { reduction })
  },
  samples: [
    // Edges: the gradient is not the loss's own, as said above.
    [
      edge(uniform([5, 2, 4], -3, -0.1).values, [5, 2, 4]),
      values([2, 2], [1, 2, 3, 3], 'int32'),
      values([2], [5, 4], 'int32'),
      values([2], [2, 1], 'int32'),
    ],
    [
      edge(uniform([6, 2, 4], -3, -0.1).values, [6, 2, 4]),
      values([2, 3], [1, 1, 2, 3, 2, 3], 'int32'),
      [6, 5],
      [3, 2],
      1,
      'sum',
    ],
    [
      edge(uniform([3, 2, 4], -3, -0.1).values, [3, 2, 4]),
      values([2, 3], [1, 1, 2, 3, 2, 3], 'int32'),
      [3, 3],
      [3, 1],
      { reduction: 'none', zeroInfinity: true },
    ],
    [
      edge(uniform([5, 2, 4], -3, -0.1).values, [5, 2, 4]),
      values([3], [1, 2, 3], 'int32'),
      [5, 4],
      [2, 1],
      0,
      'none',
    ],
  ],
})

/** Each sequence's −ln p, at least −nothing where it cannot be. */
function unlikelihoods(scores: Tensor, list: Tensor, spent: Tensor, wanted: Tensor, blank: number): Tensor {
  const [times, n] = scores.shape as readonly [number, number]
  const longest = list.shape[1]!
  const states = 2 * longest + 1
  // Blanks before, between and after: blank, t₁, blank, t₂, …, blank.
  const blanks = list.newFull([n, longest, 1], blank, 'int32')
  const between = stack([blanks.squeeze(2), list], 2).reshape([n, 2 * longest])
  const labels = between.pad([[0, 0], [0, 1]]).add(scores.newArange(states).eq(states - 1).to('int32').mul(blank)) // prettier-ignore
  // From one target to the next without a blank, if they differ.
  const twoBefore = labels.narrow(1, 0, Math.max(0, states - 2)).pad([[0, 0], [Math.min(2, states), 0]]).narrow(1, 0, states) // prettier-ignore
  const state = scores.newArange(states)
  const jumps = labels.ne(blank).logicalAnd(labels.ne(twoBefore)).logicalAnd(state.ge(2))
  const said = (time: number): Tensor => scores.select(0, time).gather(1, labels)
  let alpha = state.lt(2).choose(said(0), nothing)
  for (let time = 1; time < times; time++) {
    const ways =
      states === 1
        ? [alpha]
        : [alpha, moved(alpha, 1), ...(states > 2 ? [jumps.choose(moved(alpha, 2), nothing)] : [])]
    const next = total(ways).clamp({ min: nothing }).add(said(time))
    alpha = spent.gt(time).unsqueeze(1).choose(next, alpha)
  }
  const last = wanted.mul(2).unsqueeze(1)
  const ends = [
    alpha.gather(1, last).squeeze(1),
    wanted.gt(0).choose(alpha.gather(1, last.sub(1).clamp({ min: 0 })).squeeze(1), nothing),
  ]
  return total(ends).neg()
}
