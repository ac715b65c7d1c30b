/** What losses compute: on the device for training, and of a whole split in float64 on the host, the same on every backend. */
import { nn, type Tensor } from '../../../engine/index.ts'
import { implementationOf, losses, type Implementations, type Loss } from '../../contract/index.ts'

interface LossFunction {
  /** The mean over a batch, with class weights the weighted mean Σ wᵢlᵢ / Σ wᵢ as torch.nn.CrossEntropyLoss has it. */
  readonly onDevice: (output: Tensor, target: Tensor, weight?: Tensor) => Tensor
  /** The same of `targets.length` rows of `units` outputs each. */
  readonly ofSplit: (
    outputs: ArrayLike<number>,
    targets: ArrayLike<number>,
    units: number,
    weights: ArrayLike<number> | null,
  ) => number
  /** Of a network that has learned nothing: every class 1/K, or the mean of a target of variance 1 that is normally distributed. */
  readonly atStart: (units: number) => number
}

const { functional } = nn

/** Of log-probabilities of one row, times its weight. */
type RowLoss = (
  logProbability: (k: number) => number,
  label: number,
  weightOf: (k: number) => number,
) => number

const ofClasses =
  (rowLoss: RowLoss): LossFunction['ofSplit'] =>
  (logits, truth, classes, weights) => {
    const weightOf = (k: number): number => weights?.[k] ?? 1
    let total = 0
    let weightSum = 0
    for (let row = 0; row < truth.length; row++) {
      const start = row * classes
      const label = truth[row] ?? 0
      let max = -Infinity
      for (let k = 0; k < classes; k++) max = Math.max(max, logits[start + k] ?? NaN)
      let sum = 0
      for (let k = 0; k < classes; k++) sum += Math.exp((logits[start + k] ?? NaN) - max)
      const logSum = Math.log(sum) + max
      total += rowLoss((k) => (logits[start + k] ?? NaN) - logSum, label, weightOf)
      weightSum += weightOf(label)
    }
    return total / weightSum
  }

const ofNumbers =
  (errorLoss: (error: number) => number): LossFunction['ofSplit'] =>
  (outputs, targets) => {
    let total = 0
    for (let row = 0; row < targets.length; row++)
      total += errorLoss((outputs[row] ?? NaN) - (targets[row] ?? NaN))
    return total / targets.length
  }

const density = (z: number): number => Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI)
/** P(|z| < limit) of a normal distribution, by Simpson's rule. */
function within(limit: number): number {
  const n = 200
  const h = limit / n
  let sum = density(0) + density(limit)
  for (let i = 1; i < n; i++) sum += (i % 2 === 1 ? 4 : 2) * density(i * h)
  return (2 * h * sum) / 3
}

const implementations: Implementations<typeof losses, LossFunction> = {
  crossEntropy: ({ labelSmoothing }) => ({
    onDevice: (output, target, weight) =>
      functional.crossEntropy(output, target, { weight, ...(labelSmoothing > 0 && { labelSmoothing }) }),
    ofSplit: (logits, truth, classes, weights) =>
      ofClasses((logProbability, label, weightOf) => {
        const own = -(1 - labelSmoothing) * weightOf(label) * logProbability(label)
        if (labelSmoothing === 0) return own
        let spread = 0
        for (let k = 0; k < classes; k++) spread -= weightOf(k) * logProbability(k)
        return own + (labelSmoothing / classes) * spread
      })(logits, truth, classes, weights),
    atStart: Math.log,
  }),
  focal: ({ gamma }) => ({
    onDevice: (output, target, weight) => {
      const index = target.unsqueeze(1)
      const logProbability = functional.logSoftmax(output, 1).gather(1, index).squeeze(1)
      const hard = logProbability.exp().neg().add(1).pow(gamma)
      const each = logProbability.neg().mul(hard)
      if (!weight) return each.mean()
      const own = weight.indexSelect(0, target)
      return each.mul(own).sum().div(own.sum())
    },
    ofSplit: ofClasses((logProbability, label, weightOf) => {
      const log = logProbability(label)
      return -weightOf(label) * (1 - Math.exp(log)) ** gamma * log
    }),
    atStart: (classes) => (1 - 1 / classes) ** gamma * Math.log(classes),
  }),
  mse: () => ({
    onDevice: (output, target) => functional.mseLoss(output, target),
    ofSplit: ofNumbers((error) => error * error),
    atStart: () => 1,
  }),
  mae: () => ({
    onDevice: (output, target) => functional.l1Loss(output, target),
    ofSplit: ofNumbers(Math.abs),
    atStart: () => Math.sqrt(2 / Math.PI),
  }),
  huber: ({ delta }) => ({
    onDevice: (output, target) => functional.huberLoss(output, target, { delta }),
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
}

export const lossFunctionOf = (chosen: Loss): LossFunction =>
  implementationOf(losses, implementations, chosen)
