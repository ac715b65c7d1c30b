/** From prepared data to the arrays that a network sees. */
import { DescentError, type NetworkFacts, type Recipe, type Task } from '../../contract/index.ts'
import { changingTexts, drawnTokens } from '../model/augment-texts.ts'
import type { NetworkSpec } from '../model/build.ts'
import type { InputArray } from '../model/input.ts'
import { pickRows } from '../prepare/pick-rows.ts'
import { inputsOf, type Preparation } from '../prepare/preparation.ts'
import { sampleTraining } from '../prepare/sampling.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { choicesOf, functionsOfTask } from '../tasks/index.ts'
import type { SplitArrays } from './session.ts'
import { startWeightsOf, type StartWeights } from './start-weights.ts'
import type { TrainingData, TrainOptions } from './train.ts'

/** The network of a recipe for data that was prepared like this. */
export const networkOf = ({ model }: Pick<Recipe, 'model'>, preparation: Preparation): NetworkSpec => ({
  model,
  inputs: inputsOf(preparation),
  outputs: functionsOfTask(preparation.task).units(preparation.target),
  task: preparation.task,
})

/** What of the data decides about a network; `rows`: of the training split. */
export const factsOf = ({ inputs, outputs }: NetworkSpec, task: Task, rows: number): NetworkFacts => ({
  task,
  rows,
  inputs: [...inputs],
  outputs,
})

/** A copy of these rows, in this order. */
export function takeRows(
  { rows: total, inputs, targets, weights }: Prepared['data'],
  rows: Int32Array,
): SplitArrays {
  const pick = <T extends InputArray>(from: T): T => pickRows(from, total, rows)
  return {
    rows: rows.length,
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, from]) => [name, pick(from)] as const)),
    targets: pick(targets),
    weights: weights && pick(weights),
  }
}

/** Of a training that goes on from nothing. */
export async function trainOptionsOf(
  recipe: Recipe,
  prepared: Prepared,
): Promise<TrainOptions & { readonly recipe: Recipe; readonly start: StartWeights | null }> {
  const data = trainingDataOf(prepared, recipe)
  return { recipe, data, start: await startWeightsOf(recipe.weights, prepared.preparation.columns) }
}

/** Train and validation only: the test split stays sealed until it is evaluated. */
export function trainingDataOf(prepared: Prepared, recipe: Recipe): TrainingData {
  const { preparation, split, data } = prepared
  for (const name of ['train', 'validation'] as const) {
    if (split[name].length > 0) continue
    const message = `The ${name} split is empty: there are too few rows with a target. Add data or change the shares.`
    throw new DescentError('badData', message, `split.${name}`)
  }
  const { inputs, outputs } = networkOf(recipe, preparation)
  const task = functionsOfTask(preparation.task)
  const {
    arrays: train,
    from,
    draw,
  } = sampleTraining(takeRows(data, split.train), recipe.imbalance, preparation)
  const shown = from === null ? split.train : from.map((row) => (row < 0 ? -1 : split.train[row]!))
  const texts = changingTexts(prepared, recipe.augment)
  return {
    inputs,
    outputs,
    task: preparation.task,
    choices: choicesOf(preparation),
    train,
    draw,
    validation: takeRows(data, split.validation),
    lossWeights: preparation.classWeights && task.lossWeights(preparation.classWeights),
    evidenceOf: (targets, values) => task.evidence(preparation.target, targets, values),
    augment: recipe.augment,
    ...(texts.length > 0 && { drawn: drawnTokens(texts, shown, train.inputs, recipe.seed) }),
    examples: {
      train: shown,
      validation: split.validation,
      answersOf: (targets, values) => task.answers(preparation.target, targets, values),
    },
  }
}
