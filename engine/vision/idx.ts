/**
 * IDX, the format of MNIST and its relatives (http://yann.lecun.com/exdb/mnist/): two zero bytes, the elements' type, the
 * number of dimensions, each extent as a big-endian 32-bit integer, then the elements, row-major. Here of unsigned bytes.
 */
import { formatShape, numel, type Shape } from '../tensor/shape.ts'

export interface IdxArray {
  readonly shape: Shape
  readonly data: Uint8Array
}

/** Images of one size, a byte per pixel: [count, channels, height, width], row-major. */
export interface ByteImages {
  readonly shape: readonly [count: number, channels: number, height: number, width: number]
  readonly data: Uint8Array
}

const unsignedByte = 0x08
const otherTypes: Readonly<Record<number, string>> = {
  0x09: 'signed bytes',
  0x0b: '16-bit integers',
  0x0c: '32-bit integers',
  0x0d: '32-bit floats',
  0x0e: '64-bit floats',
}

/**
 * The bytes of a file, in its shape; they share the given memory. Errors: an Error that says what is wrong with it, and calls it `name`.
 * Source: http://yann.lecun.com/exdb/mnist/.
 */
export function decodeIdx(bytes: Uint8Array, name = 'The file'): IdxArray {
  const fail = (why: string): never => {
    throw new Error(`${name} is not a valid IDX file: ${why}.`)
  }
  if (bytes.length < 4) fail(`it has only ${bytes.length} bytes`)
  if (isGzip(bytes)) fail('it is compressed; unpack it first')
  const [zero, alsoZero, type, dimensions] = bytes as unknown as readonly [number, number, number, number]
  if (zero !== 0 || alsoZero !== 0) fail('it does not start with two zero bytes')
  if (type !== unsignedByte)
    fail(`its elements are ${otherTypes[type] ?? `of the unknown type ${type}`}, not unsigned bytes`)
  if (dimensions === 0) fail('it has no dimensions')
  const header = 4 + 4 * dimensions
  if (bytes.length < header)
    fail(`it ends inside its header of ${dimensions} dimensions, after ${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, header)
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i))
  const [expected, found] = [numel(shape), bytes.length - header]
  if (found < expected)
    fail(`it is cut off: ${formatShape(shape)} needs ${expected} elements, but only ${found} are there`)
  if (found > expected)
    fail(`${found - expected} bytes follow the ${expected} elements that ${formatShape(shape)} needs`)
  return { shape, data: bytes.subarray(header) }
}

/**
 * A file of bytes in a shape: two zero bytes, their type, the extents, then the elements row by row. What decodeIdx reads.
 * Source: http://yann.lecun.com/exdb/mnist/.
 */
export function encodeIdx({ shape, data }: IdxArray): Uint8Array {
  const header = 4 + 4 * shape.length
  const bytes = new Uint8Array(header + data.length)
  bytes.set([0, 0, unsignedByte, shape.length])
  const view = new DataView(bytes.buffer)
  shape.forEach((extent, i) => view.setUint32(4 + 4 * i, extent))
  bytes.set(data, header)
  return bytes
}

/** Images of one channel, [count, 1, height, width], from a file of [count, height, width]. Errors: an Error for a file that holds none. */
export function decodeIdxImages(bytes: Uint8Array, name = 'The file'): ByteImages {
  const { shape, data } = decodeIdx(bytes, name)
  const [count, height, width] = shape
  if (shape.length !== 3 || !count || !height || !width)
    throw new Error(
      `${name} holds no images: its shape is ${formatShape(shape)}, not [count, height, width].`,
    )
  return { shape: [count, 1, height, width], data }
}

/** Class numbers 0 … 255 from a file of [count]. Errors: an Error for a file of another shape. */
export function decodeIdxLabels(bytes: Uint8Array, name = 'The file'): Uint8Array {
  const { shape, data } = decodeIdx(bytes, name)
  if (shape.length !== 1)
    throw new Error(`${name} holds no labels: its shape is ${formatShape(shape)}, not [count].`)
  return data
}

/** Two magic bytes and the only method there is (RFC 1952). */
const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8

/**
 * The unpacked bytes of a .gz file; other bytes as they are. Works in browsers and Node alike.
 * Errors: an Error that says that the file is damaged.
 */
export async function gunzip(
  bytes: Uint8Array<ArrayBuffer>,
  name = 'The file',
): Promise<Uint8Array<ArrayBuffer>> {
  if (!isGzip(bytes)) return bytes
  try {
    const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
    return new Uint8Array(await new Response(unpacked).arrayBuffer())
  } catch (error) {
    throw new Error(`${name} cannot be unpacked: the compressed data is damaged or cut off.`, {
      cause: error,
    })
  }
}
