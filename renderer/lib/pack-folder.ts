/**
 * A folder as one tar archive (POSIX.1-2001, https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06).
 * It is made of the files themselves, which the browser reads from the disk as it sends them: nothing is held in memory.
 */
export interface FileInFolder {
  /** Parts divided by slashes. */
  readonly path: string
  readonly file: Blob
}

const block = 512
const bytes = new TextEncoder()

const octal = (value: number, width: number): string => value.toString(8).padStart(width - 1, '0')

/** Fields of a header, where each begins. */
function header(name: Uint8Array, size: number, type: '0' | 'x'): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(block)
  const write = (at: number, text: string): void => made.set(bytes.encode(text), at)
  made.set(name.subarray(0, 100))
  write(100, octal(0o644, 8))
  write(108, octal(0, 8))
  write(116, octal(0, 8))
  write(124, octal(size, 12))
  write(136, octal(0, 12))
  write(156, type)
  write(257, 'ustar\0' + '00')
  // The sum is of a header in which it is blank itself.
  made.fill(32, 148, 156)
  write(
    148,
    `${octal(
      made.reduce((sum, byte) => sum + byte, 0),
      7,
    )}\0 `,
  )
  return made
}

const padding = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array((block - (size % block)) % block)

/** What a header's fields have no room for stands in front of it; a record's length counts its own digits. */
function record(key: string, value: string): Uint8Array<ArrayBuffer> {
  const rest = bytes.encode(` ${key}=${value}\n`)
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  const made = new Uint8Array(length)
  made.set(bytes.encode(String(length)))
  made.set(rest, length - rest.length)
  return made
}

const largestOfHeader = 0o77777777777

function* partsOf({ path, file }: FileInFolder): Generator<BlobPart> {
  const name = bytes.encode(path)
  const [isLong, isLarge] = [name.length > 100, file.size > largestOfHeader]
  if (isLong || isLarge || name.length !== path.length) {
    const records = [record('path', path), ...(isLarge ? [record('size', String(file.size))] : [])]
    const size = records.reduce((sum, { length }) => sum + length, 0)
    yield header(bytes.encode('pax'), size, 'x')
    yield* records
    yield padding(size)
  }
  yield header(name, isLarge ? 0 : file.size, '0')
  yield file
  yield padding(file.size)
}

export const packFolder = (name: string, files: readonly FileInFolder[]): File =>
  new File([...files.flatMap((one) => [...partsOf(one)]), new Uint8Array(2 * block)], `${name}.tar`)
