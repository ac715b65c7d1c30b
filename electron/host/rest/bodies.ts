/** What requests send: JSON, and where a model takes pictures their files, alone or among the fields of a form. */
import type { IncomingHttpHeaders } from 'node:http'
import { DescentError, keptAs } from '../../contract/index.ts'
import type { PreparedColumn } from '../prepare/preparation.ts'
import { parseJson } from '../server/rpc.ts'
import { isPictureText } from './pictures.ts'
import type { JsonRow } from './values.ts'

/** An error with a finer word of HTTP than its code has. */
export class Refused extends DescentError {
  readonly status: number
  constructor(status: number, message: string) {
    super('badRequest', message)
    this.status = status
  }
}

/** From the headers to what makes something of the body, or a Refused before any of it is read. */
export type ReadBody = (headers: IncomingHttpHeaders) => (body: Buffer) => unknown

const isJson = (type: string): boolean => /^application\/json\b/i.test(type)
const isForm = (type: string): boolean => /^multipart\/form-data\b/i.test(type)
const isFile = (type: string): boolean => /^(image\/[\w.+-]+|application\/octet-stream)\b/i.test(type)

/** A page of another site may send forms without asking; browsers say in this header where they come from. */
function requireOwnOrigin({ origin, host }: IncomingHttpHeaders): void {
  if (origin !== undefined && URL.parse(origin)?.host !== host)
    throw new Refused(403, 'Files and forms are not taken from pages of other sites.')
}

export function bodyReaders(columns: readonly PreparedColumn[]): {
  readonly predict: ReadBody
  readonly infer: ReadBody
} {
  const pictures = columns.filter(({ kind }) => keptAs(kind) === 'image').map(({ name }) => name)
  const alone = columns.length === 1 ? pictures[0] : undefined
  const json =
    (otherwise: string): ReadBody =>
    ({ 'content-type': type = '' }) => {
      if (!isJson(type)) throw new Refused(415, otherwise)
      return parseJson
    }
  const infer = json('Send JSON, and say so: Content-Type: application/json.')
  if (pictures.length === 0) return { predict: infer, infer }
  const known = json(
    alone === undefined
      ? 'Send JSON, or a form with a field for each input (Content-Type: application/json or multipart/form-data).'
      : 'Send a picture’s file, a form of them, or JSON, and say which: Content-Type: image/jpeg, image/png, multipart/form-data or application/json.',
  )
  return {
    infer,
    predict: (headers) => {
      const type = headers['content-type'] ?? ''
      if (isForm(type)) {
        requireOwnOrigin(headers)
        return (body) => rowsOfForm(body, type, columns, alone)
      }
      if (alone !== undefined && isFile(type)) {
        requireOwnOrigin(headers)
        return (body) => [{ [alone]: body }]
      }
      return known(headers)
    },
  }
}

/**
 * One row, of which every field is an input; of a model that takes a picture and nothing else each file is a row, whatever its
 * field is called.
 */
async function rowsOfForm(
  body: Buffer,
  type: string,
  columns: readonly PreparedColumn[],
  alone: string | undefined,
): Promise<JsonRow[]> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } })
    .formData()
    .catch(() => {
      throw new Refused(
        400,
        'The form is cut off, or is none: it has to be multipart/form-data with its boundary.',
      )
    })
  const entries = await Promise.all(
    [...form].map(async ([name, value]) =>
      typeof value === 'string'
        ? ([name, value] as const)
        : ([name, new Uint8Array(await value.arrayBuffer())] as const),
    ),
  )
  return alone === undefined ? [rowOfFields(entries, columns)] : picturesOfFields(entries, alone)
}

type Field = readonly [name: string, value: string | Uint8Array]

function picturesOfFields(fields: readonly Field[], column: string): JsonRow[] {
  if (fields.length === 0) throw new Refused(400, 'The form has no file in it: send at least one picture.')
  return fields.map(([name, value]) => {
    if (value.length === 0)
      throw new Refused(400, `“${shown(name)}” of the form is empty: choose a picture’s file.`)
    if (typeof value === 'string' && !isPictureText(value))
      throw new Refused(
        400,
        `“${shown(name)}” of the form is a text: the model takes pictures and nothing else, each as a file or in base64.`,
      )
    return { [column]: value }
  })
}

/** What the model does not take is left alone, as among the values of a row in JSON. */
function rowOfFields(fields: readonly Field[], columns: readonly PreparedColumn[]): JsonRow {
  // A column may be called __proto__.
  const row = new Map<string, string | Uint8Array | null>()
  for (const [name, value] of fields) {
    const column = columns.find((one) => one.name === name)
    if (column === undefined) continue
    if (row.has(name)) throw new Refused(400, `“${name}” is in the form twice: a form is one row.`)
    const isPicture = keptAs(column.kind) === 'image'
    if (typeof value !== 'string' && !isPicture)
      throw new Refused(400, `“${name}” is a file, and the model takes a value there: send it as plain text.`)
    // A browser sends an empty file where none was chosen.
    row.set(name, isPicture && value.length === 0 ? null : value)
  }
  const absent = columns.filter(({ name }) => !row.has(name)).map(({ name }) => `“${name}”`)
  if (absent.length > 0)
    throw new Refused(
      400,
      `The form lacks ${absent.slice(0, 10).join(', ')}${absent.length > 10 ? ', …' : ''}, which the model needs. Send a field for each input, and leave it empty where its value is not known.`,
    )
  return Object.fromEntries(row)
}

const shown = (name: string): string => (name.length > 100 ? `${name.slice(0, 100)}…` : name)
