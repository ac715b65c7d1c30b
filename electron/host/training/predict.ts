/** Outputs of trained weights for new rows: the other thing, beside training, that is done on a device. */
import { setDefaultDevice, openDevice, type Device, type StepWork } from '../../../engine/index.ts'
import { DescentError, type Backend } from '../../contract/index.ts'
import { userCache, vulkanEnvironment } from '../../../engine/node.ts'
import { buildNetwork, type Network, type NetworkSpec } from '../model/build.ts'
import type { InputRows } from '../model/input.ts'
import { requireFitting } from '../model/fit.ts'
import { stepWork } from '../model/work.ts'
import { section, type Tensors } from './checkpoint.ts'
import { predictOnce } from './predictor.ts'
import { fromTensorData } from './tensors.ts'
import type { TrainOptions } from './train.ts'

/** What one of these steps asks for. Errors: a DescentError for a network that does not fit the data. */
export async function workOf({ recipe, data }: TrainOptions): Promise<StepWork> {
  const network = { ...data, model: recipe.model }
  await requireFitting(network)
  return await stepWork(network, recipe.training.batchSize)
}

/**
 * Opens the device and makes it the one that new tensors live on. `work`: of a step, by which `auto` chooses.
 */
export async function useDevice(backend: Backend, work?: StepWork): Promise<Device> {
  try {
    if (backend === 'webgpu') Object.assign(process.env, vulkanEnvironment())
    const device = await openDevice(backend, { work, stores: userCache() })
    setDefaultDevice(device)
    return device
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new DescentError('unavailable', `The backend ${backend} cannot be used here: ${why}`, 'backend')
  }
}

/**
 * The backend that a model was trained on or, where this machine has not got it, one that it has: results then agree
 * within float tolerance only.
 */
export async function usePredictionDevice(backend: Backend): Promise<Device> {
  return await useDevice(backend).catch(() => useDevice('auto'))
}

/** On the current device, as it predicts. `weights`: `model.*`. Errors: an Error for those of another network. */
export function trainedNetwork(network: NetworkSpec, weights: Tensors): Network {
  const module = buildNetwork(network)
  const tensors = Object.entries(section(weights, 'model'))
  module.loadStateDict(Object.fromEntries(tensors.map(([name, data]) => [name, fromTensorData(data)])))
  return module.eval()
}

/** Logits [rows × K] or the standardized prediction [rows × 1], row-major. */
export async function predict(
  network: NetworkSpec,
  weights: Tensors,
  data: InputRows,
): Promise<Float32Array<ArrayBuffer>> {
  return await predictOnce(trainedNetwork(network, weights), data, network)
}

export interface PredictionRequest {
  /** That of the training; another one where this machine has not got it. */
  readonly backend: Backend
  readonly network: NetworkSpec
  /** `model.*` */
  readonly weights: Tensors
  readonly data: InputRows
}

/** In this process, which keeps the device. `backend`: where it was computed. */
export async function predictHere({ backend, network, weights, data }: PredictionRequest): Promise<{
  outputs: Float32Array
  backend: Backend
}> {
  const device = await usePredictionDevice(backend)
  return { outputs: await predict(network, weights, data), backend: device.backend }
}
