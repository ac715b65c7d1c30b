/**
 * Rows as linear models see them: what a network is given, with a column of its own for each category and each word. Numbers and
 * pixels stand as they are; of categories and words only those that are there are kept.
 */
import type { InputSpec, NamedInputs } from '../model/input.ts'
import { sizeOfInput } from '../model/input.ts'

/** rows × width, row-major. */
interface Dense {
  readonly kind: 'dense'
  readonly width: number
  readonly values: Float32Array
}
/** Of each row, the columns that are 1: `columns` from `starts[row]` to `starts[row + 1]`. */
interface Sparse {
  readonly kind: 'sparse'
  readonly width: number
  readonly starts: Int32Array
  readonly columns: Int32Array
}
type Part = Dense | Sparse

export interface Design {
  readonly rows: number
  readonly width: number
  readonly parts: readonly Part[]
}

const denseOf = (values: Float32Array, width: number): Dense => ({ kind: 'dense', width, values })

function pixelsOf(input: Extract<InputSpec, { kind: 'pixels' }>, bytes: ArrayLike<number>): Dense {
  const [plane, width] = [input.height * input.width, sizeOfInput(input)]
  const values = new Float32Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) {
    const channel = Math.floor((i % width) / plane)
    values[i] = (bytes[i]! / 255 - input.mean[channel]!) / input.std[channel]!
  }
  return denseOf(values, width)
}

function codesOf(sizes: readonly number[], codes: ArrayLike<number>, rows: number): Sparse {
  const offsets: number[] = []
  let width = 0
  for (const size of sizes) {
    offsets.push(width)
    width += size
  }
  const columns = Int32Array.from({ length: codes.length }, (_, i) => offsets[i % sizes.length]! + codes[i]!)
  return {
    kind: 'sparse',
    width,
    columns,
    starts: Int32Array.from({ length: rows + 1 }, (_, i) => i * sizes.length),
  }
}

/** Which words are in each text, whatever their order and number. */
function wordsOf(
  { vocabulary, length, padding }: Extract<InputSpec, { kind: 'tokens' }>,
  tokens: ArrayLike<number>,
  rows: number,
): Sparse {
  const starts = new Int32Array(rows + 1)
  const columns: number[] = []
  const seen = new Int32Array(vocabulary).fill(-1)
  for (let row = 0; row < rows; row++) {
    for (let i = row * length; i < (row + 1) * length; i++) {
      const word = tokens[i]!
      if (word === padding || word < 0 || word >= vocabulary || seen[word] === row) continue
      seen[word] = row
      columns.push(word)
    }
    starts[row + 1] = columns.length
  }
  return { kind: 'sparse', width: vocabulary, starts, columns: Int32Array.from(columns) }
}

function partOf(input: InputSpec, values: NamedInputs[string], rows: number): Part {
  switch (input.kind) {
    case 'numbers':
      return denseOf(values as Float32Array, input.width)
    case 'codes':
      return codesOf(input.sizes, values, rows)
    case 'pixels':
      return pixelsOf(input, values)
    case 'tokens':
      return wordsOf(input, values, rows)
  }
}

export function designOf(inputs: readonly InputSpec[], arrays: NamedInputs, rows: number): Design {
  const parts = inputs.map((input) => partOf(input, arrays[input.name]!, rows))
  return { rows, width: parts.reduce((sum, { width }) => sum + width, 0), parts }
}

/** Multiplications of one pass over the rows for one output. */
export const workOf = ({ rows, parts }: Design): number =>
  parts.reduce((sum, part) => sum + (part.kind === 'dense' ? rows * part.width : part.columns.length), 0)

/** Adds rows × weights. `weights`: (width + 1) × outputs, the last line for the constants; `into`: rows × outputs. */
export function multiply({ rows, width, parts }: Design, weights: Float64Array, into: Float64Array): void {
  const outputs = weights.length / (width + 1)
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < outputs; k++) into[row * outputs + k] = weights[width * outputs + k]!
  let first = 0
  for (const part of parts) {
    if (part.kind === 'dense') multiplyDense(part, rows, outputs, first, weights, into)
    else multiplySparse(part, rows, outputs, first, weights, into)
    first += part.width
  }
}

/** Adds what each weight has to do with `errors`, rows × outputs. */
export function multiplyBack({ rows, width, parts }: Design, errors: Float64Array, into: Float64Array): void {
  const outputs = into.length / (width + 1)
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < outputs; k++) into[width * outputs + k]! += errors[row * outputs + k]!
  let first = 0
  for (const part of parts) {
    if (part.kind === 'dense') backDense(part, rows, outputs, first, errors, into)
    else backSparse(part, rows, outputs, first, errors, into)
    first += part.width
  }
}

function multiplyDense(
  { width, values }: Dense,
  rows: number,
  outputs: number,
  first: number,
  weights: Float64Array,
  into: Float64Array,
): void {
  for (let row = 0; row < rows; row++)
    for (let j = 0; j < width; j++) {
      const x = values[row * width + j]!
      if (x === 0) continue
      const [from, to] = [(first + j) * outputs, row * outputs]
      for (let k = 0; k < outputs; k++) into[to + k]! += x * weights[from + k]!
    }
}

function backDense(
  { width, values }: Dense,
  rows: number,
  outputs: number,
  first: number,
  errors: Float64Array,
  into: Float64Array,
): void {
  for (let row = 0; row < rows; row++)
    for (let j = 0; j < width; j++) {
      const x = values[row * width + j]!
      if (x === 0) continue
      const [to, from] = [(first + j) * outputs, row * outputs]
      for (let k = 0; k < outputs; k++) into[to + k]! += x * errors[from + k]!
    }
}

function multiplySparse(
  { starts, columns }: Sparse,
  rows: number,
  outputs: number,
  first: number,
  weights: Float64Array,
  into: Float64Array,
): void {
  for (let row = 0; row < rows; row++)
    for (let i = starts[row]!; i < starts[row + 1]!; i++) {
      const from = (first + columns[i]!) * outputs
      for (let k = 0; k < outputs; k++) into[row * outputs + k]! += weights[from + k]!
    }
}

function backSparse(
  { starts, columns }: Sparse,
  rows: number,
  outputs: number,
  first: number,
  errors: Float64Array,
  into: Float64Array,
): void {
  for (let row = 0; row < rows; row++)
    for (let i = starts[row]!; i < starts[row + 1]!; i++) {
      const to = (first + columns[i]!) * outputs
      for (let k = 0; k < outputs; k++) into[to + k]! += errors[row * outputs + k]!
    }
}
