/** What losses compute: on the device for training, and of a whole split in float64 on the host, the same on every backend. */
import { arange, nn, type Tensor } from '../../../engine/index.ts'
import {
  errorNames,
  implementationOf,
  isWritten,
  losses,
  probabilityNames,
  readFormula,
  type Implementations,
  type Loss,
} from '../../contract/index.ts'
import { computeFormula, numbersOf, withSlope } from '../formulas/formula.ts'
import { normalQuantile } from '../prepare/normal.ts'

interface LossFunction {
  /**
   * The mean over a batch; with weights of classes the weighted mean Σ wᵢlᵢ / Σ wᵢ, as torch.nn.CrossEntropyLoss has it, and
   * with weights of labels the mean as torch.nn.BCEWithLogitsLoss has it. `rows`: what the loss of each row is multiplied by.
   */
  readonly onDevice: (output: Tensor, target: Tensor, weight?: Tensor, rows?: Tensor) => Tensor
  /** The same of a whole split, of `units` outputs a row. Weights of rows are those of the split: Σ rᵢlᵢ / Σ rᵢ. */
  readonly ofSplit: (
    outputs: ArrayLike<number>,
    targets: ArrayLike<number>,
    units: number,
    weights: ArrayLike<number> | null,
    rows?: ArrayLike<number> | null,
  ) => number
  /**
   * Where a batch's loss is divided by other than its rows: what a row of this class adds to it. Absent: 1 for every row.
   */
  readonly counts?: (label: number, units: number, weights: ArrayLike<number> | null) => number
  /**
   * Of a network that has learned nothing: each of so many answers equally likely, or the mean of a target of variance 1 that
   * is normally distributed.
   */
  readonly atStart: (choices: number) => number
}

const { functional } = nn

/** The mean of each row's loss. `own`: what of it are weights of classes, which are divided by. */
function averaged(each: Tensor, own?: Tensor, rows?: Tensor): Tensor {
  const weighted = rows ? each.mul(rows) : each
  return own ? weighted.sum().div(own.sum()) : weighted.mean()
}

/** Of log-probabilities of one row, times its weight. */
type RowLoss = (
  logProbability: (k: number) => number,
  label: number,
  weightOf: (k: number) => number,
) => number

const ofClasses =
  (rowLoss: RowLoss): LossFunction['ofSplit'] =>
  (logits, truth, classes, weights, rows) => {
    const weightOf = (k: number): number => weights?.[k] ?? 1
    let total = 0
    let weightSum = 0
    for (let row = 0; row < truth.length; row++) {
      const start = row * classes
      const label = truth[row] ?? 0
      const counts = rows?.[row] ?? 1
      let max = -Infinity
      for (let k = 0; k < classes; k++) max = Math.max(max, logits[start + k] ?? NaN)
      let sum = 0
      for (let k = 0; k < classes; k++) sum += Math.exp((logits[start + k] ?? NaN) - max)
      const logSum = Math.log(sum) + max
      total += counts * rowLoss((k) => (logits[start + k] ?? NaN) - logSum, label, weightOf)
      weightSum += counts * weightOf(label)
    }
    return total / weightSum
  }

/** Of targets that stand beside the outputs one by one: the mean over all of them. `weight`: of the column. */
const ofEach =
  (loss: (output: number, target: number, weight: number) => number): LossFunction['ofSplit'] =>
  (outputs, targets, units, weights, rows) => {
    let total = 0
    let counted = 0
    for (let i = 0; i < targets.length; i++) {
      const counts = rows?.[Math.floor(i / units)] ?? 1
      total += counts * loss(outputs[i] ?? NaN, targets[i] ?? NaN, weights?.[i % units] ?? 1)
      counted += counts
    }
    return total / counted
  }
const ofNumbers = (errorLoss: (error: number) => number): LossFunction['ofSplit'] =>
  ofEach((output, target) => errorLoss(output - target))

/** Each row's loss in one number, where rows are weighted; the plain mean elsewhere. */
const onNumbers =
  (
    loss: (output: Tensor, target: Tensor, options: { reduction: 'none' | 'mean' }) => Tensor,
  ): LossFunction['onDevice'] =>
  (output, target, _weight, rows) =>
    rows
      ? averaged(loss(output, target, { reduction: 'none' }).mean(1), undefined, rows)
      : loss(output, target, { reduction: 'mean' })

/** log(1 + e^x), without overflow. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
/** The negative logarithm of the probability of a yes or no, given its log-odds; a yes counts `weight` times. */
const yesOrNo = (logit: number, target: number, weight = 1): number =>
  weight * target * softplus(-logit) + (1 - target) * softplus(logit)

const density = (z: number): number => Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI)
/** P(|z| < limit) of a normal distribution, by Simpson's rule. */
function within(limit: number): number {
  const n = 200
  const h = limit / n
  let sum = density(0) + density(limit)
  for (let i = 1; i < n; i++) sum += (i % 2 === 1 ? 4 : 2) * density(i * h)
  return (2 * h * sum) / 3
}

const classWeight: NonNullable<LossFunction['counts']> = (label, _, weights) => weights?.[label] ?? 1

interface OwnFormula {
  readonly formula: string
  readonly slope: string
}

/** Of tensors by their names, the first of which is what the slope is by. */
function ownOnDevice({ formula, slope }: OwnFormula, given: ReadonlyMap<string, Tensor>): Tensor {
  const names = [...given.keys()]
  const [by] = given.values()
  const value = computeFormula(readFormula(formula, names, 'elements'), given)
  return slope === ''
    ? value
    : withSlope(value, by!, computeFormula(readFormula(slope, names, 'elements'), given))
}

const ownNumber = <Name extends string>({ formula }: OwnFormula, names: readonly Name[]) => {
  const compute = numbersOf(readFormula(formula, names, 'elements'), names)
  return (given: Readonly<Record<Name, number>>): number => compute(names.map((name) => given[name]))
}

/** Quantiles of a standard normal distribution, each standing for as much of it. */
const normalSample = (): number[] => Array.from({ length: 1000 }, (_, i) => normalQuantile((i + 0.5) / 1000))

const implementations: Implementations<typeof losses, LossFunction> = {
  crossEntropy: ({ labelSmoothing }) => ({
    onDevice: (output, target, weight, rows) => {
      const options = { weight, ...(labelSmoothing > 0 && { labelSmoothing }) }
      if (!rows) return functional.crossEntropy(output, target, options)
      const each = functional.crossEntropy(output, target, { ...options, reduction: 'none' })
      return averaged(each, weight?.indexSelect(0, target), rows)
    },
    ofSplit: (logits, truth, classes, ...weights) =>
      ofClasses((logProbability, label, weightOf) => {
        const own = -(1 - labelSmoothing) * weightOf(label) * logProbability(label)
        if (labelSmoothing === 0) return own
        let spread = 0
        for (let k = 0; k < classes; k++) spread -= weightOf(k) * logProbability(k)
        return own + (labelSmoothing / classes) * spread
      })(logits, truth, classes, ...weights),
    counts: classWeight,
    atStart: Math.log,
  }),
  binaryCrossEntropy: ({ labelSmoothing }) => {
    const smooth = (target: number): number => target * (1 - labelSmoothing) + labelSmoothing / 2
    return {
      onDevice: (output, target, posWeight, rows) => {
        const wanted = labelSmoothing > 0 ? target.mul(1 - labelSmoothing).add(labelSmoothing / 2) : target
        const compare = functional.binaryCrossEntropyWithLogits
        if (!rows) return compare(output, wanted, { posWeight })
        return averaged(compare(output, wanted, { posWeight, reduction: 'none' }).mean(1), undefined, rows)
      },
      ofSplit: ofEach((logit, target, weight) => yesOrNo(logit, smooth(target), weight)),
      atStart: () => Math.LN2,
    }
  },
  focal: ({ gamma }) => {
    const ofLabels = (output: Tensor, target: Tensor, weight?: Tensor, rows?: Tensor): Tensor => {
      const plain = functional.binaryCrossEntropyWithLogits(output, target, { reduction: 'none' })
      const hard = plain.neg().exp().neg().add(1).pow(gamma)
      const weights = weight && target.mul(weight.sub(1)).add(1)
      const each = plain.mul(hard)
      return averaged((weights ? each.mul(weights) : each).mean(1), undefined, rows)
    }
    const ofClass = (output: Tensor, target: Tensor, weight?: Tensor, rows?: Tensor): Tensor => {
      const index = target.unsqueeze(1)
      const logProbability = functional.logSoftmax(output, 1).gather(1, index).squeeze(1)
      const hard = logProbability.exp().neg().add(1).pow(gamma)
      const each = logProbability.neg().mul(hard)
      const own = weight?.indexSelect(0, target)
      return averaged(own ? each.mul(own) : each, own, rows)
    }
    const classesOfSplit = ofClasses((logProbability, label, weightOf) => {
      const log = logProbability(label)
      return -weightOf(label) * (1 - Math.exp(log)) ** gamma * log
    })
    const labelsOfSplit = ofEach((logit, target, weight) => {
      const plain = yesOrNo(logit, target)
      return (target === 1 ? weight : 1) * (1 - Math.exp(-plain)) ** gamma * plain
    })
    return {
      // Class numbers are int32, yes and no float32.
      onDevice: (output, target, ...weights) =>
        (target.dtype === 'int32' ? ofClass : ofLabels)(output, target, ...weights),
      ofSplit: (outputs, targets, ...more) =>
        // A class number stands for a row of outputs, yes and no for one.
        (targets.length === outputs.length ? labelsOfSplit : classesOfSplit)(outputs, targets, ...more),
      counts: classWeight,
      atStart: (choices) => (1 - 1 / choices) ** gamma * Math.log(choices),
    }
  },
  corn: () => ({
    onDevice: (output, target, weight, rows) => {
      const [, steps = 0] = output.shape
      const step = arange(steps, { device: output.device })
      const label = target.unsqueeze(1)
      // Only those that came as far say whether they go further.
      const asked = label.ge(step).to('float32')
      const own = weight ? asked.mul(weight.indexSelect(0, target).unsqueeze(1)) : asked
      const further = label.gt(step).to('float32')
      const each = functional.binaryCrossEntropyWithLogits(output, further, { reduction: 'none' }).mul(own)
      return (rows ? each.mul(rows.unsqueeze(1)) : each).sum().div(own.sum())
    },
    ofSplit: (outputs, truth, steps, weights, rows) => {
      let total = 0
      let counted = 0
      for (let row = 0; row < truth.length; row++) {
        const label = truth[row] ?? 0
        const counts = (rows?.[row] ?? 1) * (weights?.[label] ?? 1)
        for (let step = 0; step < Math.min(steps, label + 1); step++) {
          total += counts * yesOrNo(outputs[row * steps + step] ?? NaN, label > step ? 1 : 0)
          counted += counts
        }
      }
      return total / counted
    },
    counts: (label, steps, weights) => Math.min(steps, label + 1) * (weights?.[label] ?? 1),
    atStart: () => Math.LN2,
  }),
  mse: () => ({
    onDevice: onNumbers(functional.mseLoss),
    ofSplit: ofNumbers((error) => error * error),
    atStart: () => 1,
  }),
  mae: () => ({
    onDevice: onNumbers(functional.l1Loss),
    ofSplit: ofNumbers(Math.abs),
    atStart: () => Math.sqrt(2 / Math.PI),
  }),
  huber: ({ delta }) => ({
    onDevice: onNumbers((output, target, options) =>
      functional.huberLoss(output, target, { delta, ...options }),
    ),
    ofSplit: ofNumbers((error) => {
      const size = Math.abs(error)
      return size <= delta ? (size * size) / 2 : delta * (size - delta / 2)
    }),
    // Two integrals over the normal density: z²/2 inside, delta·(|z| − delta/2) outside.
    atStart: () => {
      const inside = within(delta)
      return (
        (inside - 2 * delta * density(delta)) / 2 +
        2 * delta * density(delta) -
        (delta * delta * (1 - inside)) / 2
      )
    },
  }),
  errorFormula: (own) => {
    const number = ownNumber(own, errorNames)
    const of = (output: number, target: number): number => number({ error: output - target, output, target })
    return {
      onDevice: (output, target, _weight, rows) => {
        const given = new Map([
          ['error', output.sub(target)],
          ['output', output],
          ['target', target],
        ])
        const each = ownOnDevice(own, given)
        return rows ? averaged(each.mean(1), undefined, rows) : each.mean()
      },
      ofSplit: ofEach(of),
      atStart: () => {
        const sample = normalSample()
        return sample.reduce((sum, target) => sum + of(0, target), 0) / sample.length
      },
    }
  },
  probabilityFormula: (own) => {
    const number = ownNumber(own, probabilityNames)
    const of = (log: number): number => number({ p: Math.exp(log), log_p: log })
    const each = (log: Tensor): Tensor => {
      const given = new Map([
        ['p', log.exp()],
        ['log_p', log],
      ])
      return ownOnDevice(own, given)
    }
    const classesOfSplit = ofClasses(
      (logProbability, label, weightOf) => weightOf(label) * of(logProbability(label)),
    )
    const labelsOfSplit = ofEach(
      (logit, target, weight) => (target === 1 ? weight : 1) * of(-yesOrNo(logit, target)),
    )
    return {
      // Class numbers are int32, yes and no float32.
      onDevice: (output, target, weight, rows) => {
        if (target.dtype === 'int32') {
          const log = functional.logSoftmax(output, 1).gather(1, target.unsqueeze(1)).squeeze(1)
          const own = weight?.indexSelect(0, target)
          const loss = each(log)
          return averaged(own ? loss.mul(own) : loss, own, rows)
        }
        const plain = functional.binaryCrossEntropyWithLogits(output, target, { reduction: 'none' })
        const loss = each(plain.neg())
        const weights = weight && target.mul(weight.sub(1)).add(1)
        return averaged((weights ? loss.mul(weights) : loss).mean(1), undefined, rows)
      },
      ofSplit: (outputs, targets, ...more) =>
        // A class number stands for a row of outputs, yes and no for one.
        (targets.length === outputs.length ? labelsOfSplit : classesOfSplit)(outputs, targets, ...more),
      counts: classWeight,
      atStart: (choices) => of(-Math.log(choices)),
    }
  },
}

/** Of members side by side, [rows, members, outputs], the mean of their losses: each learns by itself. */
const ofMembers =
  (onDevice: LossFunction['onDevice']): LossFunction['onDevice'] =>
  (output, target, weight, rows) => {
    if (output.ndim !== 3) return onDevice(output, target, weight, rows)
    const [batch, members, units] = output.shape as [number, number, number]
    const forEach = (given: Tensor): Tensor =>
      given
        .unsqueeze(1)
        .expand([batch, members, ...given.shape.slice(1)])
        .flatten(0, 1)
    return onDevice(output.reshape([batch * members, units]), forEach(target), weight, rows && forEach(rows))
  }

export function lossFunctionOf(chosen: Loss): LossFunction {
  const { onDevice, ...rest } = implementationOf(losses, implementations, chosen)
  return { ...rest, onDevice: ofMembers(onDevice) }
}

export interface LossData {
  readonly outputs: number
  /** Among how many answers each prediction is made; of numbers 1. */
  readonly choices: number
  readonly train: {
    readonly rows: number
    readonly targets: ArrayLike<number>
    readonly weights: ArrayLike<number> | null
  }
  readonly lossWeights: readonly number[] | null
}

/** What a network that knows nothing loses on its training split; null for a formula of one's own. Weights of classes or labels change it, so it is computed with them. */
export function expectedLossOf(
  loss: Loss,
  { outputs, choices, train, lossWeights }: LossData,
): number | null {
  if (isWritten(loss)) return null
  const { atStart, ofSplit } = lossFunctionOf(loss)
  if (lossWeights === null) return atStart(choices)
  return ofSplit(new Float32Array(train.rows * outputs), train.targets, outputs, lossWeights, train.weights)
}
