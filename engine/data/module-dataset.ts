import { Dataset } from './dataset.ts'
import type { Generator } from './generator.ts'

/** What a module that holds a data set for workers exports. */
export interface DatasetModule {
  /** Makes the data set from options that can be sent to a thread. */
  default(options: unknown): Dataset | Promise<Dataset>
  /** Makes batches in place of the default, in the worker. */
  collate?(samples: readonly unknown[]): unknown
}

/**
 * A data set that a module makes, so that each worker can make its own: threads share no objects. The module's default export is a
 * function of the options; it may export `collate`, too.
 */
export class ModuleDataset extends Dataset {
  readonly url: string
  readonly options: unknown
  readonly collate: DatasetModule['collate']
  readonly #dataset: Dataset

  private constructor(url: string, options: unknown, module: DatasetModule, dataset: Dataset) {
    super()
    this.url = url
    this.options = options
    this.collate = module.collate
    this.#dataset = dataset
  }

  /** Loads the module, and makes its data set here. Errors: those of loading the module, and a TypeError for one whose default export makes no data set. */
  static async open(url: URL | string, options?: unknown): Promise<ModuleDataset> {
    const module = (await import(String(url))) as DatasetModule
    const dataset: unknown = typeof module.default === 'function' ? await module.default(options) : null
    if (!(dataset instanceof Dataset))
      throw new TypeError(`${String(url)} must export by default a function that makes a Dataset.`)
    return new ModuleDataset(String(url), options, module, dataset)
  }

  get length(): number {
    return this.#dataset.length
  }

  at(index: number, random: Generator): unknown {
    return this.#dataset.at(index, random)
  }
}
