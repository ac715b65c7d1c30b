/** The user's files as they are, byte for byte, each once under its sha256: too big for the database, and never changed. */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DescentError } from '../../contract/index.ts'

const originalsIn = (folder: string): string => join(folder, 'originals')
const originalPath = (folder: string, sha256: string): string => join(originalsIn(folder), sha256)
const unfinished = '.partial'

export interface Original {
  readonly bytes: number
  readonly sha256: string
}

/** Copies the file into `folder`, unless it is there already. */
export async function keepOriginal(folder: string, path: string): Promise<Original> {
  mkdirSync(originalsIn(folder), { recursive: true })
  const aside = join(originalsIn(folder), `${randomUUID()}${unfinished}`)
  const hash = createHash('sha256')
  let bytes = 0
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      bytes += chunk.length
      done(null, chunk)
    },
  })
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), measure, createWriteStream(aside))
    const sha256 = hash.digest('hex')
    if (!existsSync(originalPath(folder, sha256))) await rename(aside, originalPath(folder, sha256))
    return { bytes, sha256 }
  } finally {
    await rm(aside, { force: true })
  }
}

/** Throws when it is missing or not what was kept. */
export async function readOriginal(
  folder: string,
  { name, sha256 }: { readonly name: string; readonly sha256: string },
): Promise<Uint8Array<ArrayBuffer>> {
  const lost = (why: string): DescentError =>
    new DescentError('badData', `The workspace's copy of ${name} ${why}. Import the data again.`)
  const buffer = await readFile(originalPath(folder, sha256)).catch((error: NodeJS.ErrnoException) => {
    throw lost(error.code === 'ENOENT' ? 'is missing' : `cannot be read (${error.code})`)
  })
  // Not a Buffer: its slice() is a view where everybody else's is a copy.
  const bytes = new Uint8Array(buffer)
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw lost('is damaged')
  return bytes
}

/** Are all of these there? A data set may have been removed, and its files with it, while another was read. */
export const haveOriginals = (folder: string, files: readonly { readonly sha256: string }[]): boolean =>
  files.every(({ sha256 }) => existsSync(originalPath(folder, sha256)))

export function dropOriginals(folder: string, inUse: ReadonlySet<string>): void {
  if (!existsSync(originalsIn(folder))) return
  for (const name of readdirSync(originalsIn(folder)))
    if (!inUse.has(name) && !name.endsWith(unfinished)) rmSync(originalPath(folder, name), { force: true })
}
