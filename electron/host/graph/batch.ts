/** The graph of one real step of a project's training: its network, its loss and the first examples of its first epoch. */
import { manualSeed, nn, tensor, trace, type Tensor } from '../../../engine/index.ts'
import { DescentError, losses, memberOf, type Recipe } from '../../contract/index.ts'
import type { Network } from '../model/module.ts'
import { requireFitting } from '../model/fit.ts'
import { lossOfParts } from '../model/augment.ts'
import { onDevice } from '../model/input.ts'
import { section, type Tensors } from '../training/checkpoint.ts'
import { lossFunctionOf } from '../training/losses.ts'
import { networkToTrain } from '../training/network.ts'
import { orderOf } from '../training/shuffle.ts'
import type { StartWeights } from '../training/start-weights.ts'
import { fromTensorData } from '../training/tensors.ts'
import type { TrainingData } from '../training/train.ts'
import { openGraph, type OpenGraph } from './describe.ts'

/** A whole step as one module, so that the graph knows the network's layers by name. */
class Step extends nn.Module<Tensor[], Tensor> {
  readonly network: Network
  readonly #lossOf: (output: Tensor) => Tensor
  constructor(network: Network, lossOf: (output: Tensor) => Tensor) {
    super()
    this.network = network
    this.#lossOf = lossOf
  }
  forward(...inputs: Tensor[]): Tensor {
    return this.#lossOf(this.network.call(...inputs))
  }
}

const networkPrefix = /^network\.?/

export interface BatchOptions {
  readonly recipe: Pick<Recipe, 'model' | 'training' | 'seed'>
  readonly data: TrainingData
  readonly batchSize: number
  /** `model.*`; null: the weights that training begins with. */
  readonly weights: Tensors | null
  /** What the training begins with; null: weights are drawn. */
  readonly start: StartWeights | null
}

/** On the current device. Errors: a DescentError for a network that does not fit, or weights of another one. */
export async function graphOfBatch({
  recipe,
  data,
  batchSize,
  weights,
  start,
}: BatchOptions): Promise<OpenGraph> {
  const spec = { inputs: data.inputs, outputs: data.outputs, task: data.task, model: recipe.model }
  await requireFitting(spec)
  // As the training does it: the same seed draws the same first weights and the same order of rows.
  manualSeed(recipe.seed)
  const { network, train: begin } = networkToTrain({
    ...spec,
    rules: recipe.training.parameters,
    start: weights === null ? start : null,
  })
  if (weights !== null)
    network.loadStateDict(
      Object.fromEntries(
        Object.entries(section(weights, 'model')).map(([name, stored]) => [name, fromTensorData(stored)]),
      ),
    )
  begin()
  const { train } = data
  const size = Math.min(batchSize, train.rows)
  if (size === 1 && network.modules().some((module) => module instanceof nn.BatchNorm1d))
    throw new DescentError(
      'badRequest',
      'Batch normalization needs at least 2 examples to take a variance of. Choose a larger batch.',
      'batchSize',
    )
  const rows = tensor(orderOf(train.rows, recipe.seed, 0, data.draw ?? null).slice(0, size))
  const stored = onDevice(data.inputs, train, data.augment, data.drawn)
  await stored.begin(0)
  const made = stored.mixed(rows)
  const inputs = await Promise.all(made.inputs.map(asLeaf))
  const targets =
    train.targets instanceof Int32Array
      ? tensor(train.targets)
      : tensor(train.targets, { shape: [train.rows, train.targets.length / train.rows] })
  const chosen = targets.indexSelect(0, rows)
  const weight = data.lossWeights === null ? undefined : tensor([...data.lossWeights])
  const rowWeights = train.weights === null ? undefined : tensor(train.weights).indexSelect(0, rows)
  // What the loss compares with is an input of the step as well, and no op of it.
  await Promise.all([
    chosen.data(),
    rowWeights?.data(),
    ...(made.parts ?? []).map(({ share }) => share.data()),
  ])
  const lossOf = lossOfParts(lossFunctionOf(recipe.training.loss).onDevice, made.parts)
  const step = new Step(network, (output) => lossOf(output, chosen, weight, rowWeights))
  const graph = trace(step as unknown as nn.AnyModule, inputs)
  const given = new Map(inputs.map((input, i) => [graph.valueOf(input), data.inputs[i]!.name]))
  const known = new Map(
    graph.values.flatMap((value): [typeof value, string][] => {
      if (value.tensor.node === chosen.node) return [[value, 'target']]
      if (weight && value.tensor.node === weight.node) return [[value, 'class weights']]
      return rowWeights && value.tensor.node === rowWeights.node ? [[value, 'row weights']] : []
    }),
  )
  // What comes out of a layer is called as the layer is.
  const outputs = new Map(
    graph.modules.flatMap(({ name, outputs: [output] }) =>
      output?.kind === 'computed' ? [[output, name.replace(networkPrefix, '')] as const] : [],
    ),
  )
  const loss = graph.outputs[0]!
  outputs.set(loss, 'loss')
  return openGraph(graph, loss, {
    value: (value) =>
      [given.get(value), known.get(value), value.name?.replace(networkPrefix, ''), outputs.get(value)].find(
        Boolean,
      ) ?? null,
    module: ({ module, moduleType }) =>
      networkPrefix.test(module)
        ? { module: module.replace(networkPrefix, ''), type: module === 'network' ? '' : moduleType }
        : { module: 'loss', type: memberOf(losses, recipe.training.loss.name).label },
  })
}

/** Read, so that how the batch was gathered is no part of the graph; what it is made of may have a gradient. */
async function asLeaf(input: Tensor): Promise<Tensor> {
  const leaf = tensor(await input.data(), { shape: [...input.shape], dtype: input.dtype })
  if (leaf.dtype === 'float32') leaf.requiresGrad = true
  return leaf
}
