/** The user's files as they are, byte for byte, each once under its sha256: too big for the database, and never changed. */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { DescentError } from '../../contract/index.ts'
import { checkNamed } from '../inputs/read-file.ts'
import { readRegularFile } from '../inputs/regular-file.ts'
import { plainContext, type ReadContext } from '../kinds/kind.ts'

const originalsIn = (folder: string): string => join(folder, 'originals')
const originalPath = (folder: string, sha256: string): string => join(originalsIn(folder), sha256)
const chunkBytes = 1 << 20

export interface Original {
  readonly bytes: number
  readonly sha256: string
}

async function writeAll(file: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten
}

/** Copies as much as the file had when it was looked at: one that grows has no end. */
async function copy(path: string, bytes: number, to: FileHandle, progress: ReadContext['progress']) {
  const hash = createHash('sha256')
  let copied = 0
  if (bytes > 0)
    for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes, end: bytes - 1 })) {
      hash.update(chunk as Buffer)
      await writeAll(to, chunk as Buffer)
      copied += (chunk as Buffer).length
      progress(copied / bytes)
    }
  if (copied < bytes)
    throw new DescentError('badData', `${path} became shorter while it was read. Import it again.`, 'path')
  return { bytes, sha256: hash.digest('hex') }
}

/**
 * Copies the file into `folder`, under the hash of what was copied. A file that is there under this name already is not
 * trusted to be the same: what a crash left may be cut off.
 */
export async function keepOriginal(
  folder: string,
  path: string,
  { limits, progress }: ReadContext = plainContext,
): Promise<Original> {
  const bytes = await checkNamed({ path, what: 'a file of data' }, limits)
  await mkdir(originalsIn(folder), { recursive: true })
  const aside = join(originalsIn(folder), `${randomUUID()}.partial`)
  try {
    const file = await open(aside, 'wx', 0o600)
    let original: Original
    try {
      original = await copy(path, bytes, file, progress)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(aside, originalPath(folder, original.sha256))
    return original
  } finally {
    await rm(aside, { force: true })
  }
}

/** In pieces: Node hashes no more than two gigabytes in one call. */
function hashOf(bytes: Uint8Array): string {
  const hash = createHash('sha256')
  for (let at = 0; at < bytes.length; at += 1 << 30) hash.update(bytes.subarray(at, at + (1 << 30)))
  return hash.digest('hex')
}

/** Throws when it is missing or not what was kept. */
export async function readOriginal(
  folder: string,
  { name, sha256 }: { readonly name: string; readonly sha256: string },
): Promise<Uint8Array<ArrayBuffer>> {
  const lost = (why: string): DescentError =>
    new DescentError('damaged', `The workspace's copy of ${name} ${why}. Import the data again.`)
  const rules = { most: Infinity, what: 'a kept file' }
  const bytes = await readRegularFile(originalPath(folder, sha256), rules).catch((error: unknown) => {
    if (!(error instanceof DescentError) || error.code === 'tooLarge') throw error
    throw lost(error.code === 'notFound' ? 'is missing' : 'cannot be read')
  })
  if (hashOf(bytes) !== sha256) throw lost('is damaged')
  return bytes
}
