/** Unpacking what a person brought: counted while it is unpacked, since ten megabytes can hold ten gigabytes. */
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { DescentError, type Limits } from '../../contract/index.ts'
import { limitError } from './limit-error.ts'

/** Two magic bytes and the only method there is (RFC 1952). */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8

const chunkBytes = 1 << 20

function joined(chunks: readonly Buffer[], bytes: number, name: string): Uint8Array<ArrayBuffer> {
  try {
    const whole = new Uint8Array(bytes)
    let at = 0
    for (const chunk of chunks) {
      whole.set(chunk, at)
      at += chunk.length
    }
    return whole
  } catch {
    throw new DescentError('tooLarge', `${name} does not fit into memory when it is unpacked.`, 'path')
  }
}

/** What is given whole is unpacked ahead of its reader. */
function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

/** The unpacked bytes of a .gz file, of all its members; other bytes as they are. `name` is what sentences call it. */
export async function gunzipWithin(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  limits: Limits,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!isGzip(bytes)) return bytes
  const chunks: Buffer[] = []
  let size = 0
  const keep = async (unpacked: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of unpacked) {
      size += chunk.length
      if (size > limits.expandedSize) throw limitError('expandedSize', limits, `${name} unpacks to`, null)
      chunks.push(chunk)
    }
  }
  try {
    await pipeline(piecesOf(bytes), createGunzip({ chunkSize: chunkBytes }), keep)
  } catch (error) {
    if (error instanceof DescentError) throw error
    throw new DescentError(
      'badData',
      `${name} cannot be unpacked: the compressed data is damaged or cut off.`,
      'path',
    )
  }
  return joined(chunks, size, name)
}
