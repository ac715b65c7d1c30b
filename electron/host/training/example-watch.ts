/** Single examples of a training: looked at after each validation, told now and then. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Answer, Followed, Hardest, HardestOfSplits, Recipe } from '../../contract/index.ts'
import type { Network, NetworkSpec } from '../model/build.ts'
import type { InputRows } from '../model/input.ts'
import { pickRows } from '../prepare/pick-rows.ts'
import type { Tensors } from './checkpoint.ts'
import { chooseFollowed, nothingFollowed, withAnswers, withoutPinned, withPinned } from './followed.ts'
import { hardestOf } from './hardest.ts'
import { trainedNetwork } from './predict.ts'
import { predictOnce, rowsPerPass } from './predictor.ts'
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
/** At the end rows are looked at for this share of the training's time, within these seconds; no longer than the least when it was stopped. */
const atEnd = { share: 0.01, least: 0.5, most: 3 }
/** A first slice of one pass says how long rows take; each after it may take this share of what time is left. */
const slices = { share: 0.25, mostRows: 65_536 }

const seconds = (): number => performance.now() / 1000

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b))

/** Each place among so many rows once, in an order of which any beginning is spread evenly over all: steps of the golden ratio. */
export function spreadOver(rows: number): (turn: number) => number {
  let step = Math.max(1, Math.round(rows * 0.618034))
  while (commonDivisor(step, rows) > 1) step++
  return (turn) => (turn * step) % rows
}

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
   * training's time is enough for. `hurries`: whether somebody waits for it meanwhile.
   */
  async ended(
    best: { readonly epoch: number; readonly tensors: Tensors },
    trained: { readonly seconds: number; readonly stopped: boolean },
    hurries: () => boolean = () => false,
  ): Promise<void> {
    const { recipe, data, examples } = this.#options
    const share = trained.stopped ? 0 : atEnd.share * trained.seconds
    const deadline = seconds() + Math.min(atEnd.most, Math.max(atEnd.least, share))
    try {
      const seen = [this.#best, this.#last].find((one) => one?.epoch === best.epoch)
      if (seen) this.#look(best.epoch, seen.outputs)
      const network = { ...data, model: recipe.model }
      const weighed = trainedNetwork(network, best.tensors)
      const lookAt = async (split: SplitArrays, rows: Int32Array): Promise<Hardest | null> => {
        const looked = await this.#within(split, weighed, { deadline, hurries })
        if (looked === null) return null
        const { places, outputs } = looked
        const targets = pickRows(split.targets, split.rows, places)
        return this.#hardestOf(
          best.epoch,
          targets,
          outputs,
          Int32Array.from(places, (place) => rows[place]!),
        )
      }
      // After a resume the best epoch may be one that this process saw nothing of.
      const validation = seen ? null : await lookAt(data.validation, examples.validation)
      if (validation !== null) this.#found({ validation })
      const train = await lookAt(data.train, examples.train)
      if (train !== null) this.#found({ train })
    } finally {
      this.tell(true)
    }
  }

  /** As many rows as there is time for, and what the network says of them; null: not even a few. */
  async #within(
    split: SplitArrays,
    network: Network,
    { deadline, hurries }: { readonly deadline: number; hurries(): boolean },
  ): Promise<{ readonly places: Int32Array; readonly outputs: Float32Array } | null> {
    const { data } = this.#options
    const placeOf = spreadOver(split.rows)
    const pass = rowsPerPass(data.inputs)
    const looked: { readonly places: Int32Array; readonly outputs: Float32Array }[] = []
    let [done, size] = [0, pass]
    while (done < split.rows && seconds() < deadline && !hurries()) {
      const began = seconds()
      const length = Math.min(size, split.rows - done)
      const places = Int32Array.from({ length }, (_, i) => placeOf(done + i))
      const outputs = await predictOnce(network, rowsOf(split, places), data)
      looked.push({ places, outputs })
      done += length
      const perPass = ((seconds() - began) * pass) / length
      const passes = Math.floor((slices.share * (deadline - seconds())) / perPass)
      size = pass * Math.max(1, Math.min(Math.floor(slices.mostRows / pass), passes))
      // A request to stop is heard.
      await nextTurn()
    }
    if (done === 0) return null
    const places = new Int32Array(done)
    const outputs = new Float32Array(done * data.outputs)
    let at = 0
    for (const one of looked) {
      places.set(one.places, at)
      outputs.set(one.outputs, at * data.outputs)
      at += one.places.length
    }
    return { places, outputs }
  }
}
