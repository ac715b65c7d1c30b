/** A trained network on a device, as it is explained. */
import { DescentError, type Backend } from '../../contract/index.ts'
import type { Network, NetworkSpec } from '../model/build.ts'
import type { InputRows } from '../model/input.ts'
import type { Preparation } from '../prepare/preparation.ts'
import type { Tensors } from '../training/checkpoint.ts'
import { networkOf } from '../training/data.ts'
import { trainedNetwork, usePredictionDevice } from '../training/predict.ts'
import { predictOnce } from '../training/predictor.ts'
import type { Recipe } from '../../contract/index.ts'

export interface Explainable {
  readonly preparation: Preparation
  readonly spec: NetworkSpec
  readonly module: Network
  /** Rows × units. */
  predict(rows: InputRows): Promise<Float32Array>
}

/** On the device of the process, whose weights it never changes. */
export function explainable(
  preparation: Preparation,
  described: Pick<Recipe, 'model'>,
  weights: Tensors,
): Explainable {
  const spec = networkOf(described, preparation)
  const module = trainedNetwork(spec, weights)
  module.requiresGrad_(false)
  return {
    preparation,
    spec,
    module,
    predict: async (rows) => await predictOnce(module, rows, spec),
  }
}

/** Opens the device that the model was trained on, or another one. */
export async function openExplainable(
  backend: Backend,
  ...of: Parameters<typeof explainable>
): Promise<Explainable> {
  await usePredictionDevice(backend)
  return explainable(...of)
}

/** Errors: a DescentError for what is no number: an example whose gaps nothing fills in. */
export function requireNumber(value: number, what: string): number {
  if (Number.isFinite(value)) return value
  throw new DescentError(
    'badRequest',
    `The model says nothing of ${what}: its preparation leaves missing values as they are. Add a step that fills them in, and train again.`,
    'explanation',
  )
}
