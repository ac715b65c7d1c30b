/**
 * Files that a person names, opened with suspicion: a path can lead to a pipe that never ends, to a device, or to more
 * than memory holds, and none of these may hang or fell the host.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync, type Stats } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { isAbsolute, resolve, sep } from 'node:path'
import { DescentError } from '../../contract/errors.ts'
import { describeLimit } from '../../contract/limits.ts'

export interface FileRules {
  /** Bytes; a larger file is not read. */
  readonly most: number
  /** What the file should be, with its article: “a table”, “the model's description”. */
  readonly what: string
}

const field = 'path'
/** What Linux takes (PATH_MAX, NAME_MAX); no system that we run on takes more. */
const longestPath = 4096
const longestName = 255
const shown = 80

/** Where opening would wait for a writer (a pipe), it returns at once. Windows has neither the flag nor such pipes. */
const openFlags = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0)

const shortened = (text: string): string => (text.length > shown ? `${text.slice(0, shown)}…` : text)

/** The absolute path, or a refusal of what no file system can hold. */
export function checkPath(path: string): string {
  const refuse = (why: string): never => {
    throw new DescentError('badRequest', `The path “${shortened(path.replaceAll('\0', '␀'))}” ${why}.`, field)
  }
  if (path === '') throw new DescentError('badRequest', 'The path is empty: name a file or folder.', field)
  if (path.includes('\0')) refuse('holds a null byte, which no name of a file can')
  const absolute = resolve(path)
  const bytes = Buffer.byteLength(absolute)
  if (bytes > longestPath) refuse(`has ${bytes} bytes; a path has at most ${longestPath}`)
  const long = absolute.split(sep).find((name) => Buffer.byteLength(name) > longestName)
  if (long !== undefined)
    refuse(
      `holds a name of ${Buffer.byteLength(long)} bytes; the name of a file or folder has at most ${longestName}`,
    )
  return absolute
}

/** A path that is kept and read again later, from wherever that is. Errors: a DescentError where it depends on the folder one is in. */
export function wholePath(given: string, of: string = field): string {
  const path = checkPath(given)
  if (!isAbsolute(given))
    throw new DescentError(
      'badRequest',
      `“${shortened(given)}” is not a whole path: it would mean another file wherever the program is started. Give it from the root on.`,
      of,
    )
  return path
}

function whatItIs(at: Stats): string {
  if (at.isDirectory()) return 'a folder'
  if (at.isFIFO()) return 'a named pipe'
  if (at.isSocket()) return 'a socket'
  return 'a device'
}

function checkStats(path: string, at: Stats, { most, what }: FileRules): number {
  if (!at.isFile()) throw new DescentError('badData', `${path} is ${whatItIs(at)}, not ${what}.`, field)
  if (at.size > most)
    throw new DescentError(
      'tooLarge',
      `${path} has ${describeLimit('bytes', at.size)}; as ${what}, at most ${describeLimit('bytes', most)} are read.`,
      field,
    )
  return at.size
}

/** The system's refusal as a sentence; anything else passes unchanged. */
function asInputError(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const refuse = (kind: 'notFound' | 'badData', why: string) =>
    new DescentError(kind, `${why} Check the path.`, field)
  switch (code) {
    case 'ENOENT':
      return refuse('notFound', `There is no file at ${path}.`)
    case 'ENOTDIR':
      return refuse('notFound', `There is no file at ${path}: a part of the path is no folder.`)
    case 'ELOOP':
      return refuse('badData', `${path} cannot be read: its links lead in a circle.`)
    case 'EACCES':
    case 'EPERM':
      return refuse('badData', `${path} cannot be read: access is denied (${code}).`)
    default:
      return /^E[A-Z]+$/.test(code) ? refuse('badData', `${path} cannot be read (${code}).`) : error
  }
}

/** Opens what is a regular file before and after opening: looked at first, since opening a device can have effects. */
async function withRegularFile<T>(
  given: string,
  rules: FileRules,
  use: (file: FileHandle, path: string, bytes: number) => Promise<T>,
): Promise<T> {
  const path = checkPath(given)
  try {
    checkStats(path, await stat(path), rules)
    const file = await open(path, openFlags)
    try {
      return await use(file, path, checkStats(path, await file.stat(), rules))
    } finally {
      await file.close()
    }
  } catch (error) {
    throw asInputError(error, path)
  }
}

/** That it is a regular file, can be opened, and is not too large; with its absolute path and size. */
export const statRegular = (
  path: string,
  rules: FileRules,
): Promise<{ readonly path: string; readonly bytes: number }> =>
  withRegularFile(path, rules, async (_file, absolute, bytes) => ({ path: absolute, bytes }))

/** More than Node's reading takes in one call. */
const mostAtOnce = 1 << 30

/** The whole file, and no more of it than it had when it was opened. */
export const readRegularFile = (path: string, rules: FileRules): Promise<Uint8Array<ArrayBuffer>> =>
  withRegularFile(path, rules, async (file, absolute, size) => {
    const bytes = allocate(size, absolute)
    for (let at = 0; at < size;) {
      const { bytesRead } = await file.read(bytes, at, Math.min(size - at, mostAtOnce), at)
      if (bytesRead === 0)
        throw new DescentError('badData', `${absolute} became shorter while it was read. Try again.`, field)
      at += bytesRead
    }
    return bytes
  })

function allocate(size: number, path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size)
  } catch {
    throw new DescentError(
      'tooLarge',
      `${path} has ${describeLimit('bytes', size)}, which does not fit into memory.`,
      field,
    )
  }
}

/** The same where nothing can wait: within what is computed in one go. */
export function readRegularFileNow(given: string, rules: FileRules): Uint8Array {
  const path = checkPath(given)
  try {
    checkStats(path, statSync(path), rules)
    const file = openSync(path, openFlags)
    try {
      checkStats(path, fstatSync(file), rules)
      return readFileSync(file)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw asInputError(error, path)
  }
}
