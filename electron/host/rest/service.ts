/** A saved model that is kept open: rows come in from many requests, and go through the network together. */
import { capture, noGrad, tensor, vision, type Tensor } from '../../../engine/index.ts'
import { DescentError, formatCount } from '../../contract/index.ts'
import type { LoadedModel } from '../deploy/folder.ts'
import type { Frame } from '../datasets/frame.ts'
import type { NetworkSpec } from '../model/build.ts'
import { passFor, passSizes } from '../training/passes.ts'
import { trainedNetwork, usePredictionDevice } from '../training/predict.ts'
import { networkOf } from '../training/data.ts'
import {
  shapeOfInput,
  sizeOfInput,
  sizeOfInputs,
  type InputArray,
  type InputSpec,
  type NamedInputs,
} from '../model/input.ts'
import { encode } from '../prepare/encode.ts'

/** How many rows may wait; beyond that a client is asked to come back. */
const mostWaiting = 20_000
/** And how many numbers they hold together: a thousand large pictures are as much as all those rows. */
const mostNumbersWaiting = 2 ** 28
export const mostWaitingOf = (inputs: readonly InputSpec[]): number =>
  Math.max(1, Math.min(mostWaiting, Math.floor(mostNumbersWaiting / sizeOfInputs(inputs))))

interface Waiting {
  readonly rows: number
  readonly inputs: NamedInputs
  readonly done: (outputs: Float32Array) => void
  readonly failed: (error: unknown) => void
}

/** Too much is asked at once. */
export class Overloaded extends DescentError {
  constructor() {
    super('unavailable', 'More rows are waiting than can be predicted soon. Try again in a second.')
  }
}

export class ModelService {
  readonly model: LoadedModel
  readonly device: string
  /** Passes through the network so far, and rows in them. */
  passes = 0
  rows = 0
  readonly #pass: (inputs: NamedInputs, rows: number) => Promise<Float32Array>
  /** Of the network, for a row. */
  readonly outputs: number
  /** Rows that may wait, and so the most that can come together. */
  readonly #mostWaiting: number
  readonly #pictured: boolean
  #waiting: Waiting[] = []
  #waitingRows = 0
  #running = false

  private constructor(
    model: LoadedModel,
    device: string,
    { inputs, outputs }: NetworkSpec,
    pass: (inputs: NamedInputs, rows: number) => Promise<Float32Array>,
  ) {
    this.model = model
    this.device = device
    this.outputs = outputs
    this.#mostWaiting = mostWaitingOf(inputs)
    this.#pictured = inputs.some(({ kind }) => kind === 'pixels')
    this.#pass = pass
  }

  /** Opens the device, and goes through the network once for each size of a pass, so that no request waits for a compiler. */
  static async open(model: LoadedModel): Promise<ModelService> {
    const { architecture, preparation, provenance } = model.document
    const spec = networkOf(architecture, preparation)
    const device = await usePredictionDevice(provenance.backend)
    const network = trainedNetwork(spec, model.weights)
    const sizes = passSizes(spec)
    const most = sizes.at(-1)!
    const steps = new Map(
      sizes.map((size) => {
        const step = capture((...given: Tensor[]) =>
          noGrad(() => network.forward(...given.map((values, i) => asSeen(values, spec.inputs[i]!)))),
        )
        const run = async (inputs: NamedInputs, rows: number): Promise<Float32Array> => {
          const given = spec.inputs.map((input) => {
            const values = filledUp(valuesOf(inputs, input.name), size * sizeOfInput(input))
            return tensor(values, { shape: [size, ...shapeOfInput(input)], device })
          })
          const result = step(...given)
          const values = (await result.data()) as Float32Array
          for (const one of [...given, result]) one.dispose()
          return values.slice(0, rows * spec.outputs)
        }
        return [size, run] as const
      }),
    )
    const pass = (inputs: NamedInputs, rows: number): Promise<Float32Array> =>
      steps.get(passFor(sizes, rows))!(inputs, rows)
    const service = new ModelService(model, device.name, spec, async (inputs, rows) => {
      const parts: Float32Array[] = []
      for (let from = 0; from < rows; from += most) {
        const count = Math.min(most, rows - from)
        const part = Object.fromEntries(
          spec.inputs.map((input) => {
            const size = sizeOfInput(input)
            return [input.name, inputs[input.name]!.slice(from * size, (from + count) * size)]
          }),
        )
        parts.push(await pass(part, count))
      }
      return joined(parts) as Float32Array
    })
    for (const size of sizes) await pass(emptyInputs(spec.inputs), size)
    return service
  }

  /** Errors: a DescentError where so many rows could never wait together, Overloaded where they cannot now. */
  #requireRoom(rows: number): void {
    if (rows > this.#mostWaiting)
      throw new DescentError(
        'tooLarge',
        `${formatCount(rows)} ${this.#pictured ? 'rows with pictures' : 'rows'} are more than the model takes at once: send at most ${formatCount(this.#mostWaiting)}.`,
        'rows',
      )
    if (this.#waitingRows + rows > this.#mostWaiting) throw new Overloaded()
  }

  /**
   * Rows × the network's outputs, with what is to be said of the rows. They are read once there is room for them. Errors: those of
   * reading, tooLarge, Overloaded.
   */
  async predict<Read extends { readonly frame: Frame }>(
    rows: number,
    read: () => Read | Promise<Read>,
  ): Promise<Read & { readonly outputs: Float32Array; readonly noted: readonly string[] }> {
    this.#requireRoom(rows)
    // Pictures take their memory from when they are decoded on, and wait with it; rows of values take little until they wait.
    const early = this.#pictured ? rows : 0
    this.#waitingRows += early
    const made = await this.#encoded(read).finally(() => (this.#waitingRows -= early))
    if (early === 0) this.#requireRoom(rows)
    const outputs = await new Promise<Float32Array>((done, failed) => {
      this.#waiting.push({ rows, inputs: made.inputs, done, failed })
      this.#waitingRows += rows
      void this.#work()
    })
    return { ...made.read, outputs, noted: made.notes }
  }

  async #encoded<Read extends { readonly frame: Frame }>(read: () => Read | Promise<Read>) {
    const done = await read()
    const { inputs, notes } = encode(done.frame, this.model.document.preparation)
    return { read: done, inputs, notes }
  }

  /** What came while the last pass ran goes into the next one together. */
  async #work(): Promise<void> {
    if (this.#running) return
    this.#running = true
    // Requests that arrived together are read one after the other.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      const rows = batch.reduce((sum, one) => sum + one.rows, 0)
      this.#waitingRows -= rows
      try {
        const names = Object.keys(batch[0]!.inputs)
        const inputs = Object.fromEntries(
          names.map((name) => [name, joined(batch.map((one) => valuesOf(one.inputs, name)))]),
        )
        const outputs = await this.#pass(inputs, rows)
        this.passes++
        this.rows += rows
        let from = 0
        for (const one of batch) {
          one.done(outputs.subarray(from * this.outputs, (from + one.rows) * this.outputs))
          from += one.rows
        }
      } catch (error) {
        for (const one of batch) one.failed(error)
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.#running = false
  }
}

/** Pictures come as bytes, and are scaled as in training. */
function asSeen(values: Tensor, input: InputSpec): Tensor {
  if (input.kind !== 'pixels') return values
  return vision.transforms.normalize(vision.transforms.toFloat(values), input.mean, input.std)
}

function valuesOf(inputs: NamedInputs, name: string): InputArray {
  const values = inputs[name]
  if (values === undefined) throw new TypeError(`The rows lack the tensor ${name}.`)
  return values
}

const like = <T extends InputArray>(values: T, length: number): T =>
  new (values.constructor as new (length: number) => T)(length)

/** Behind the last row zeros are as good as any: nobody looks at what comes of them. */
function filledUp(values: InputArray, length: number): InputArray {
  const filled = like(values, length)
  filled.set(values)
  return filled
}

function joined(parts: readonly InputArray[]): InputArray {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const all = like(parts[0]!, length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const emptyInputs = (inputs: readonly InputSpec[]): NamedInputs =>
  Object.fromEntries(
    inputs.map((input) => {
      const arrays = { numbers: Float32Array, codes: Int32Array, tokens: Int32Array, pixels: Uint8Array }
      return [input.name, new arrays[input.kind](0)]
    }),
  )
