/** Where samples come from, as in torch.utils.data. */
import { readArguments, wholeNumber, type Arguments } from '../tensor/arguments.ts'
import { tensor } from '../tensor/creation.ts'
import { numberWithin } from '../nn/checks.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { Generator } from './generator.ts'
import { listOf, requireGenerator, requireSized } from './given.ts'

/** Samples by number. A class of one's own says how many there are, and gives each. Source: torch.utils.data.Dataset. */
export abstract class Dataset<Sample = unknown> {
  abstract get length(): number

  /**
   * The sample at an index from 0. `random` is for augmentations: it depends on the loader's seed, the epoch and the index alone, so
   * that a run gives the same samples with any number of workers, and after it was interrupted.
   */
  abstract at(index: number, random: Generator): Sample | Promise<Sample>

  /** Several at once, collated already, where that is quicker than one by one; the default collation makes use of it. */
  batch?(indices: readonly number[]): unknown
}

/** Samples one after the other, for what has no numbers, such as a stream. Source: torch.utils.data.IterableDataset. */
export abstract class IterableDataset<Sample = unknown> {
  abstract [Symbol.asyncIterator](): AsyncIterator<Sample>
}

/** Errors: a RangeError for an index that is none. */
export function checkIndex(index: number, length: number): number {
  const at = index < 0 ? index + length : index
  if (Number.isInteger(index) && at >= 0 && at < length) return at
  throw new RangeError(`There is no sample ${index}: they are numbered from 0 to ${length - 1}.`)
}

/**
 * Rows of tensors that have as many. Errors: a RangeError for tensors without rows, or with different numbers of them.
 * Source: torch.utils.data.TensorDataset.
 */
export class TensorDataset extends Dataset<Tensor[]> {
  readonly tensors: readonly Tensor[]

  constructor(...tensors: readonly Tensor[]) {
    super()
    if (tensors.length === 0 || !tensors.every((t) => t instanceof Tensor && t.ndim > 0))
      throw new RangeError(
        'TensorDataset takes tensors with at least one dimension, whose rows are the samples.',
      )
    const rows = tensors.map(({ shape }) => shape[0]!)
    if (new Set(rows).size > 1)
      throw new RangeError(`Tensors of a TensorDataset need the same number of rows, not ${rows.join(', ')}.`)
    this.tensors = tensors
  }

  get length(): number {
    return this.tensors[0]!.shape[0]!
  }

  at(index: number): Tensor[] {
    const row = checkIndex(index, this.length)
    return this.tensors.map((t) => t.select(0, row))
  }

  /** Gathered on the device. */
  override batch(indices: readonly number[]): Tensor[] {
    const rows = Int32Array.from(indices, (index) => checkIndex(index, this.length))
    const on = new Map<Tensor['device'], Tensor>()
    return this.tensors.map((t) => {
      let own = on.get(t.device)
      if (!own) on.set(t.device, (own = tensor(rows, { device: t.device })))
      return t.indexSelect(0, own)
    })
  }
}

/** Samples of a list, as they are. */
export class ListDataset<Sample> extends Dataset<Sample> {
  readonly #list: readonly Sample[]

  constructor(list: readonly Sample[]) {
    super()
    this.#list = list
  }

  get length(): number {
    return this.#list.length
  }

  at(index: number): Sample {
    return this.#list[checkIndex(index, this.length)]!
  }
}

/** Data sets one behind the other. Errors: an Error for none. Source: torch.utils.data.ConcatDataset. */
export class ConcatDataset<Sample> extends Dataset<Sample> {
  readonly datasets: readonly Dataset<Sample>[]
  /** Where each ends. */
  readonly cumulativeSizes: readonly number[]

  constructor(datasets: Iterable<Dataset<Sample>>) {
    super()
    this.datasets = listOf('ConcatDataset', datasets)
    if (this.datasets.length === 0) throw new Error('ConcatDataset needs at least one data set.')
    for (const dataset of this.datasets)
      if (!(dataset instanceof Dataset))
        throw new TypeError('ConcatDataset takes data sets with numbered samples: chain those without.')
    let end = 0
    this.cumulativeSizes = this.datasets.map(({ length }) => (end += length))
  }

  get length(): number {
    return this.cumulativeSizes.at(-1)!
  }

  at(index: number, random: Generator): Sample | Promise<Sample> {
    const at = checkIndex(index, this.length)
    const number = this.cumulativeSizes.findIndex((end) => at < end)
    return this.datasets[number]!.at(at - (this.cumulativeSizes[number - 1] ?? 0), random)
  }
}

/**
 * Iterable data sets one behind the other. Errors: a TypeError for one with numbered samples.
 * Source: torch.utils.data.ChainDataset.
 */
export class ChainDataset<Sample> extends IterableDataset<Sample> {
  readonly datasets: readonly IterableDataset<Sample>[]

  constructor(datasets: Iterable<IterableDataset<Sample>>) {
    super()
    this.datasets = listOf('ChainDataset', datasets)
    for (const dataset of this.datasets)
      if (!(dataset instanceof IterableDataset))
        throw new TypeError('ChainDataset takes iterable data sets: concatenate those with numbered samples.')
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Sample> {
    for (const dataset of this.datasets)
      yield* { [Symbol.asyncIterator]: () => dataset[Symbol.asyncIterator]() }
  }
}

/**
 * Some samples of a data set, by their numbers there. Errors: a RangeError for a number that it has not got, and a TypeError for a
 * tensor of them. Source: torch.utils.data.Subset.
 */
export class Subset<Sample> extends Dataset<Sample> {
  readonly dataset: Dataset<Sample>
  readonly indices: readonly number[]

  constructor(dataset: Dataset<Sample>, indices: Iterable<number>) {
    super()
    this.dataset = dataset
    requireSized('Subset', dataset)
    this.indices = listOf('Subset', indices).map((index) => checkIndex(index, dataset.length))
    if (dataset.batch)
      this.batch = (wanted) => dataset.batch!(wanted.map((i) => this.indices[checkIndex(i, this.length)]!))
  }

  get length(): number {
    return this.indices.length
  }

  at(index: number, random: Generator): Sample | Promise<Sample> {
    return this.dataset.at(this.indices[checkIndex(index, this.length)]!, random)
  }
}

interface SplitOptions {
  /** Draws which samples go where; one of seed 0 by default, so that the parts are the same each time. */
  readonly generator?: Generator
}
const splitOrder = ['generator'] as const

/**
 * Parts of a data set, drawn without replacement: `lengths` that add up to all of it, or shares that add up to 1, whose remainders
 * go to the first parts. Errors: a RangeError for what does not add up, and for a share below 0. Source: torch.utils.data.random_split.
 */
export function randomSplit<Sample>(
  dataset: Dataset<Sample>,
  lengths: readonly number[],
  ...rest: Arguments<SplitOptions, typeof splitOrder>
): Subset<Sample>[] {
  const { length } = requireSized('randomSplit', dataset)
  const given = readArguments<SplitOptions>({ name: 'randomSplit', positional: splitOrder }, rest)
  const generator = requireGenerator('randomSplit', given.generator)
  const counts = partSizes(listOf('randomSplit', lengths), length)
  const order = generator.permutation(length)
  let from = 0
  return counts.map((count) => new Subset(dataset, order.subarray(from, (from += count))))
}

function partSizes(lengths: readonly number[], length: number): readonly number[] {
  const total = lengths.reduce((sum, one) => sum + one, 0)
  if (Math.abs(total - 1) >= 1e-9) {
    if (lengths.some((share) => share > 0 && share < 1))
      throw new RangeError(`Shares must add up to 1, not ${total}.`)
    const counts = lengths.map((count, i) => wholeNumber(`lengths[${i}]`, count, 0))
    if (total === length) return counts
    throw new RangeError(
      `The lengths add up to ${total}, but there are ${length} samples. Shares must add up to 1.`,
    )
  }
  const counts = lengths.map((share, i) => Math.floor(length * numberWithin(`lengths[${i}]`, share, 0, 1)))
  const rest = length - counts.reduce((sum, count) => sum + count, 0)
  for (let i = 0; i < rest; i++) counts[i % counts.length]!++
  return counts
}
