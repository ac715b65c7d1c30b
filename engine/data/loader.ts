/** Batches of a data set, as torch.utils.data.DataLoader. */
import { yesOrNo } from '../nn/checks.ts'
import { readArguments, wholeNumber, type Arguments, type Signature } from '../tensor/arguments.ts'
import { collateOnHost, toTensors } from './collate.ts'
import { Dataset, IterableDataset, ListDataset } from './dataset.ts'
import { samplesOf } from './fetch.ts'
import type { Generator, GeneratorState } from './generator.ts'
import { listOf, requireGenerator, requireIterable } from './given.ts'
import { ModuleDataset } from './module-dataset.ts'
import { BatchSampler, RandomSampler, SequentialSampler, type Sampler } from './samplers.ts'
import { WorkerPool } from './worker-pool.ts'

export type CollateFn = (samples: readonly unknown[]) => unknown

export interface DataLoaderOptions {
  /** Samples of a batch; 1 by default. null: samples come one by one, as they are. */
  readonly batchSize?: number | null
  /** A new order in every epoch; false by default. */
  readonly shuffle?: boolean
  /** The order, in place of shuffle. */
  readonly sampler?: Sampler
  /** Which samples go together, in place of batchSize, shuffle, sampler and dropLast. */
  readonly batchSampler?: Sampler<number[]>
  /** Leaves out a last batch that is smaller; false by default. */
  readonly dropLast?: boolean
  /** In place of defaultCollate. What it returns comes as it is. */
  readonly collateFn?: CollateFn
  /** Worker threads that load ahead; 0 by default: this thread does it. They need a ModuleDataset. */
  readonly numWorkers?: number
  /** Batches that each worker loads ahead; 2 by default. */
  readonly prefetchFactor?: number
  /** Keeps the workers from epoch to epoch; false by default. */
  readonly persistentWorkers?: boolean
  /** Draws the order where `shuffle` is on, and seeds what samples draw; of seed 0 by default. */
  readonly generator?: Generator
  /** Only false: batches go to the device as they are made. */
  readonly pinMemory?: false
  /** Only '': as pinMemory. */
  readonly pinMemoryDevice?: ''
  /** Only 0: a loader waits until a batch is there. */
  readonly timeout?: 0
  /** Only null: each worker runs the module of the ModuleDataset. */
  readonly workerInitFn?: null
  /** Only null: workers are threads. */
  readonly multiprocessingContext?: null
}

/** Where a loader stands: enough to go on in the middle of an epoch with the same batches. Plain data. */
export interface LoaderState {
  /** Of the running epoch, or of the next one. */
  readonly epoch: number
  /** Batches of it that were taken. */
  readonly taken: number
  readonly seed: number
  /** Of the sampler, as the epoch began; null: it does not draw. */
  readonly generator: GeneratorState | null
}

const order = [
  'batchSize',
  'shuffle',
  'sampler',
  'batchSampler',
  'numWorkers',
  'collateFn',
  'pinMemory',
  'dropLast',
  'timeout',
  'workerInitFn',
  'multiprocessingContext',
  'generator',
] as const
const signature: Signature<DataLoaderOptions> = {
  name: 'DataLoader',
  positional: order,
  named: ['prefetchFactor', 'persistentWorkers', 'pinMemoryDevice'],
  nullable: ['batchSize'],
}

/** PyTorch's options that ask for nothing here, and what to do where they ask for something. */
const without: readonly (readonly [option: keyof DataLoaderOptions, instead: string])[] = [
  ['pinMemory', 'batches go to the device as they are made'],
  ['pinMemoryDevice', 'batches go to the device as they are made'],
  ['timeout', 'a loader waits until a batch is there'],
  ['workerInitFn', 'each worker runs the module of the ModuleDataset, which can do that'],
  ['multiprocessingContext', 'workers are threads'],
]

const isList = (source: unknown): source is readonly unknown[] => Array.isArray(source)

/** Errors: a TypeError or RangeError that names the options that contradict each other or do not exist. */
function checkOptions(dataset: unknown, options: DataLoaderOptions): void {
  for (const [option, instead] of without)
    if (options[option]) throw new TypeError(`DataLoader has no ${option}: ${instead}. Leave it out.`)
  const { batchSize, shuffle, sampler, batchSampler, dropLast, numWorkers = 0 } = options
  for (const option of ['shuffle', 'dropLast', 'persistentWorkers'] as const)
    yesOrNo(option, options[option] ?? false)
  if (options.collateFn !== undefined && typeof options.collateFn !== 'function')
    throw new TypeError(
      `collateFn must be a function of a list of samples, not ${String(options.collateFn)}.`,
    )
  if (sampler) requireIterable('sampler', sampler)
  if (batchSampler) requireIterable('batchSampler', batchSampler)
  const isNumbered = dataset instanceof Dataset
  if (!isNumbered && !(dataset instanceof IterableDataset))
    throw new TypeError(
      'DataLoader takes a Dataset, an IterableDataset or a list of samples. Tensors go into a TensorDataset.',
    )
  if (!isNumbered && typeof dataset[Symbol.asyncIterator] !== 'function')
    throw new TypeError(
      'An IterableDataset needs a method `async *[Symbol.asyncIterator]()` that gives its samples.',
    )
  if (!isNumbered && (shuffle || sampler || batchSampler))
    throw new TypeError('Samples of an IterableDataset have no numbers: it takes no shuffle and no sampler.')
  if (sampler && shuffle) throw new TypeError('A sampler is the order: leave shuffle out.')
  if (batchSampler && (batchSize !== undefined || shuffle || sampler || dropLast))
    throw new TypeError('A batchSampler says everything: leave batchSize, shuffle, sampler and dropLast out.')
  if (batchSize === null && dropLast) throw new TypeError('Without batches there is no last one to drop.')
  wholeNumber('numWorkers', numWorkers, 0)
  wholeNumber('prefetchFactor', options.prefetchFactor ?? 2, 1)
  if ((options.prefetchFactor ?? 2) !== 2 && numWorkers === 0)
    throw new TypeError('prefetchFactor needs numWorkers above 0: without workers nothing is loaded ahead.')
  if (options.persistentWorkers && numWorkers === 0)
    throw new TypeError('persistentWorkers needs numWorkers above 0.')
  if (numWorkers > 0 && !(dataset instanceof ModuleDataset))
    throw new TypeError(
      'Workers share no objects with this thread: give them a data set of a module, by ModuleDataset.open(url, options).',
    )
  if (numWorkers > 0 && options.collateFn)
    throw new TypeError(
      'With workers, batches are made there: export `collate` from the module of the data set.',
    )
}

/**
 * Batches, epoch by epoch: `for await (const [x, y] of loader)`. The order does not depend on the number of workers. Its state resumes with
 * the same batches in the middle of an epoch. A list of samples is a data set, too. Errors: a TypeError or RangeError for options that
 * contradict each other, do not exist or are out of range; while it is walked through, those of the data set, with the number of the
 * sample. Source: torch.utils.data.DataLoader.
 */
export class DataLoader<Batch = unknown> {
  readonly dataset: Dataset | IterableDataset
  readonly batchSampler: Sampler<number[]> | null
  readonly generator: Generator
  readonly #options: DataLoaderOptions
  readonly #sampler: Sampler | null
  #pool: WorkerPool | null = null
  #epoch = 0
  #taken = 0
  /** The sampler's generator as the running epoch began; null between epochs. */
  #began: GeneratorState | null = null
  #resumes = false
  #walking = false

  /** Errors: those of options that contradict each other, do not exist or are out of range. */
  constructor(
    source: Dataset | IterableDataset | readonly unknown[],
    ...rest: Arguments<DataLoaderOptions, typeof order>
  ) {
    const options = readArguments(signature, rest)
    const dataset = isList(source) ? new ListDataset(source) : source
    checkOptions(dataset, options)
    const { batchSize = 1, shuffle = false, dropLast = false } = options
    const generator = requireGenerator('DataLoader', options.generator)
    this.dataset = dataset
    this.generator = generator
    this.#options = options
    this.#sampler =
      dataset instanceof Dataset
        ? (options.sampler ??
          (shuffle ? new RandomSampler(dataset, { generator }) : new SequentialSampler(dataset)))
        : null
    this.batchSampler =
      options.batchSampler ??
      (this.#sampler && batchSize !== null ? new BatchSampler(this.#sampler, batchSize, dropLast) : null)
    if (batchSize !== null) wholeNumber('batchSize', batchSize, 1)
  }

  /** The order of the samples; null where a batchSampler or the data set itself has it. */
  get sampler(): Sampler | null {
    return this.#options.batchSampler ? null : this.#sampler
  }

  /** Samples of a batch; null where samples come one by one, or a batchSampler says how many. */
  get batchSize(): number | null {
    const { batchSampler, batchSize = 1 } = this.#options
    return batchSampler ? null : batchSize
  }

  /** Whether a last batch that is smaller is left out. */
  get dropLast(): boolean {
    return this.#options.dropLast ?? false
  }

  /** Worker threads that load ahead. */
  get numWorkers(): number {
    return this.#options.numWorkers ?? 0
  }

  /** Batches of an epoch. Errors: a TypeError for an IterableDataset, which does not know. */
  get length(): number {
    const counted = this.batchSampler ?? this.#sampler
    if (counted) return counted.length
    throw new TypeError('An IterableDataset does not know how many samples it has.')
  }

  /** The next epoch; after loadStateDict, the rest of one. A second walk at the same time is refused: they would share the order. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    if (this.#walking)
      throw new Error('This loader is being walked through already: make another one beside it.')
    this.#walking = true
    const skip = this.#resumes ? this.#taken : 0
    const drawing = this.#drawing
    if (this.#resumes && this.#began) drawing?.setState(this.#began)
    this.#began = drawing?.getState() ?? null
    this.#resumes = false
    this.#taken = skip
    try {
      for await (const batch of this.#batches(skip)) {
        this.#taken++
        // Whoever saves the state while it has this batch goes on with the next one.
        yield batch as Batch
      }
    } finally {
      this.#walking = false
      if (!this.#options.persistentWorkers) this.close()
      // An epoch that was left early is over, as in PyTorch.
      this.#epoch++
      this.#taken = 0
      this.#began = null
    }
  }

  get #drawing(): Generator | undefined {
    return (this.batchSampler ?? this.#sampler)?.generator
  }

  #batches(skip: number): AsyncIterable<unknown> {
    const { dataset } = this
    if (dataset instanceof IterableDataset) return this.#streamed(dataset, skip)
    // Drawn whole: workers that run ahead would leave the generator elsewhere where an epoch is left early.
    const wanted = this.#drawing ? [...this.#wanted(skip)] : this.#wanted(skip)
    const { numWorkers = 0 } = this.#options
    return numWorkers > 0
      ? this.#fromWorkers(dataset as ModuleDataset, wanted)
      : this.#loaded(dataset, wanted)
  }

  /** Indices of the batches that are still to come. */
  *#wanted(skip: number): IterableIterator<readonly number[]> {
    let number = 0
    if (this.batchSampler) {
      for (const indices of this.batchSampler) if (number++ >= skip) yield listOf('A batch', indices)
    } else for (const index of this.#sampler!) if (number++ >= skip) yield [index]
  }

  async *#loaded(dataset: Dataset, wanted: Iterable<readonly number[]>): AsyncGenerator<unknown> {
    const collate =
      this.#options.collateFn ?? (dataset instanceof ModuleDataset ? dataset.collate : undefined)
    const seed = { seed: this.generator.getState().seed, epoch: this.#epoch }
    for (const indices of wanted) {
      if (!collate && this.batchSampler && dataset.batch) yield await dataset.batch(indices)
      else {
        const samples = await samplesOf(dataset, indices, seed)
        yield this.#made(samples, collate)
      }
    }
  }

  #made(samples: readonly unknown[], collate: CollateFn | undefined): unknown {
    if (!this.batchSampler && this.#options.batchSize === null)
      return collate ? collate(samples[0] as never) : toTensors(samples[0])
    return toTensors((collate ?? collateOnHost)(samples))
  }

  async *#streamed(dataset: IterableDataset, skip: number): AsyncGenerator<unknown> {
    const { batchSize = 1, dropLast = false, collateFn } = this.#options
    const size = batchSize ?? 1
    let left = skip * size
    let batch: unknown[] = []
    for await (const sample of { [Symbol.asyncIterator]: () => dataset[Symbol.asyncIterator]() }) {
      if (left-- > 0) continue
      batch.push(sample)
      if (batch.length < size) continue
      yield this.#made(batch, collateFn)
      batch = []
    }
    if (batch.length > 0 && !dropLast) yield this.#made(batch, collateFn)
  }

  async *#fromWorkers(dataset: ModuleDataset, wanted: Iterable<readonly number[]>): AsyncGenerator<unknown> {
    const { numWorkers = 0, prefetchFactor = 2, batchSize } = this.#options
    this.#pool ??= new WorkerPool(dataset.url, dataset.options, numWorkers)
    const seed = { seed: this.generator.getState().seed, epoch: this.#epoch }
    const single = !this.batchSampler && batchSize === null
    const asked = { seed, single, ahead: numWorkers * prefetchFactor }
    for await (const batch of this.#pool.ordered(wanted, asked)) yield toTensors(batch)
  }

  /** Ends workers that were kept. The loader starts them anew when it needs them. */
  close(): void {
    this.#pool?.close()
    this.#pool = null
  }

  stateDict(): LoaderState {
    const generator = this.#began ?? this.#drawing?.getState() ?? null
    return { epoch: this.#epoch, taken: this.#taken, seed: this.generator.getState().seed, generator }
  }

  /** The next walk goes on there. Errors: a TypeError for what is no such state. */
  loadStateDict({ epoch, taken, seed, generator }: LoaderState): void {
    wholeNumber('epoch', epoch, 0)
    wholeNumber('taken', taken, 0)
    if (this.#walking) throw new Error('A loader takes over a state between epochs: leave the loop first.')
    if ((generator === null) !== (this.#drawing === undefined))
      throw new TypeError(
        'The saved loader does not fit: one of both draws its order, and the other does not.',
      )
    this.generator.setState({ ...this.generator.getState(), seed })
    if (generator) this.#drawing!.setState(generator)
    this.#epoch = epoch
    this.#taken = taken
    this.#began = generator
    this.#resumes = true
  }
}
