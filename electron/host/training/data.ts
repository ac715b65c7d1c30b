/** From a prepared table to the arrays that a network sees. */
import { DescentError } from '../../contract/index.ts'
import { outputUnits } from '../model/layers.ts'
import type { Preparation, PreparedData, Transformed } from '../prepare/index.ts'
import type { SplitArrays } from './session.ts'
import type { TrainingData } from './train.ts'

/** Units of the last layer for what is to be predicted. */
export function outputsOf({ task, target }: Pick<Preparation, 'task' | 'target'>): number {
  return outputUnits(task, target.kind === 'classes' ? target.classes.length : 0)
}

export function takeRows(data: Transformed, rows: Int32Array): SplitArrays {
  const { features, featureCount, target } = data
  if (target === null) throw new DescentError('badData', 'The data lacks the target column.')
  const taken = new Float32Array(rows.length * featureCount)
  const targets = target instanceof Int32Array ? new Int32Array(rows.length) : new Float32Array(rows.length)
  rows.forEach((row, i) => {
    taken.set(features.subarray(row * featureCount, (row + 1) * featureCount), i * featureCount)
    targets[i] = target[row] ?? NaN
  })
  return { rows: rows.length, features: taken, targets }
}

/** Train and validation only: the test split stays sealed until it is evaluated. */
export function trainingDataOf({ preparation, split, data }: PreparedData): TrainingData {
  for (const name of ['train', 'validation'] as const) {
    if (split[name].length > 0) continue
    const message = `The ${name} split is empty: there are too few rows with a target. Add data or change the shares.`
    throw new DescentError('badData', message, `split.${name}`)
  }
  return {
    inputs: data.featureCount,
    outputs: outputsOf(preparation),
    train: takeRows(data, split.train),
    validation: takeRows(data, split.validation),
    classWeights: preparation.classWeights,
  }
}

/** Predictions of a regression, back in the target's own unit. */
export function inTargetUnits(values: ArrayLike<number>, preparation: Preparation): Float64Array {
  const { target } = preparation
  const [mean, std] = target.kind === 'number' ? [target.mean, target.std] : [0, 1]
  return Float64Array.from(values, (value) => value * std + mean)
}
