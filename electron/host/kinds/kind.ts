/**
 * What sets tables, images and text apart, behind one interface: how the user's files become a data set, and how a data
 * set becomes rows of numbers. Everything after that — training, evaluation, export — is the same for all of them.
 * What is done with such rows on the device is in model/input.ts, which the trainer loads without any of this.
 */
import {
  startLimits,
  type Column,
  type DataKind,
  type Dataset,
  type Limits,
  type PreparedSummary,
  type Profile,
  type Receipt,
  type Recipe,
  type RecipeOf,
  type TablePage,
} from '../../contract/index.ts'
import type { Preparation } from '../prepare/preparation.ts'
import type { RowSplit } from '../prepare/split.ts'

/** Where a data set is kept: files named by its id, and the originals by their hash, in one folder. */
export interface DataFolder {
  readonly folder: string
  readonly id: string
}

/** What reading may take, and whom to tell how far it is. */
export interface ReadContext {
  readonly limits: Limits
  /** 0…1, as often as one likes; the caller thins it out. */
  progress(share: number): void
  /** A folder for temporary files, where there is one for the job. */
  readonly scratch?: string
}

export const plainContext: ReadContext = { limits: startLimits, progress: () => undefined }

/** The same for a part of the work, which begins at `from` and is `share` of the whole. */
export const shareOf = (context: ReadContext, from: number, share: number): ReadContext => ({
  ...context,
  progress: (done) => context.progress(from + share * done),
})

export interface ImportRequest {
  readonly path: string
  /** Of a table: null or absent means detect. */
  readonly delimiter?: string | null
  readonly header?: boolean | null
  readonly missingValues?: readonly string[]
  /** Of a table: name, 1-based position or `last`. */
  readonly target?: string
}

export interface Imported<K extends DataKind = DataKind> {
  readonly receipt: Receipt
  readonly columns: Column[]
  readonly rows: number
  /** The recipe to start from. */
  readonly recipe: RecipeOf<K>
}

/** Features, pixels as bytes (channel, row, column), or word numbers. */
export type Inputs = Float32Array | Uint8Array | Int32Array

export interface InputRows {
  readonly rows: number
  /** Row-major, rows × the numbers of one example. */
  readonly inputs: Inputs
}

export interface Prepared {
  readonly preparation: Preparation
  /** Row numbers into what follows. */
  readonly split: RowSplit
  readonly data: InputRows & {
    /** Class indices, -1 where there is none; or standardised values, NaN where there is none. */
    readonly targets: Int32Array | Float32Array
  }
  /** Regression: the targets as they stand in the data, in their own unit. */
  readonly originals: Float64Array | null
  /** Under a recipe that prepares alike: checks look at how it trains, too. */
  summary(recipe: Recipe): PreparedSummary
}

export type Cell = string | number | null

/** New data for a trained model. */
export interface NewData extends InputRows {
  /** What the file says, to be repeated beside the predictions: a name per column, and the rows. */
  readonly names: readonly string[]
  cells(): AsyncIterable<Cell[]>
  readonly notes: readonly string[]
}

export interface NewDataSource<K extends DataKind> {
  /** The user's file. */
  readonly path: string
  readonly recipe: RecipeOf<K>
  /** Whether the file that was trained on had a header; null: unknown. */
  readonly header: boolean | null
  readonly preparation: Extract<Preparation, { kind: K }>
  /** For temporary files. */
  readonly scratch: string
}

export interface KindOfData<K extends DataKind> {
  /** The folder is either whole afterwards or, but for originals that nothing refers to, untouched. */
  import(request: ImportRequest, place: DataFolder, context: ReadContext): Promise<Imported<K>>
  /** Holds a recipe against its data; throws what is wrong. */
  validate(recipe: RecipeOf<K>, dataset: Pick<Dataset, 'columns' | 'receipt'>): void
  /** The same data set and recipe give the same rows, to the bit. */
  prepare(place: DataFolder, receipt: Receipt, recipe: RecipeOf<K>, context?: ReadContext): Promise<Prepared>
  page(
    place: DataFolder,
    dataset: Dataset,
    recipe: RecipeOf<K>,
    from: number,
    limit: number,
    context?: ReadContext,
  ): Promise<TablePage>
  profile(place: DataFolder, dataset: Dataset, recipe: RecipeOf<K>, context?: ReadContext): Promise<Profile>
  /** The data are usable until `use` is done. */
  readNew<T>(source: NewDataSource<K>, use: (data: NewData) => Promise<T>, context: ReadContext): Promise<T>
}
