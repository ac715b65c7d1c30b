/** What boosting makes smaller: what it starts from, gradients and Hessians of each row, and how large it is. */

export interface BoostingLoss {
  /** Sums of trees side by side: one, or one for each class. */
  readonly outputs: number
  /** The best constants over these rows. */
  start(rows: Int32Array): number[]
  /** Of these rows, for all outputs. */
  derive(raw: readonly Float64Array[], rows: Int32Array, into: Derivatives): void
  /** The mean over these rows. */
  loss(raw: readonly Float64Array[], rows: Int32Array): number
}

/** A list for each output, as long as the data. */
export interface Derivatives {
  readonly gradients: readonly Float64Array[]
  readonly hessians: readonly Float64Array[]
}

const mean = (values: ArrayLike<number>, rows: Int32Array): number => {
  let sum = 0
  for (const row of rows) sum += values[row]!
  return sum / rows.length
}

export const squaredError = (targets: ArrayLike<number>): BoostingLoss => ({
  outputs: 1,
  start: (rows) => [mean(targets, rows)],
  derive: ([raw], rows, { gradients: [g], hessians: [h] }) => {
    for (const row of rows) {
      g![row] = raw![row]! - targets[row]!
      h![row] = 1
    }
  },
  loss: ([raw], rows) => {
    let sum = 0
    for (const row of rows) sum += (raw![row]! - targets[row]!) ** 2
    return sum / rows.length / 2
  },
})

/** So that a class that all rows, or none, are of has log-odds. */
const clip = (share: number): number => Math.min(1 - 1e-7, Math.max(1e-7, share))

/** Of a yes or no: 1 or 0. */
export const logLoss = (targets: ArrayLike<number>): BoostingLoss => ({
  outputs: 1,
  start: (rows) => {
    const share = clip(mean(targets, rows))
    return [Math.log(share / (1 - share))]
  },
  derive: ([raw], rows, { gradients: [g], hessians: [h] }) => {
    for (const row of rows) {
      const p = 1 / (1 + Math.exp(-raw![row]!))
      g![row] = p - targets[row]!
      h![row] = p * (1 - p)
    }
  },
  loss: ([raw], rows) => {
    let sum = 0
    for (const row of rows) {
      const x = raw![row]!
      sum += Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x))) - targets[row]! * x
    }
    return sum / rows.length
  },
})

/** Of several classes, by their numbers. */
export const softmaxLoss = (targets: ArrayLike<number>, classes: number): BoostingLoss => {
  const exps = new Float64Array(classes)
  /** Sum of the exponentials, from the largest down; leaves these in `exps`. */
  const total = (raw: readonly Float64Array[], row: number): number => {
    let most = -Infinity
    for (let k = 0; k < classes; k++) most = Math.max(most, raw[k]![row]!)
    let sum = 0
    for (let k = 0; k < classes; k++) sum += exps[k] = Math.exp(raw[k]![row]! - most)
    return sum
  }
  return {
    outputs: classes,
    start: (rows) => {
      const counts = new Array<number>(classes).fill(0)
      for (const row of rows) counts[targets[row]!]!++
      return counts.map((count) => Math.log(clip(count / rows.length)))
    },
    derive: (raw, rows, { gradients, hessians }) => {
      for (const row of rows) {
        const sum = total(raw, row)
        for (let k = 0; k < classes; k++) {
          const p = exps[k]! / sum
          gradients[k]![row] = p - (targets[row] === k ? 1 : 0)
          hessians[k]![row] = p * (1 - p)
        }
      }
    },
    loss: (raw, rows) => {
      let loss = 0
      for (const row of rows) {
        const sum = total(raw, row)
        loss += Math.log(sum) - Math.log(Math.max(1e-300, exps[targets[row]!]!))
      }
      return loss / rows.length
    },
  }
}
