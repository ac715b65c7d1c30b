/**
 * In which order samples are taken, as in torch.utils.data. A sampler is an iterable of numbers; each walk through it is an epoch. Those
 * that draw do so from a generator, by default one of seed 0, which goes on from epoch to epoch.
 */
import { yesOrNo } from '../nn/checks.ts'
import { readArguments, wholeNumber, type Arguments, type Signature } from '../tensor/arguments.ts'
import { Generator } from './generator.ts'
import { listOf, requireGenerator, requireIterable, requireSized, type Sized } from './given.ts'

/** Numbers of samples, or lists of them, for one epoch. */
export interface Sampler<Index = number> extends Iterable<Index> {
  readonly length: number
  /** What its next walk depends on, where it draws. A DataLoader then draws an epoch whole before it begins. */
  readonly generator?: Generator
}

/** All in order. Errors: a TypeError for what has no length. Source: torch.utils.data.SequentialSampler. */
export class SequentialSampler implements Sampler {
  readonly #source: Sized
  constructor(source: Sized) {
    this.#source = requireSized('SequentialSampler', source)
  }
  get length(): number {
    return this.#source.length
  }
  *[Symbol.iterator](): Iterator<number> {
    for (let i = 0; i < this.length; i++) yield i
  }
}

export interface RandomSamplerOptions {
  /** Whether one sample may come several times; false by default. */
  readonly replacement?: boolean
  /** Samples an epoch; all by default. */
  readonly numSamples?: number
  /** What it draws from; one of seed 0 by default. */
  readonly generator?: Generator
}

interface GeneratorOption {
  /** What it draws from; one of seed 0 by default. */
  readonly generator?: Generator
}

const randomOrder = ['replacement', 'numSamples', 'generator'] as const
const randomSignature: Signature<RandomSamplerOptions> = { name: 'RandomSampler', positional: randomOrder }

const generatorOrder = ['generator'] as const
type OfGenerator = Arguments<GeneratorOption, typeof generatorOrder>

const drawnFrom = (name: string, rest: readonly unknown[]): Generator =>
  requireGenerator(name, readArguments<GeneratorOption>({ name, positional: generatorOrder }, rest).generator)

/**
 * All in a new order each time, or so many with replacement. Errors: a TypeError or RangeError that names an option that is none or out
 * of range. Source: torch.utils.data.RandomSampler.
 */
export class RandomSampler implements Sampler {
  readonly generator: Generator
  readonly #source: Sized
  readonly #replacement: boolean
  readonly #count: number | undefined
  constructor(source: Sized, ...rest: Arguments<RandomSamplerOptions, typeof randomOrder>) {
    const { replacement = false, numSamples, generator } = readArguments(randomSignature, rest)
    this.#source = requireSized('RandomSampler', source)
    this.#replacement = yesOrNo('replacement', replacement)
    this.#count = numSamples === undefined ? undefined : wholeNumber('numSamples', numSamples, 1)
    this.generator = requireGenerator('RandomSampler', generator)
  }
  get length(): number {
    return this.#count ?? this.#source.length
  }
  *[Symbol.iterator](): Iterator<number> {
    const { length } = this.#source
    if (length === 0) return
    if (this.#replacement) {
      for (let i = 0; i < this.length; i++) yield this.generator.below(length)
      return
    }
    for (let left = this.length; left > 0; left -= length)
      yield* this.generator.permutation(length).subarray(0, Math.min(left, length))
  }
}

/** Certain samples in a new order each time. Errors: a TypeError for a tensor in place of a list. Source: torch.utils.data.SubsetRandomSampler. */
export class SubsetRandomSampler implements Sampler {
  readonly generator: Generator
  readonly #indices: readonly number[]
  constructor(indices: Iterable<number>, ...rest: OfGenerator) {
    this.#indices = listOf('SubsetRandomSampler', indices)
    this.generator = drawnFrom('SubsetRandomSampler', rest)
  }
  get length(): number {
    return this.#indices.length
  }
  *[Symbol.iterator](): Iterator<number> {
    for (const at of this.generator.permutation(this.length)) yield this.#indices[at]!
  }
}

interface WeightedOptions extends GeneratorOption {
  /** Whether one sample may come several times; true by default. */
  readonly replacement?: boolean
}
const weightedOrder = ['replacement', 'generator'] as const
const weightedSignature: Signature<WeightedOptions> = {
  name: 'WeightedRandomSampler',
  positional: weightedOrder,
}

/**
 * Each sample as often as its weight says, with replacement by default. Errors: a RangeError for weights that are none, and without replacement for fewer of them
 * above 0 than samples. Source: torch.utils.data.WeightedRandomSampler.
 */
export class WeightedRandomSampler implements Sampler {
  readonly length: number
  readonly generator: Generator
  readonly #weights: readonly number[]
  readonly #replacement: boolean
  constructor(
    weights: Iterable<number>,
    numSamples: number,
    ...rest: Arguments<WeightedOptions, typeof weightedOrder>
  ) {
    const { replacement = true, generator } = readArguments(weightedSignature, rest)
    yesOrNo('replacement', replacement)
    this.#weights = listOf('WeightedRandomSampler', weights)
    this.length = wholeNumber('numSamples', numSamples, 1)
    if (!this.#weights.every((weight) => weight >= 0 && weight < Infinity))
      throw new RangeError('Weights of samples must be numbers from 0.')
    const possible = this.#weights.filter((weight) => weight > 0).length
    if (possible === 0 || (!replacement && possible < numSamples))
      throw new RangeError(
        `${numSamples} samples cannot be drawn ${replacement ? 'with' : 'without'} replacement from ${possible} with a weight above 0.`,
      )
    this.#replacement = replacement
    this.generator = requireGenerator('WeightedRandomSampler', generator)
  }
  *[Symbol.iterator](): Iterator<number> {
    if (!this.#replacement) {
      // The largest of u^(1/w) are such a draw (Efraimidis & Spirakis 2006).
      const keys = this.#weights.map((weight, i) => ({
        i,
        key: Math.log(1 - this.generator.random()) / weight,
      }))
      const drawn = keys.filter(({ i }) => this.#weights[i]! > 0).toSorted((a, b) => b.key - a.key)
      for (const { i } of drawn.slice(0, this.length)) yield i
      return
    }
    const upTo = new Float64Array(this.#weights.length)
    let sum = 0
    this.#weights.forEach((weight, i) => (upTo[i] = sum += weight))
    for (let n = 0; n < this.length; n++) {
      const at = this.generator.random() * sum
      let [low, high] = [0, upTo.length - 1]
      while (low < high) {
        const middle = (low + high) >> 1
        if (upTo[middle]! > at) high = middle
        else low = middle + 1
      }
      yield low
    }
  }
}

/**
 * All in a new order each time, in which every stretch has the labels in about the proportion of the whole: batches of it are
 * stratified. Source: scikit-learn's stratified splits, over batches.
 */
export class StratifiedSampler implements Sampler {
  readonly length: number
  readonly generator: Generator
  readonly #strata: readonly (readonly number[])[]
  constructor(labels: Iterable<unknown>, ...rest: OfGenerator) {
    const strata = new Map<unknown, number[]>()
    let count = 0
    for (const label of listOf('StratifiedSampler', labels)) {
      const stratum = strata.get(label)
      if (stratum) stratum.push(count++)
      else strata.set(label, [count++])
    }
    this.length = count
    this.#strata = [...strata.values()]
    this.generator = drawnFrom('StratifiedSampler', rest)
  }
  *[Symbol.iterator](): Iterator<number> {
    // Each label's samples lie evenly over the epoch, from a random start.
    const placed = this.#strata.flatMap((stratum) => {
      const order = this.generator.permutation(stratum.length)
      const start = this.generator.random()
      return Array.from(order, (at, i) => ({ index: stratum[at]!, place: (i + start) / stratum.length }))
    })
    for (const { index } of placed.toSorted((a, b) => a.place - b.place)) yield index
  }
}

interface DropOption {
  /** Leaves out a last list that is shorter; false by default. */
  readonly dropLast?: boolean
}
const dropOrder = ['dropLast'] as const
type OfDrop = Arguments<DropOption, typeof dropOrder>

const dropsLast = (name: string, rest: readonly unknown[]): boolean =>
  yesOrNo('dropLast', readArguments<DropOption>({ name, positional: dropOrder }, rest).dropLast ?? false)

/** Lists of so many. Errors: a RangeError for a size below 1, and a TypeError for what is no sampler. Source: torch.utils.data.BatchSampler. */
export class BatchSampler implements Sampler<number[]> {
  readonly sampler: Sampler
  readonly batchSize: number
  readonly dropLast: boolean
  constructor(sampler: Sampler, batchSize: number, ...rest: OfDrop) {
    this.sampler = requireIterable('BatchSampler', sampler)
    this.batchSize = wholeNumber('batchSize', batchSize, 1)
    this.dropLast = dropsLast('BatchSampler', rest)
  }
  get generator(): Generator | undefined {
    return this.sampler.generator
  }
  get length(): number {
    const batches = this.sampler.length / this.batchSize
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches)
  }
  *[Symbol.iterator](): Iterator<number[]> {
    let batch: number[] = []
    for (const index of this.sampler) {
      batch.push(index)
      if (batch.length < this.batchSize) continue
      yield batch
      batch = []
    }
    if (batch.length > 0 && !this.dropLast) yield batch
  }
}

/**
 * Lists of so many of one group each, such as pictures of one size, in the order in which they fill up; what is left of each group comes
 * last. Source: torchvision's GroupedBatchSampler, which fills the last ones up.
 */
export class GroupedBatchSampler implements Sampler<number[]> {
  readonly sampler: Sampler
  readonly batchSize: number
  readonly dropLast: boolean
  readonly #groups: readonly unknown[]
  constructor(sampler: Sampler, groupIds: Iterable<unknown>, batchSize: number, ...rest: OfDrop) {
    this.sampler = requireIterable('GroupedBatchSampler', sampler)
    this.#groups = listOf('GroupedBatchSampler', groupIds)
    this.batchSize = wholeNumber('batchSize', batchSize, 1)
    this.dropLast = dropsLast('GroupedBatchSampler', rest)
  }
  get generator(): Generator | undefined {
    return this.sampler.generator
  }
  /** Where the sampler takes each sample once. */
  get length(): number {
    const sizes = new Map<unknown, number>()
    for (const group of this.#groups) sizes.set(group, (sizes.get(group) ?? 0) + 1)
    const round = this.dropLast ? Math.floor : Math.ceil
    return [...sizes.values()].reduce((sum, size) => sum + round(size / this.batchSize), 0)
  }
  *[Symbol.iterator](): Iterator<number[]> {
    const filling = new Map<unknown, number[]>()
    for (const index of this.sampler) {
      if (index >= this.#groups.length) throw new RangeError(`Sample ${index} has no group.`)
      const group = this.#groups[index]
      const batch = filling.get(group) ?? []
      batch.push(index)
      filling.set(group, batch)
      if (batch.length < this.batchSize) continue
      filling.delete(group)
      yield batch
    }
    if (!this.dropLast) yield* filling.values()
  }
}

export interface DistributedOptions {
  /** How many processes share the data. */
  readonly numReplicas: number
  /** Which of them this is, from 0. */
  readonly rank: number
  /** true by default. */
  readonly shuffle?: boolean
  /** The same in all processes; 0 by default. */
  readonly seed?: number
  /** Leaves samples over, instead of taking some twice, where they do not divide; false by default. */
  readonly dropLast?: boolean
}

const distributedOrder = ['numReplicas', 'rank', 'shuffle', 'seed', 'dropLast'] as const
const distributedSignature: Signature<DistributedOptions> = {
  name: 'DistributedSampler',
  positional: distributedOrder,
}

/**
 * One process's part of the data, as many samples in each. Call setEpoch before each epoch, or all have the same order. Errors: a
 * RangeError for a rank that is not below the number of processes.
 * Source: torch.utils.data.distributed.DistributedSampler.
 */
export class DistributedSampler implements Sampler {
  readonly length: number
  readonly #source: Sized
  readonly #options: Required<DistributedOptions>
  #epoch = 0
  constructor(source: Sized, ...rest: Arguments<DistributedOptions, typeof distributedOrder>) {
    const given = readArguments(distributedSignature, rest)
    const whole = { shuffle: true, seed: 0, dropLast: false, ...given }
    yesOrNo('shuffle', whole.shuffle)
    yesOrNo('dropLast', whole.dropLast)
    // Any whole number, as where it is drawn from.
    new Generator(whole.seed)
    wholeNumber('numReplicas', whole.numReplicas, 1)
    if (wholeNumber('rank', whole.rank, 0) >= whole.numReplicas)
      throw new RangeError(`rank must be below the ${whole.numReplicas} replicas, not ${whole.rank}.`)
    this.#source = requireSized('DistributedSampler', source)
    this.#options = whole
    const share = source.length / whole.numReplicas
    this.length = whole.dropLast ? Math.floor(share) : Math.ceil(share)
  }
  /** The order is that of this epoch: it follows from the seed and this number. */
  setEpoch(epoch: number): void {
    this.#epoch = wholeNumber('epoch', epoch, 0)
  }
  *[Symbol.iterator](): Iterator<number> {
    const { numReplicas, rank, shuffle, seed } = this.#options
    const { length } = this.#source
    if (length === 0) return
    const order = shuffle ? new Generator(seed, this.#epoch + 1).permutation(length) : null
    for (let i = 0; i < this.length; i++) {
      const at = (i * numReplicas + rank) % length
      yield order ? order[at]! : at
    }
  }
}
