/**
 * The Open Inference Protocol, version 2 (https://github.com/kserve/open-inference-protocol): tensors by name. A column of a table is
 * a tensor [N] or [N, 1], of pictures also [N, channels, height, width]; answers are the columns that a prediction adds, [N] each.
 */
import { z } from 'zod'
import { DescentError, keptAs } from '../../contract/index.ts'
import type { ModelDocument } from '../deploy/document.ts'
import type { PredictionColumns } from '../deploy/table.ts'
import type { PreparedColumn } from '../prepare/preparation.ts'
import { extentsOf, isByte, RawPixels } from './pictures.ts'
import type { JsonRow } from './values.ts'

const datatypes = ['BOOL', 'UINT8', 'UINT16', 'UINT32', 'UINT64', 'INT8', 'INT16', 'INT32', 'INT64', 'FP16', 'FP32', 'FP64', 'BYTES'] as const // prettier-ignore

const tensorSchema = z.object({
  name: z.string(),
  shape: z.array(z.int().min(0)).min(1).max(4),
  datatype: z.enum(datatypes),
  data: z.array(z.unknown()),
})
const requestSchema = z.object({
  id: z.string().optional(),
  inputs: z.array(tensorSchema).min(1),
  /** Which answers are wanted; absent: all. */
  outputs: z
    .array(z.object({ name: z.string() }))
    .min(1)
    .optional(),
})

export interface Tensor {
  readonly name: string
  readonly shape: number[]
  readonly datatype: (typeof datatypes)[number]
  readonly data: (string | number | null)[]
}

/** Of what a column is, as the protocol says it. */
const datatypeOf = (kind: ModelDocument['inputs'][number]['kind']): string =>
  keptAs(kind) === 'number' ? 'FP64' : 'BYTES'

export const modelMetadata = (document: ModelDocument, name: string, answers: readonly Tensor[]): object => ({
  name,
  versions: ['1'],
  platform: 'descent',
  inputs: document.inputs.map((input) => ({
    name: input.name,
    datatype: datatypeOf(input.kind),
    shape: [-1, 1],
  })),
  outputs: answers.map(({ name, datatype }) => ({ name, datatype, shape: [-1] })),
})

const bad = (message: string): DescentError => new DescentError('badRequest', message, 'inputs')

/** A picture as its file in base64, or all of them as bytes, channel by channel. */
function cellsOfPictures({ name, shape, datatype, data }: Given, column: PreparedColumn): unknown[] {
  const { channels, height, width } = extentsOf(column)!
  const [rows, ...extents] = shape as [number, ...number[]]
  if (datatype === 'BYTES') {
    const flat = data.flat()
    if (extents.some((extent) => extent !== 1)) throw bad(bytesShape(name, shape))
    if (flat.length !== rows) throw bad(wrongCount(name, flat.length, shape, rows))
    return flat
  }
  if (datatype !== 'UINT8')
    throw bad(`“${name}” is a picture: send BYTES, a file in base64 for each, or UINT8, not ${datatype}.`)
  if (extents.join() !== [channels, height, width].join())
    throw bad(
      `“${name}” has the shape [${shape.join(', ')}]: pictures as UINT8 are [N, ${channels}, ${height}, ${width}], or files as BYTES, [N].`,
    )
  const size = channels * height * width
  const flat = data.flat(3) as unknown[]
  if (flat.length !== rows * size) throw bad(wrongCount(name, flat.length, shape, rows * size))
  if (!flat.every(isByte)) throw bad(`“${name}” has values that are no whole numbers from 0 to 255.`)
  const bytes = Uint8Array.from(flat)
  return Array.from({ length: rows }, (_, row) => new RawPixels(bytes.subarray(row * size, (row + 1) * size)))
}
type Given = z.infer<typeof tensorSchema>

const bytesShape = (name: string, shape: readonly number[]): string =>
  `“${name}” has the shape [${shape.join(', ')}]: files of pictures are BYTES of [N] or [N, 1].`
const wrongCount = (name: string, found: number, shape: readonly number[], says: number): string =>
  `“${name}” has ${found} values, and its shape [${shape.join(', ')}] says ${says}.`

/** Rows of the tensors, which all have as many. */
export function rowsOf(
  body: unknown,
  known: readonly PreparedColumn[],
): {
  readonly id: string | undefined
  readonly rows: JsonRow[]
  readonly wanted: readonly string[] | null
} {
  const parsed = requestSchema.safeParse(body)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw bad(
      `This is no inference request of the Open Inference Protocol: ${issue.path.join('.') || 'the body'}: ${issue.message}.`,
    )
  }
  const { id, inputs, outputs } = parsed.data
  const count = inputs[0]!.shape[0]!
  const columns = inputs.map((input) => {
    const { name, shape, data } = input
    const [rows, width = 1, ...more] = shape
    const column = known.find((one) => one.name === name)
    if (column !== undefined && keptAs(column.kind) === 'image' && rows === count)
      return { name, flat: cellsOfPictures(input, column) }
    if (width !== 1 || more.length > 0 || rows !== count)
      throw bad(
        `“${name}” has the shape [${shape.join(', ')}]: every input is a column, [N] or [N, 1], with one N for all (${count} in the first).`,
      )
    // [[1], [2]] says the same as [1, 2].
    const flat = data.map((one): unknown =>
      Array.isArray(one) && one.length === 1 ? (one as unknown[])[0] : one,
    )
    if (flat.length !== count) throw bad(wrongCount(name, flat.length, shape, count))
    return { name, flat }
  })
  const names = new Set(columns.map(({ name }) => name))
  if (names.size < columns.length) throw bad('An input is there twice.')
  const rows = Array.from({ length: count }, (_, row) =>
    Object.fromEntries(columns.map(({ name, flat }) => [name, flat[row]])),
  )
  return { id, rows, wanted: outputs?.map(({ name }) => name) ?? null }
}

/** `types`: of each column; absent: as its values are. */
export const tensorsOf = (
  { names, values }: PredictionColumns,
  types: readonly Tensor['datatype'][] = values.map((cells) =>
    cells.some((one) => typeof one === 'number') ? 'FP64' : 'BYTES',
  ),
): Tensor[] =>
  names.map((name, i) => {
    const datatype = types[i] ?? 'BYTES'
    // A text that is not there is an empty one.
    const data = datatype === 'FP64' ? [...values[i]!] : values[i]!.map((one) => one ?? '')
    return { name, shape: [data.length], datatype, data }
  })

/** Of the answers those that were asked for, in that order. Errors: a DescentError for one that there is not. */
export function wantedOf(tensors: readonly Tensor[], wanted: readonly string[] | null): readonly Tensor[] {
  if (wanted === null) return tensors
  return wanted.map((name) => {
    const found = tensors.find((one) => one.name === name)
    if (found === undefined)
      throw new DescentError(
        'badRequest',
        `There is no output “${name}”: ${tensors
          .map((one) => one.name)
          .slice(0, 20)
          .join(', ')}${tensors.length > 20 ? ', …' : ''}.`,
        'outputs',
      )
    return found
  })
}
