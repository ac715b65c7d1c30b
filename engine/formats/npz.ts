/** NumPy's .npz files: a zip of .npy files, stored as they are or deflated. Only for Node, whose zlib it needs. */
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'
import type { FileType, ReadOptions } from './numbers.ts'
import { decodeNpy, encodeNpy, type NpyArray } from './numpy.ts'
import { called, longestName, mostFiles, readZip, writeZip, type Fail, type ZipKind } from './zip.ts'

export interface NpzArray extends NpyArray {
  /** How the file keeps its numbers, where that is not as they are: what such a type does not hold is refused. */
  readonly stored?: FileType
}

export interface NpzReadOptions extends ReadOptions {
  /** Unpacked, all arrays together may take so many bytes; 2 GiB by default. */
  readonly maxBytes?: number
}

const extension = '.npy'

const kind: Omit<ZipKind, 'maxBytes'> = {
  files: 'arrays',
  extension,
  advice: 'save it with numpy.savez or numpy.savez_compressed',
  crc32,
  inflate: (packed, bytes) => inflateRawSync(packed, { maxOutputLength: bytes }),
}

/**
 * Reads an archive's arrays by name, each as decodeNpy does. Errors: an Error that says what is wrong with the file, where,
 * and what to do; `name` is what the sentence calls the file. Source: numpy.load.
 */
export function decodeNpz(
  bytes: Uint8Array,
  name = 'The file',
  { maxBytes = 2 ** 31, ...options }: NpzReadOptions = {},
): Record<string, NpyArray> {
  const fail: Fail = (why) => {
    throw new Error(`${name} is not an .npz file that can be read: ${why}.`)
  }
  const files = readZip(bytes, { ...kind, maxBytes }, fail)
  // Not by assignment: an array may be called __proto__.
  return Object.fromEntries(
    files.map(([file, data]) => [
      file.slice(0, -extension.length),
      decodeNpy(data, `The entry ${called(file)} of ${name}`, options),
    ]),
  )
}

/**
 * Writes arrays under their names. `compressed`: deflated. Errors: an Error for a name that is empty or too long, for more
 * than 4 GiB or 65534 arrays, and as encodeNpy. Source: numpy.savez, numpy.savez_compressed.
 */
export function encodeNpz(
  arrays: Readonly<Record<string, NpzArray>>,
  { compressed = false }: { readonly compressed?: boolean } = {},
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(arrays)
  if (entries.length >= mostFiles)
    throw new Error(`An .npz file holds at most 65534 arrays, not ${entries.length}: write several files.`)
  const files = entries.map(([key, { stored, ...array }]) => {
    const name = new TextEncoder().encode(key + extension)
    if (key === '' || name.length > longestName)
      throw new Error(`An array in an .npz file needs a name of 1 to 65531 bytes, not ${called(key)}.`)
    const data = encodeNpy(array, stored ? { stored } : {})
    return { name, data, ...(compressed && { packed: deflateRawSync(data) }) }
  })
  return writeZip(files, crc32, (name) => {
    const array = called(name.slice(0, -extension.length))
    throw new Error(`An .npz file holds at most 4 GiB: write ${array} and what follows to another.`)
  })
}
