/** Pictures in requests: as files, in base64, or as the bytes that a network takes. */
import { DescentError, formatCount, startLimits, type PictureReading } from '../../contract/index.ts'
import type { ImageColumn } from '../datasets/frame.ts'
import { decodePicture, lookAtPicture, NoPicture, planar } from '../pictures/decode.ts'
import { formatOf } from '../pictures/formats.ts'
import { inOrder } from '../pictures/in-order.ts'
import { tensorOf } from '../prepare/encoders/index.ts'
import type { PreparedColumn } from '../prepare/preparation.ts'

/** Of all pictures of a request together: a small file may hold more than memory does. */
export const mostPixels = startLimits.pixels
/** Files of a request that are decoded: tiny ones, too, take milliseconds each. */
export const mostFiles = 1000
/** Of a request: so few that the pictures of others come in between, on the threads that all share. */
const atOnce = 4

/** Pixels as they are, channel by channel. */
export class RawPixels {
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

export interface Extents {
  readonly channels: number
  readonly height: number
  readonly width: number
}

const bad = (message: string): DescentError => new DescentError('badRequest', message, 'rows')

/** What the network takes of a picture; null: the column holds none. */
export function extentsOf({ encoder }: Pick<PreparedColumn, 'encoder'>): Extents | null {
  const tensor = tensorOf(encoder)
  return tensor.kind === 'pixels' ? tensor : null
}

/** Pictures of noise, by the names of the columns that hold pictures: for whoever measures what does not depend on what they show. */
export const noiseIn = (columns: readonly PreparedColumn[]): Record<string, Uint8Array> =>
  Object.fromEntries(
    columns.flatMap((column) => {
      const extents = extentsOf(column)
      if (extents === null) return []
      const size = extents.channels * extents.height * extents.width
      return [[column.name, Uint8Array.from({ length: size }, (_, i) => (i * 2_654_435_761) >>> 24)]]
    }),
  )

const notBase64 = /[^A-Za-z0-9+/\-_=\s]/
/** As pages have files: data:image/png;base64,… Errors: a DescentError where what follows is written otherwise. */
function withoutType(text: string, where: string): string {
  if (!/^\s*data:/i.test(text)) return text
  const comma = text.indexOf(',')
  if (comma >= 0 && /;\s*base64\s*$/i.test(text.slice(0, comma))) return text.slice(comma + 1)
  throw bad(
    `${where} is a data: address that is not in base64: send data:image/png;base64,…, or what would follow alone.`,
  )
}

/** Whether a text is meant as a picture: the first bytes tell. */
export function isPictureText(text: string): boolean {
  const head = /^\s*data:[^,]*;\s*base64\s*,/i.exec(text.slice(0, 200))?.[0] ?? ''
  return formatOf(Buffer.from(text.slice(head.length, head.length + 100), 'base64')) !== null
}

export const isByte = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255

function bytesOf(cell: unknown, where: string): Uint8Array | RawPixels {
  if (cell instanceof Uint8Array || cell instanceof RawPixels) return cell
  if (typeof cell === 'string') {
    const encoded = withoutType(cell, where)
    if (notBase64.test(encoded))
      throw bad(
        `${where} is a text that is no base64: send a picture’s file in base64, or as multipart/form-data. What it is called does not help, as files of this machine are not read for whoever asks.`,
      )
    return Buffer.from(encoded, 'base64')
  }
  if (Array.isArray(cell)) {
    const numbers = cell.flat(3) as unknown[]
    if (numbers.every(isByte)) return new RawPixels(Uint8Array.from(numbers))
    throw bad(`${where} is a list of other things than whole numbers from 0 to 255.`)
  }
  throw bad(`${where} is no picture: send a file in base64, or a list of its bytes, channel by channel.`)
}

const isMissing = (cell: unknown): boolean =>
  cell === null || cell === undefined || (typeof cell === 'string' && cell.trim() === '')

/** A cell of bytes that begin as no picture does may be pixels. */
function isRaw(given: Uint8Array | RawPixels, size: number): given is RawPixels {
  return given instanceof RawPixels || (formatOf(given) === null && given.length === size)
}

interface Reading {
  readonly column: ImageColumn
  readonly size: number
  /** What is not decoded yet, by rows. */
  readonly files: ReadonlyMap<number, Uint8Array>
}

/** What stands in one column, of which files are still to be decoded. */
function opened(column: PreparedColumn, cells: readonly unknown[], required: boolean): Reading {
  const { name } = column
  const extents = extentsOf(column)
  if (extents === null) throw new TypeError(`${name} holds no pictures.`)
  const { channels, height, width } = extents
  const size = channels * height * width
  if (size * cells.length > 2 ** 30)
    throw new DescentError(
      'tooLarge',
      `${formatCount(cells.length)} pictures are too many at once: send at most ${formatCount(Math.floor(2 ** 30 / size))}.`,
    )
  const given = cells.map((cell, row) =>
    isMissing(cell) ? null : bytesOf(cell, `“${name}” of row ${row + 1}`),
  )
  const absent = given.indexOf(null)
  if (required && absent >= 0)
    throw bad(`“${name}” of row ${absent + 1} is missing: the model was trained on pictures alone.`)
  const pixels = new Uint8Array(size * cells.length)
  const missing = Uint8Array.from(given, (one) => (one === null ? 1 : 0))
  const files = new Map<number, Uint8Array>()
  for (const [row, one] of given.entries()) {
    if (one === null) continue
    if (!isRaw(one, size)) {
      files.set(row, one)
      continue
    }
    const bytes = one instanceof RawPixels ? one.bytes : one
    if (bytes.length !== size)
      throw bad(
        `“${name}” of row ${row + 1} has ${formatCount(bytes.length)} bytes, and a picture of ${channels} × ${height} × ${width} has ${formatCount(size)}: channel by channel, row by row.`,
      )
    pixels.set(bytes, row * size)
  }
  return {
    column: { kind: 'image', name, channels, height, width, pixels, ...(absent >= 0 && { missing }) },
    size,
    files,
  }
}

/**
 * Of each column that holds pictures, by its name: decoded as the training's were, a few at a time. `required`: there is nothing
 * else to go by, so each row has one. Errors: a DescentError that names the row.
 */
export async function pictureColumns(
  columns: readonly PreparedColumn[],
  rows: readonly Readonly<Record<string, unknown>>[],
  reading: PictureReading,
  required: boolean,
): Promise<ReadonlyMap<string, ImageColumn>> {
  const all = columns.map((column) =>
    opened(
      column,
      rows.map((row) => row[column.name]),
      required,
    ),
  )
  const files = all.flatMap(({ column, size, files }) =>
    [...files].map(([row, bytes]) => ({ column, size, row, bytes })),
  )
  if (files.length > mostFiles)
    throw new DescentError(
      'tooLarge',
      `A request has at most ${formatCount(mostFiles)} pictures to decode, and this one has ${formatCount(files.length)}: send several requests.`,
    )
  let seen = 0
  const decoded = inOrder(files, atOnce, async ({ column, size, row, bytes }) => {
    const { name, channels, width, height } = column
    try {
      const facts = await lookAtPicture(bytes, startLimits)
      seen += facts.width * facts.height
      if (seen > mostPixels)
        throw new DescentError(
          'tooLarge',
          `The pictures of a request have at most ${formatCount(mostPixels)} pixels together, and these have more up to row ${row + 1}: send fewer, or smaller ones.`,
        )
      const { pixels } = await decodePicture(bytes, { width, height, ...reading }, startLimits)
      return () => planar(pixels, channels === 1 ? 1 : 3, column.pixels, row * size)
    } catch (error) {
      if (error instanceof NoPicture) throw bad(`“${name}” of row ${row + 1} ${error.message}.`)
      throw error
    }
  })
  for await (const put of decoded) put()
  return new Map(all.map(({ column }) => [column.name, column]))
}
