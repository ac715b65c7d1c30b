/** Files of results: whole or not there, and never over something else unless that was asked for. */
import { createWriteStream } from 'node:fs'
import { link, lstat, realpath, rename, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DescentError } from '../../contract/index.ts'
import { checkPath } from '../inputs/regular-file.ts'
import { asOutputError } from './output-error.ts'
import { openScratchBeside } from './replace-folder.ts'

const conflict = (path: string, why: string): DescentError =>
  new DescentError('conflict', `${path} ${why}.`, 'out')

const orNull = <T>(found: Promise<T>): Promise<T | null> => found.catch(() => null)

/** Without replacing, also what appeared a moment ago. */
async function publish(aside: string, path: string): Promise<void> {
  try {
    await link(aside, path)
  } catch (error) {
    if ((await orNull(lstat(path))) !== null) throw conflict(path, 'already exists, and stays as it is')
    const code = (error as NodeJS.ErrnoException).code
    // File systems without hard links, such as those of memory cards.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'].includes(code ?? '')) throw error
    await rename(aside, path)
  }
}

/** Put together beside its place, of which a killed process leaves nothing that lasts. */
export const writeWhole = (path: string, chunks: AsyncIterable<string>, overwrite = false): Promise<void> =>
  writeAside(
    path,
    (aside) => pipeline(Readable.from(chunks), createWriteStream(aside, { flush: true })),
    overwrite,
  )

/** The same by whatever writes the file that it is given. */
export async function writeAside(
  path: string,
  write: (aside: string) => Promise<void>,
  overwrite = false,
): Promise<void> {
  const scratch = openScratchBeside(path)
  try {
    const aside = join(scratch.path, 'file')
    await write(aside)
    await (overwrite ? rename(aside, path) : publish(aside, path))
  } catch (error) {
    throw asOutputError(error, path)
  } finally {
    scratch.remove()
  }
}

export interface OutputRequest {
  readonly out: string
  readonly overwrite: boolean
  /** What is read, which must not be written over. */
  readonly input: string
  readonly modelFolder?: string
}

/** Where a file that does not exist yet would really be, through the links of the folders above it. */
export async function realPlace(path: string): Promise<string> {
  const above: string[] = []
  for (let each = path; ; each = dirname(each)) {
    const real = await orNull(realpath(each))
    if (real !== null) return join(real, ...above)
    if (dirname(each) === each) return path
    above.unshift(basename(each))
  }
}

export const isWithin = (path: string, folder: string): boolean => {
  const way = relative(folder, path)
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || way.startsWith(sep))
}

/**
 * The path to write to, before any work is done. What is there may be a thesis, or the very file that is read, so it is
 * overwritten only when asked for, and an input or a part of the model not even then.
 */
export async function checkOutput({ out, overwrite, input, modelFolder }: OutputRequest): Promise<string> {
  const path = checkPath(out)
  const place = await realPlace(path)
  if (modelFolder !== undefined && isWithin(place, await realPlace(modelFolder)))
    throw conflict(path, `is inside the model's folder, which stays as it was exported. Choose another file`)
  const there = await orNull(stat(path))
  const read = await orNull(stat(input))
  if (there !== null && read !== null && there.dev === read.dev && there.ino === read.ino)
    throw conflict(path, 'is the file that is read. Choose another file to write to')
  if (there?.isDirectory()) throw conflict(path, 'is a folder. Say by --out which file to write')
  if (there !== null && !there.isFile()) throw conflict(path, 'is no ordinary file. Choose another')
  if (there === null && (await orNull(lstat(path))) === null) return path
  if (!overwrite)
    throw conflict(path, 'already exists. Choose another file, or add --overwrite to replace it')
  // A link stays, and what it leads to is replaced.
  return there === null ? path : place
}
