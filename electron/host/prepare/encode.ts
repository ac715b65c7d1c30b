/** Applies a preparation to any frame that has its columns: training data or a file to predict. */
import { DescentError } from '../../contract/index.ts'
import type { Frame, FrameColumn } from '../datasets/frame.ts'
import { sizeOfInput, type InputSpec, type NamedInputs } from '../model/input.ts'
import { tensorOf, writeEncoded } from './encoders/index.ts'
import { inputNameOf, inputsOf, type Preparation } from './preparation.ts'
import { applySteps, undoSteps } from './steps/index.ts'

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
    if (source.kind === kind) return source
    throw new DescentError(
      'badData',
      `The column "${name}" was read as ${source.kind}, but the model was trained on it as ${kind}.`,
    )
  })
}

/** The numbers that the column takes up in its tensor. */
const widthOf = (column: Preparation['columns'][number]): number => sizeOfInput(tensorOf(column.encoder))

export function encode(frame: Frame, preparation: Preparation): Encoded {
  const sources = sourceOf(frame, preparation)
  const specs = inputsOf(preparation)
  const inputs: Record<string, NamedInputs[string]> = {}
  for (const input of specs) inputs[input.name] = allocate(input, frame.rows)
  const offsets = new Map<string, number>()
  const notes = preparation.columns.flatMap((column, i) => {
    const name = inputNameOf(column)
    const stride = sizeOfInput(specs.find((input) => input.name === name)!)
    const offset = offsets.get(name) ?? 0
    offsets.set(name, offset + widthOf(column))
    const prepared = applySteps(sources[i]!, column.steps)
    return writeEncoded(prepared, column.encoder, { data: inputs[name]!, stride, offset })
  })
  return { rows: frame.rows, inputs, notes }
}

/** Class index, -1 where missing or unknown; or the value as the network learns it, NaN where missing. */
export function encodeTarget(frame: Frame, { target }: Preparation): Int32Array | Float32Array {
  const column = frame.columns.find(({ name }) => name === target.name)
  if (target.kind === 'number' && column?.kind === 'number') {
    const prepared = applySteps(column, target.steps)
    return Float32Array.from(prepared.kind === 'number' ? prepared.values : [])
  }
  if (target.kind === 'classes' && column?.kind === 'category') {
    const classes = new Map(target.classes.map((name, index) => [name, index]))
    const indexOf = column.categories.map((name) => classes.get(name) ?? -1)
    return column.codes.map((code) => (code === -1 ? -1 : indexOf[code]!))
  }
  throw new DescentError(
    'badData',
    `The data has no target "${target.name}" of the kind that was trained on.`,
  )
}

/** Predictions of a regression, back in the target's own unit. */
export const inTargetUnits = (values: ArrayLike<number>, { target }: Preparation): Float64Array =>
  undoSteps(Float64Array.from(values), target.kind === 'number' ? target.steps : [])
