/** Packs files one behind the other as they are hashed, and the list of them last: none is ever whole in memory. */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ZipFile } from 'yazl'
import { DescentError } from '../../contract/index.ts'
import type { FileEntry } from './list.ts'

export interface Packed {
  readonly path: string
  readonly from: string
  readonly bytes: number
}

export interface PackRequest {
  readonly to: string
  readonly files: readonly Packed[]
  /** Weights and columns of numbers hardly shrink; text and rows do, to a third or less. */
  shrinks(path: string): boolean
  /** What the list is called, and what it says. */
  readonly listName: string
  list(files: readonly FileEntry[]): unknown
  /** “the project”, “the workspace”. */
  readonly of: string
}

export async function pack(
  { to, files, shrinks, listName, list, of }: PackRequest,
  progress: (share: number) => void,
): Promise<void> {
  const zip = new ZipFile()
  const all = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const entries: FileEntry[] = []
  let done = 0
  for (const { path, from, bytes } of files)
    zip.addReadStreamLazy(path, { size: bytes, compress: shrinks(path), mode: 0o100600 }, (give) => {
      const hash = createHash('sha256')
      const meter = new Transform({
        transform(chunk: Buffer, _, next) {
          hash.update(chunk)
          progress((done += chunk.length) / Math.max(all, 1))
          next(null, chunk)
        },
        flush(next) {
          entries.push({ path, bytes, sha256: hash.digest('hex') })
          next()
        },
      })
      const file = createReadStream(from)
      file.on('error', (error) =>
        meter.destroy(
          new DescentError(
            'conflict',
            `${path} of ${of} could not be read (${error.message}). Was it deleted meanwhile? Nothing was written.`,
          ),
        ),
      )
      give(null, file.pipe(meter))
    })
  // The last one: by then everything else has gone through.
  zip.addReadStreamLazy(listName, { mode: 0o100600 }, (give) =>
    give(null, Readable.from([JSON.stringify(list(entries), null, 1)])),
  )
  zip.end()
  const output = zip.outputStream as Readable
  zip.on('error', (error: Error) => output.destroy(error))
  await pipeline(output, createWriteStream(to, { flush: true }))
}
