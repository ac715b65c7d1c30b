/** From prepared data to the arrays that a network sees. */
import { DescentError, type Recipe, type Task } from '../../contract/index.ts'
import type { NetworkSpec } from '../model/build.ts'
import type { InputArray } from '../model/input.ts'
import { inTargetUnits } from '../prepare/encode.ts'
import { inputsOf, type Preparation } from '../prepare/preparation.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import type { SplitArrays } from './session.ts'
import type { TrainingData } from './train.ts'

/** Units of the last layer: one logit per class (two for a binary task as well), or the one predicted number. */
export function outputUnits(task: Task, classes: number): number {
  return task === 'classification' ? classes : 1
}

/** The network of a recipe for data that was prepared like this. */
export function networkOf(
  { task, model }: Pick<Recipe, 'task' | 'model'>,
  preparation: Preparation,
): NetworkSpec {
  const { target } = preparation
  const outputs = outputUnits(task, target.kind === 'classes' ? target.classes.length : 0)
  return { task, model, inputs: inputsOf(preparation), outputs }
}

function pickRows(from: InputArray, total: number, rows: Int32Array): InputArray {
  const width = from.length / total
  const into = new (from.constructor as new (length: number) => InputArray)(width * rows.length)
  rows.forEach((row, i) => into.set(from.subarray(row * width, (row + 1) * width), i * width))
  return into
}

/** A copy of these rows, in this order. */
export function takeRows({ rows: total, inputs, targets }: Prepared['data'], rows: Int32Array): SplitArrays {
  const taken = targets instanceof Int32Array ? new Int32Array(rows.length) : new Float32Array(rows.length)
  rows.forEach((row, i) => (taken[i] = targets[row] ?? NaN))
  const picked = Object.entries(inputs).map(([name, from]) => [name, pickRows(from, total, rows)] as const)
  return { rows: rows.length, inputs: Object.fromEntries(picked), targets: taken }
}

/** Train and validation only: the test split stays sealed until it is evaluated. */
export function trainingDataOf({ preparation, split, data }: Prepared, recipe: Recipe): TrainingData {
  for (const name of ['train', 'validation'] as const) {
    if (split[name].length > 0) continue
    const message = `The ${name} split is empty: there are too few rows with a target. Add data or change the shares.`
    throw new DescentError('badData', message, `split.${name}`)
  }
  const { inputs, outputs } = networkOf(recipe, preparation)
  return {
    inputs,
    outputs,
    train: takeRows(data, split.train),
    validation: takeRows(data, split.validation),
    classWeights: preparation.classWeights,
    inTargetUnit: (values) => inTargetUnits(values, preparation),
    augment: recipe.augment,
  }
}
