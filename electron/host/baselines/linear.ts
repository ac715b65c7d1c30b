/**
 * Ridge and logistic regression, as scikit-learn has them where nobody says otherwise: a penalty of ½ · weight² for each weight, none
 * for constants. What npm has for it takes fixed steps without a penalty, one class after the other.
 */
import { multiply, multiplyBack, type Design } from './design.ts'
import { minimize, type MinimizeOptions } from './minimize.ts'

/** Of each row and output: what it is off, which is also the gradient; returns the loss of all. */
type Errors = (scores: Float64Array, outputs: number) => number

/** ½ Σ (score − target)²; leaves the differences. `targets`: rows × outputs. */
export const squares =
  (targets: ArrayLike<number>): Errors =>
  (scores) => {
    let loss = 0
    for (let i = 0; i < scores.length; i++) {
      scores[i]! -= targets[i]!
      loss += scores[i]! ** 2 / 2
    }
    return loss
  }

/** Of yes or no, 1 or 0, any number of them side by side. */
export const crossEntropies =
  (targets: ArrayLike<number>): Errors =>
  (scores) => {
    let loss = 0
    for (let i = 0; i < scores.length; i++) {
      const x = scores[i]!
      loss += Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x))) - targets[i]! * x
      scores[i] = 1 / (1 + Math.exp(-x)) - targets[i]!
    }
    return loss
  }

/** Of one class out of several, by their numbers. */
export const softmax =
  (targets: ArrayLike<number>): Errors =>
  (scores, classes) => {
    let loss = 0
    for (let row = 0; row < scores.length / classes; row++) {
      const start = row * classes
      let most = -Infinity
      for (let k = 0; k < classes; k++) most = Math.max(most, scores[start + k]!)
      const truth = scores[start + targets[row]!]!
      let sum = 0
      for (let k = 0; k < classes; k++) sum += scores[start + k] = Math.exp(scores[start + k]! - most)
      loss += Math.log(sum) + most - truth
      for (let k = 0; k < classes; k++) scores[start + k]! /= sum
      scores[start + targets[row]!]! -= 1
    }
    return loss
  }

export interface Linear {
  /** (width + 1) × outputs. */
  readonly weights: Float64Array
  readonly arrived: boolean
}

export function fitLinear(
  design: Design,
  outputs: number,
  errors: Errors,
  penalty: number,
  options: MinimizeOptions,
): Linear {
  const scores = new Float64Array(design.rows * outputs)
  const penalized = design.width * outputs
  const { at, arrived } = minimize(
    (weights, gradient) => {
      multiply(design, weights, scores)
      let loss = errors(scores, outputs)
      gradient.fill(0)
      multiplyBack(design, scores, gradient)
      for (let i = 0; i < penalized; i++) {
        gradient[i]! += penalty * weights[i]!
        loss += (penalty * weights[i]! ** 2) / 2
      }
      return loss
    },
    (design.width + 1) * outputs,
    options,
  )
  return { weights: at, arrived }
}

/** rows × outputs. */
export function scoresOf(design: Design, { weights }: Linear): Float64Array {
  const scores = new Float64Array((design.rows * weights.length) / (design.width + 1))
  multiply(design, weights, scores)
  return scores
}
