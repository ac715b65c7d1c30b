/** From prepared data to the arrays that a network sees. */
import { DescentError, type Recipe } from '../../contract/index.ts'
import type { Inputs, Prepared } from '../kinds/index.ts'
import type { NetworkSpec } from '../model/build.ts'
import { inputOf } from '../model/input.ts'
import { outputUnits } from '../model/layers.ts'
import type { Preparation } from '../prepare/preparation.ts'
import type { SplitArrays } from './session.ts'
import type { TrainingData } from './train.ts'

/** The network of a recipe for data that was prepared like this. */
export function networkOf(
  { task, model }: Pick<Recipe, 'task' | 'model'>,
  preparation: Preparation,
): NetworkSpec {
  const { target } = preparation
  const outputs = outputUnits(task, target.kind === 'classes' ? target.classes.length : 0)
  return { task, model, input: inputOf(preparation), outputs }
}

function pick<T extends Inputs>(from: T, into: T, rows: Int32Array): T {
  const width = into.length / rows.length
  rows.forEach((row, i) => into.set(from.subarray(row * width, (row + 1) * width), i * width))
  return into
}

function pickInputs(inputs: Inputs, width: number, rows: Int32Array): Inputs {
  const size = width * rows.length
  if (inputs instanceof Float32Array) return pick(inputs, new Float32Array(size), rows)
  return inputs instanceof Uint8Array
    ? pick(inputs, new Uint8Array(size), rows)
    : pick(inputs, new Int32Array(size), rows)
}

/** A copy of these rows, in this order. */
export function takeRows({ rows: total, inputs, targets }: Prepared['data'], rows: Int32Array): SplitArrays {
  const taken = targets instanceof Int32Array ? new Int32Array(rows.length) : new Float32Array(rows.length)
  rows.forEach((row, i) => (taken[i] = targets[row] ?? NaN))
  return { rows: rows.length, inputs: pickInputs(inputs, inputs.length / total, rows), targets: taken }
}

/** Train and validation only: the test split stays sealed until it is evaluated. */
export function trainingDataOf({ preparation, split, data }: Prepared, recipe: Recipe): TrainingData {
  for (const name of ['train', 'validation'] as const) {
    if (split[name].length > 0) continue
    const message = `The ${name} split is empty: there are too few rows with a target. Add data or change the shares.`
    throw new DescentError('badData', message, `split.${name}`)
  }
  const { input, outputs } = networkOf(recipe, preparation)
  return {
    input,
    outputs,
    train: takeRows(data, split.train),
    validation: takeRows(data, split.validation),
    classWeights: preparation.classWeights,
    targetScale: preparation.target.kind === 'number' ? preparation.target : null,
    augment: recipe.kind === 'images' ? recipe.prepare.augment : null,
  }
}

/** Predictions of a regression, back in the target's own unit. */
export function inTargetUnits(values: ArrayLike<number>, preparation: Preparation): Float64Array {
  const { target } = preparation
  const [mean, std] = target.kind === 'number' ? [target.mean, target.std] : [0, 1]
  return Float64Array.from(values, (value) => value * std + mean)
}
