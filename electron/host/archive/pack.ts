/** Packs files one behind the other as they are hashed, and the list of them last: none is ever whole in memory. */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
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
  /** The hash that a file is called by, where that is held against its bytes; null: it is called by none. */
  hashInName?(path: string): string | null
  /** Is told of a file that is not in the list, though what was read of it may be in the archive. Absent: nothing is written then. */
  leaveOut?(path: string, why: string): void
}

const changed = 'it changed while it was read'

/** What is in the file, and then its entry in the list, or why it has none. */
async function* readHashed(
  { path, from, bytes }: Packed,
  { hashInName, leaveOut, of }: PackRequest,
  read: (bytes: number) => void,
  finished: (entry: FileEntry) => void,
): AsyncGenerator<Buffer> {
  const leave = (why: string, error: DescentError): void => {
    if (leaveOut === undefined) throw error
    leaveOut(path, why)
  }
  const hash = createHash('sha256')
  let size = 0
  let isSame = false
  try {
    const before = await stat(from)
    // No more than it had: a file that somebody writes on would never end.
    for await (const chunk of createReadStream(from, { end: Math.max(0, bytes - 1) })) {
      const buffer = chunk as Buffer
      hash.update(buffer)
      size += buffer.length
      read(buffer.length)
      yield buffer
    }
    const after = await stat(from)
    isSame = size === bytes && after.size === bytes && after.mtimeMs === before.mtimeMs
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    const code = (error as NodeJS.ErrnoException).code ?? message
    leave(
      `it could not be read (${code})`,
      new DescentError(
        'conflict',
        `${path} of ${of} could not be read (${message}). Was it deleted meanwhile? Nothing was written.`,
      ),
    )
    return
  }
  const sha256 = hash.digest('hex')
  const called = hashInName?.(path) ?? null
  if (!isSame)
    leave(
      changed,
      new DescentError(
        'conflict',
        `${path} of ${of} changed while it was read. Nothing was written; try again.`,
      ),
    )
  else if (called !== null && called !== sha256)
    leave(
      'its bytes are not those that it is called by',
      new DescentError('badData', `${path} of ${of} is damaged. Nothing was written.`),
    )
  else finished({ path, bytes, sha256 })
}

export async function pack(request: PackRequest, progress: (share: number) => void): Promise<void> {
  const { to, files, shrinks, listName, list } = request
  const zip = new ZipFile()
  const all = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const entries: FileEntry[] = []
  let done = 0
  const read = (bytes: number): void => progress(Math.min(1, (done += bytes) / Math.max(all, 1)))
  // Without sizes: the packer counts, and a file that changed is left out by the list.
  for (const file of files)
    zip.addReadStreamLazy(file.path, { compress: shrinks(file.path), mode: 0o100600 }, (give) =>
      give(
        null,
        Readable.from(
          readHashed(file, request, read, (entry) => entries.push(entry)),
          { highWaterMark: 1 },
        ),
      ),
    )
  // The last one: by then everything else has gone through.
  zip.addReadStreamLazy(listName, { mode: 0o100600 }, (give) =>
    give(null, Readable.from([JSON.stringify(list(entries))])),
  )
  zip.end()
  const output = zip.outputStream as Readable
  zip.on('error', (error: Error) => output.destroy(error))
  // Whoever has the file has the data.
  await pipeline(output, createWriteStream(to, { flush: true, mode: 0o600 }))
}
