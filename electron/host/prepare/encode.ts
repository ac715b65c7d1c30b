/** Applies a preparation to any frame that has its columns: training data or a file to predict. */
import { DescentError, groupOf, keptAs, kindLabel, type Recipe } from '../../contract/index.ts'
import type { Frame, FrameColumn } from '../datasets/frame.ts'
import { sizeOfInput, type InputSpec, type NamedInputs } from '../model/input.ts'
import { crossFitEncoder, writeEncoded, type Learning } from './encoders/index.ts'
import { inputsOf, placesOf, type Preparation } from './preparation.ts'
import { columnsOfTarget, functionsOfTask, type TargetValues } from '../tasks/index.ts'
import { applySteps } from './steps/index.ts'

export interface Encoded {
  readonly rows: number
  /** Each row-major, rows × the numbers of one example. */
  readonly inputs: NamedInputs
  /** Sentences about what did not fit: values filled in, categories never seen in training. */
  readonly notes: readonly string[]
}

/** Above this a typed array is refused; a matrix that large would not fit beside its gradients either. */
const mostElements = 2 ** 30

function allocate(input: InputSpec, rows: number): NamedInputs[string] {
  const size = rows * sizeOfInput(input)
  if (size > mostElements)
    throw new DescentError(
      'badRecipe',
      `${rows} rows × ${sizeOfInput(input)} features need ${Math.round((size * 4) / 2 ** 30)} GiB. Use fewer columns, or fewer categories per column.`,
      'prepare',
    )
  const arrays = { numbers: Float32Array, codes: Int32Array, tokens: Int32Array, pixels: Uint8Array }
  return new arrays[input.kind](size)
}

function sourceOf(frame: Frame, { columns }: Preparation): FrameColumn[] {
  const byName = new Map(frame.columns.map((column) => [column.name, column]))
  const absent = columns.filter(({ name }) => !byName.has(name)).map(({ name }) => name)
  if (absent.length > 0)
    throw new DescentError(
      'badData',
      `The data lacks ${absent.length === 1 ? 'the column' : `${absent.length} columns`} that the model needs: ${absent.slice(0, 10).join(', ')}${absent.length > 10 ? ', …' : ''}.`,
    )
  return columns.map(({ name, kind }) => {
    const source = byName.get(name)!
    if (source.kind === keptAs(kind)) return source
    throw new DescentError(
      'badData',
      `The column "${name}" was read as ${source.kind}, but the model was trained on it as ${kindLabel(kind)}.`,
    )
  })
}

/** What the training rows are encoded with, once more. */
export interface Training {
  readonly rows: Int32Array
  readonly recipe: Pick<Recipe, 'prepare'>
  readonly learning: Learning
}

/** `training`: also writes training rows as what learns from the target has them. */
export function encode(frame: Frame, preparation: Preparation, training?: Training): Encoded {
  const sources = sourceOf(frame, preparation)
  const specs = inputsOf(preparation)
  const inputs: Record<string, NamedInputs[string]> = {}
  for (const input of specs) inputs[input.name] = allocate(input, frame.rows)
  const places = placesOf(preparation.columns)
  const notes = preparation.columns.flatMap((column, i) => {
    const { input: name, offset } = places[i]!
    const stride = sizeOfInput(specs.find((input) => input.name === name)!)
    const prepared = applySteps(sources[i]!, column.steps)
    const place = { data: inputs[name]!, stride, offset }
    const notes = writeEncoded(prepared, column.encoder, place)
    const group = training && groupOf(training.recipe.prepare, column)
    if (group) crossFitEncoder(prepared, training.rows, group.encoder, training.learning, place)
    return notes
  })
  return { rows: frame.rows, inputs, notes }
}

/** What the network learns from, row by row. */
export const encodeTarget = (frame: Frame, { task, target }: Preparation): TargetValues =>
  functionsOfTask(task).encode(columnsOfTarget(frame, target), target)

/** How much the loss of each row counts, in the mean 1 over the training split; null: all the same. */
export function encodeWeights(frame: Frame, { weight }: Preparation): Float32Array<ArrayBuffer> | null {
  if (weight === null) return null
  const column = frame.columns.find(({ name }) => name === weight.name)
  return column?.kind === 'number' ? Float32Array.from(column.values, (value) => value / weight.mean) : null
}
