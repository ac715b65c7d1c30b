/** Networks that are tried on a sample of the data: each has weights of its own, drawn from the recipe's seed. */
import { capture, manualSeed, tensor, type nn, type optim, type Tensor } from '../../../../engine/index.ts'
import type { NetworkDocument } from '../../../contract/index.ts'
import { onDevice, type InputArray } from '../../model/input.ts'
import type { Network } from '../../model/module.ts'
import { randomSource, shuffle } from '../../prepare/random.ts'
import { lossFunctionOf } from '../losses.ts'
import { networkToTrain } from '../network.ts'
import type { Group } from '../optimizers.ts'
import type { SplitArrays } from '../session.ts'
import type { TrainOptions } from '../train.ts'

export function pick(split: SplitArrays, rows: readonly number[] | Int32Array): SplitArrays {
  const take = <T extends InputArray>(from: T): T => {
    const width = from.length / split.rows
    const into = new (from.constructor as new (length: number) => T)(width * rows.length)
    rows.forEach((row, i) => into.set(from.subarray(row * width, (row + 1) * width), i * width))
    return into
  }
  return {
    rows: rows.length,
    inputs: Object.fromEntries(Object.entries(split.inputs).map(([name, from]) => [name, take(from)])),
    targets: take(split.targets),
    weights: split.weights && take(split.weights),
  }
}

export function sampled(split: SplitArrays, most: number, seed: number): SplitArrays {
  const rows = Int32Array.from({ length: split.rows }, (_, row) => row)
  if (rows.length > most) shuffle(rows, randomSource(seed))
  return pick(split, rows.subarray(0, most))
}

/** A network of the recipe with some rows: what all trials have in common. */
export class Trial {
  readonly document: NetworkDocument
  readonly network: Network
  /** Of parameters that are moved alike. */
  readonly groups: readonly Group[]
  /** `outputs` where they are there already. */
  readonly loss: (rows: Tensor, outputs?: Tensor) => Tensor
  readonly outputs: (rows: Tensor) => Tensor

  constructor({ recipe, data, start = null }: TrainOptions, rows: SplitArrays) {
    manualSeed(recipe.seed)
    const { model, training } = recipe
    const started = networkToTrain({ ...data, model, rules: training.parameters, start })
    this.document = started.document
    this.network = started.network
    this.groups = started.groups
    const stored = onDevice(data.inputs, rows)
    const targets =
      rows.targets instanceof Int32Array
        ? tensor(rows.targets)
        : tensor(rows.targets, { shape: [rows.rows, rows.targets.length / rows.rows] })
    const weight = data.lossWeights === null ? undefined : tensor([...data.lossWeights])
    const rowWeights = rows.weights === null ? undefined : tensor(rows.weights)
    const lossOf = lossFunctionOf(recipe.training.loss).onDevice
    this.outputs = (index) => this.network.forward(...stored.batch(index))
    this.loss = (index, outputs = this.outputs(index)) =>
      lossOf(outputs, targets.indexSelect(0, index), weight, rowWeights?.indexSelect(0, index))
  }

  /** A captured training step on these rows of the sample; gives the loss before it. */
  stepWith(optimizer: optim.Optimizer): (rows: Tensor) => Tensor {
    return capture((rows: Tensor) => {
      optimizer.zeroGrad()
      const loss = this.loss(rows)
      loss.backward()
      optimizer.step()
      return loss.detach()
    })
  }

  /** What drops numbers at random answers differently each time it is asked. */
  withoutDropout(): this {
    for (const module of this.network.modules()) if (isRandom(module)) module.eval()
    return this
  }
}

const isRandom = (module: nn.AnyModule): boolean => /Dropout/.test(module.constructor.name)
export const firstRows = (rows: number): Int32Array<ArrayBuffer> =>
  Int32Array.from({ length: rows }, (_, row) => row)

/** Batches of a sample, shuffled anew whenever it has been seen; each is as large as the others. */
export function* batchesOf(
  rows: number,
  size: number,
  seed: number,
): Generator<Int32Array<ArrayBuffer>, never> {
  const order = firstRows(rows)
  const random = randomSource(seed)
  for (let at = rows; ; at += size) {
    if (at + size > rows) {
      shuffle(order, random)
      at = 0
    }
    yield order.slice(at, at + size)
  }
}
