/** Single examples of a training: looked at after each validation, told now and then. */
import type { Answer, Followed, Hardest, HardestOfSplits, Recipe } from '../../contract/index.ts'
import type { NetworkSpec } from '../model/build.ts'
import type { InputRows } from '../model/input.ts'
import { pickRows } from '../prepare/pick-rows.ts'
import type { Tensors } from './checkpoint.ts'
import { chooseFollowed, nothingFollowed, withAnswers, withoutPinned, withPinned } from './followed.ts'
import { hardestOf } from './hardest.ts'
import { predict } from './predict.ts'
import type { SplitArrays } from './session.ts'

/** What single rows are called by, and what is said of them. */
export interface Examples {
  /** Where the rows of each split stand in the data; -1: one that was made up. */
  readonly train: Int32Array
  readonly validation: Int32Array
  answersOf(targets: ArrayLike<number>, outputs: ArrayLike<number>): Answer[]
}

export interface ExampleWatchOptions {
  readonly recipe: Pick<Recipe, 'model' | 'training' | 'seed'>
  readonly data: Pick<NetworkSpec, 'inputs' | 'outputs' | 'task'> & {
    readonly train: SplitArrays
    readonly validation: SplitArrays
  }
  readonly examples: Examples
  /** What was followed until a checkpoint. */
  readonly followed: Followed | null
  onHardest?(hardest: HardestOfSplits): void
  onFollowed?(followed: Followed): void
}

/** A look may take this share of the time since the last one. */
const lookShare = 0.005
/** Between two that are told. */
const tellMs = 1000
/** At the end training rows are looked at for this share of the training's time, and as long at least. */
const atEnd = { share: 0.01, seconds: 0.5 }

const seconds = (): number => performance.now() / 1000

/** So many of them, evenly taken; null: all. */
export const evenlyOf = (rows: number, count: number): Int32Array | null =>
  count >= rows ? null : Int32Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * rows) / count))

function rowsOf(
  { rows, inputs, targets }: SplitArrays,
  places: Int32Array,
): InputRows & { readonly targets: SplitArrays['targets'] } {
  return {
    rows: places.length,
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, from]) => [name, pickRows(from, rows, places)]),
    ),
    targets: pickRows(targets, rows, places),
  }
}

export class ExampleWatch {
  readonly #options: ExampleWatchOptions
  /** Of the followed examples, among the validation rows. */
  #places: number[]
  #followed: Followed
  /** What was said last of those that are followed, where that is put into words when somebody asks. */
  #unsaid: { readonly epoch: number; readonly outputs: Float32Array } | null = null
  #hardest: HardestOfSplits = {}
  #untold = { hardest: false, followed: false }
  #told = -Infinity
  #looked = { at: -Infinity, took: 0 }
  /** Of the epoch with the lowest loss, as far as it was seen here. */
  #best: { readonly epoch: number; readonly outputs: Float32Array } | null = null
  #last: { readonly epoch: number; readonly outputs: Float32Array } | null = null

  constructor(options: ExampleWatchOptions) {
    this.#options = options
    const { data, examples, recipe, followed } = options
    const { validation } = data
    const placeOf = new Map(Array.from(examples.validation, (row, place) => [row, place]))
    const known = followed?.examples.flatMap(({ row }) => placeOf.get(row) ?? []) ?? []
    if (followed !== null && known.length === followed.examples.length) {
      this.#places = known
      this.#followed = followed
    } else {
      this.#places = chooseFollowed(validation.targets, validation.rows, recipe.seed)
      const rows = this.#places.map((place) => examples.validation[place]!)
      const nothing = new Float32Array(this.#places.length * data.outputs)
      this.#followed = nothingFollowed(rows, this.#answers(this.#places, nothing))
    }
  }

  get followed(): Followed {
    this.#say()
    return this.#followed
  }

  #say(): void {
    if (this.#unsaid === null) return
    const { epoch, outputs } = this.#unsaid
    this.#unsaid = null
    this.#followed = withAnswers(this.#followed, epoch, this.#answers(this.#places, outputs))
  }

  /** `outputs`: of these validation rows alone. */
  #answers(places: readonly number[], outputs: Float32Array): Answer[] {
    const { data, examples } = this.#options
    const targets = pickRows(data.validation.targets, data.validation.rows, Int32Array.from(places))
    return examples.answersOf(targets, outputs)
  }

  /** Follows this row of the data as well from now on. False: it is none of the validation split. */
  pin(row: number): boolean {
    const { data, examples } = this.#options
    const place = examples.validation.indexOf(row)
    if (place < 0) return false
    const [answer] = this.#answers([place], new Float32Array(data.outputs))
    this.#setFollowed(withPinned(this.followed, row, answer!))
    return true
  }

  unpin(row: number): void {
    this.#setFollowed(withoutPinned(this.followed, row))
  }

  #setFollowed(followed: Followed): void {
    const { validation } = this.#options.examples
    this.#followed = followed
    this.#places = followed.examples.map(({ row }) => validation.indexOf(row))
    this.#untold.followed = true
    this.tell(true)
  }

  /** After a validation. `outputs`: of the whole split; they are not kept. */
  validated(epoch: number, outputs: Float32Array, isBest: boolean): void {
    const { data } = this.#options
    const { outputs: units } = data
    const own = new Float32Array(this.#places.length * units)
    this.#places.forEach((place, i) =>
      own.set(outputs.subarray(place * units, (place + 1) * units), i * units),
    )
    this.#unsaid = { epoch, outputs: own }
    // Of the others only the last one is kept: most of them nobody asks for.
    if (epoch % this.#followed.every === 0) this.#say()
    this.#untold.followed = true
    if (isBest) this.#best = { epoch, outputs: outputs.slice() }
    this.#last = { epoch, outputs }
    const now = seconds()
    if (now - this.#looked.at >= this.#looked.took / lookShare) this.#look(epoch, outputs)
    this.tell(false)
  }

  #look(epoch: number, outputs: Float32Array): void {
    const began = seconds()
    const { data, examples } = this.#options
    this.#found({ validation: this.#hardestOf(epoch, data.validation.targets, outputs, examples.validation) })
    this.#looked = { at: seconds(), took: seconds() - began }
  }

  #hardestOf(
    epoch: number,
    targets: SplitArrays['targets'],
    outputs: Float32Array,
    rows: Int32Array,
  ): Hardest {
    const { recipe, data, examples } = this.#options
    return hardestOf({
      loss: recipe.training.loss,
      epoch,
      targets,
      outputs,
      units: data.outputs,
      rows,
      answersOf: (...of) => examples.answersOf(...of),
    })
  }

  #found(hardest: HardestOfSplits): void {
    this.#hardest = { ...this.#hardest, ...hardest }
    this.#untold.hardest = true
  }

  /** What is new; unless it is to be now, at most once a second. */
  tell(now: boolean): void {
    if (!now && performance.now() - this.#told < tellMs) return
    if (this.#untold.hardest) this.#options.onHardest?.(this.#hardest)
    if (this.#untold.followed) this.#options.onFollowed?.(this.followed)
    this.#untold = { hardest: false, followed: false }
    this.#told = performance.now()
  }

  /**
   * With the weights that are kept: the validation rows as they were then, and as many training rows as a hundredth of the
   * training's time is enough for. `perRow`: seconds that a validation row took.
   */
  async ended(
    best: { readonly epoch: number; readonly tensors: Tensors },
    trained: { readonly seconds: number; readonly perRow: number },
  ): Promise<void> {
    const { recipe, data, examples } = this.#options
    const judged = this.#best?.epoch === best.epoch ? this.#best : this.#last
    if (judged !== null) this.#look(judged.epoch, judged.outputs)
    const time = Math.max(atEnd.seconds, atEnd.share * trained.seconds)
    const enough = Math.max(1, Math.floor(time / Math.max(trained.perRow, 1e-7)))
    const places = evenlyOf(data.train.rows, enough)
    const looked = places === null ? data.train : rowsOf(data.train, places)
    const rows = places === null ? examples.train : places.map((place) => examples.train[place]!)
    const outputs = await predict({ ...data, model: recipe.model }, best.tensors, looked)
    this.#found({ train: this.#hardestOf(best.epoch, looked.targets, outputs, rows) })
    this.tell(true)
  }
}
