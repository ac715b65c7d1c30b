/**
 * What sets tables, images and text apart, behind one interface: how the user's files become a data set, and how a data
 * set becomes columns in memory. Everything after that — preparation, training, evaluation, export — is the same for all.
 */
import {
  startLimits,
  type Column,
  type Correction,
  type DataKind,
  type Dataset,
  type DataSource,
  type FirstLook,
  type Joined,
  type Limits,
  type Overlay,
  type PictureReading,
  type Profile,
  type Reading,
  type Receipt,
  type RecipeOf,
  type Task,
  type TablePage,
} from '../../contract/index.ts'
import type { Frame } from '../datasets/frame.ts'
import type { CellPlace } from '../datasets/overlay.ts'
import type { Preparation } from '../prepare/preparation.ts'
import type { LabelStyle } from './text/label-style.ts'

/** Where a data set is kept: files named by its id, and the originals by their hash, in one folder. */
export interface DataFolder {
  readonly folder: string
  /** Of the import. */
  readonly id: string
  /** What the version that is asked for has otherwise; absent: nothing. Everything that is read has it. */
  readonly corrections?: Overlay
}

export type { CellPlace } from '../datasets/overlay.ts'

/** What reading may take, and whom to tell how far it is. */
export interface ReadContext {
  readonly limits: Limits
  /** 0…1, as often as one likes; the caller thins it out. */
  progress(share: number): void
  /** Of a large table, as soon as its first rows are known. */
  firstLook?(look: FirstLook): void
  /** A folder for temporary files, where there is one for the job. */
  readonly scratch?: string
  /** Where pictures are put that stand as bytes in the cells of a table; it need not be there yet. Absent: they are left out. */
  readonly pictures?: string
}

export const plainContext: ReadContext = { limits: startLimits, progress: () => undefined }

/** The same for a part of the work, which begins at `from` and is `share` of the whole. */
export const shareOf = (context: ReadContext, from: number, share: number): ReadContext => ({
  ...context,
  progress: (done) => context.progress(from + share * done),
})

/** Of a table: how its file is read. */
export interface ImportRequest extends Partial<Reading> {
  readonly path: string
  /** What it was read as before; absent: it is found out. */
  readonly as?: DataKind
  /** Of a table: what becomes of it once it is read. */
  readonly shape?: DataSource['shape']
  /** How the columns are understood that these steps look at; absent: it is found out. */
  readonly asRead?: DataSource['asRead']
  /** What was joined when the same table was imported before, and in which folder it is kept: where its file is gone. */
  readonly kept?: { readonly folder: string; readonly joined: readonly Joined[] }
  /** Of a table: targets that are meant where they are there; absent: nobody has chosen any. */
  readonly likely?: readonly string[]
  readonly missingValues?: readonly string[]
  /** How pictures in files of their own are read; what is absent is found out. */
  readonly pictures?: Partial<PictureReading> | undefined
  /** Of a table: name, 1-based position or `last`; of several columns one each. */
  readonly target?: string | readonly string[] | undefined
  /** Of a table: what is known to be predicted of it, and that it is a number, say, although few numbers look like classes. */
  readonly usual?: { readonly target: string; readonly task: Task } | undefined
  /** Of a table: a file of its own with the rows that test. */
  readonly test?: string | undefined
  /** Of a database server; kept nowhere. */
  readonly password?: string | undefined
  /** Of public sets: where they come from, and whether what comes is the right file from now on. */
  readonly mirror?: string | null
  readonly trust?: boolean | undefined
}

export interface Imported<K extends DataKind = DataKind> {
  readonly receipt: Receipt
  readonly columns: Column[]
  readonly rows: number
  /** The recipe to start from. */
  readonly recipe: RecipeOf<K>
}

export type Cell = string | number | null

/** What is known of a data set, whichever version it is. */
export type StoredData = Omit<Dataset, 'version'>

/** New data for a trained model. */
export interface NewData {
  /** The columns that the model was trained on. */
  readonly frame: Frame
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
  /** In which encoding it was read; null: unknown. */
  readonly encoding?: string | null
  /** Of texts: how its lines were written; absent: unknown. */
  readonly texts?: LabelStyle | undefined
  readonly preparation: Preparation
  /** The model's folder, where what it joins is kept; null: there is none. */
  readonly kept: string | null
  /** For temporary files. */
  readonly scratch: string
}

/** A page of a version, and what of it was corrected. */
export interface VersionPage extends TablePage {
  /** Of the rows, in the import. */
  readonly numbers: number[]
  /** By the row's number; `was`: as imported. Appended rows are not among them. */
  readonly corrected: { readonly row: number; readonly column: string; readonly was: string | null }[]
}

export interface ValidateOptions {
  /** A recipe need not say yet what is predicted, and from what. */
  readonly incomplete?: boolean
}

export interface KindOfData<K extends DataKind> {
  /** The folder is either whole afterwards or, but for originals that nothing refers to, untouched. */
  import(request: ImportRequest, place: DataFolder, context: ReadContext): Promise<Imported<K>>
  /** Holds a recipe against its data; throws what is wrong. */
  validate(
    recipe: RecipeOf<K>,
    dataset: Pick<Dataset, 'columns' | 'receipt'>,
    options?: ValidateOptions,
  ): void
  /** Features and target, with the kinds that the recipe gives them. */
  read(place: DataFolder, receipt: Receipt, recipe: RecipeOf<K>, context?: ReadContext): Promise<Frame>
  page(
    place: DataFolder,
    dataset: StoredData,
    recipe: RecipeOf<K>,
    from: number,
    limit: number,
    context?: ReadContext,
  ): Promise<VersionPage>
  profile(
    place: DataFolder,
    dataset: StoredData,
    recipe: RecipeOf<K>,
    context?: ReadContext,
    /** Whether what only a page shows is drawn; absent: it is. */
    drawn?: boolean,
  ): Promise<Profile>
  /** New values as the files would have written them; throws those that do not fit their column. */
  fitting(
    place: DataFolder,
    recipe: RecipeOf<K>,
    corrections: readonly Correction[],
    context?: ReadContext,
  ): Promise<Correction[]>
  /** What the files say in these places, in their order; without any correction. */
  cellsAsImported(
    place: DataFolder,
    receipt: Receipt,
    cells: readonly CellPlace[],
    context?: ReadContext,
  ): Promise<(string | null)[]>
  /** The data are usable until `use` is done. */
  readNew<T>(source: NewDataSource<K>, use: (data: NewData) => Promise<T>, context: ReadContext): Promise<T>
}
