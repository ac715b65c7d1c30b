/** Archives of files — ZIP, tar and tar.gz — read one file after the other, trusting nothing that they say of themselves. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import * as yauzl from 'yauzl'
import { DescentError, type Limits } from '../../contract/index.ts'
import { counting } from './counting.ts'
import { isGzip } from './gunzip.ts'
import { limitError } from './limit-error.ts'

interface PackedFile {
  /** With slashes; it leads nowhere out of a folder. */
  readonly name: string
  /** As the archive says. */
  readonly size: number
  readonly isLink: boolean
  readonly isProtected: boolean
  /** To be read before the next file is asked for, whole or not at all. */
  stream(): Promise<Readable>
}

const bad = (message: string): DescentError => new DescentError('badData', message, 'path')

/** What the archive is not to blame for, or whoever ended the work. */
const ofTheSystem: ReadonlySet<string> = new Set([
  'ABORT_ERR',
  ...['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'ENOMEM', 'EMFILE', 'ENFILE', 'EACCES', 'EPERM', 'ENOENT'],
])
const twice: ReadonlySet<string> = new Set(['EEXIST', 'ENOTDIR', 'EISDIR'])

const isZip = (head: Buffer): boolean => head.toString('latin1', 0, 4) === 'PK\x03\x04'
const isUnixLink = (attributes: number): boolean => ((attributes >>> 16) & 0o170000) === 0o120000

async function* zipFiles(path: string): AsyncGenerator<PackedFile> {
  // Names that lead out of the folder are refused by yauzl itself.
  const zip = await yauzl.openPromise(path, { lazyEntries: true, autoClose: false })
  try {
    for await (const entry of zip.eachEntry())
      if (!entry.fileName.endsWith('/'))
        yield {
          name: entry.fileName,
          size: entry.uncompressedSize,
          isLink: isUnixLink(entry.externalFileAttributes),
          isProtected: entry.isEncrypted(),
          stream: () => zip.openReadStreamPromise(entry),
        }
  } finally {
    zip.close()
  }
}

async function* tarFiles(path: string, packed: boolean, limits: Limits): AsyncGenerator<PackedFile> {
  const { extract } = await import('tar-stream')
  // What is passed over is unpacked, too.
  const counted = counting({ left: limits.expandedSize }, () =>
    limitError('expandedSize', limits, `${basename(path)} unpacks to`, null),
  )
  const file = createReadStream(path)
  const stages = [...(packed ? [createGunzip()] : []), counted]
  const tar = extract()
  let last: Readable = file
  for (const stage of stages) {
    last.once('error', (error) => stage.destroy(error))
    last = last.pipe(stage)
  }
  last.once('error', (error) => tar.destroy(error))
  last.pipe(tar)
  try {
    for await (const entry of tar) {
      const { type, size = 0 } = entry.header
      const name = entry.header.name.replace(/^(\.\/)+/, '')
      const refused = yauzl.validateFileName(name) ?? (name.includes('\0') ? 'a name has a zero' : null)
      if (refused !== null) throw new Error(refused)
      if (name !== '' && !name.endsWith('/') && type !== 'directory')
        yield {
          name,
          size,
          isLink: type !== 'file' && type !== 'contiguous-file',
          isProtected: false,
          stream: () => Promise.resolve(Readable.from(entry)),
        }
      entry.resume()
    }
  } finally {
    for (const one of [file, ...stages, tar]) one.destroy()
  }
}

const headBytes = 512

/** A header names something, and its sum is that of its bytes, with blanks where the sum itself stands. */
function isTar(head: Buffer): boolean {
  if (head.length < headBytes || head[0] === 0) return false
  const sum = head
    .subarray(0, headBytes)
    .reduce((total, byte, i) => total + (i < 148 || i >= 156 ? byte : 32), 0)
  return parseInt(head.toString('latin1', 148, 156), 8) === sum
}

/** Of the first bytes, unpacked where they are gzip's. */
async function headOf(path: string): Promise<{ head: Buffer; packed: boolean }> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
    const head = buffer.subarray(0, bytesRead)
    if (!isGzip(head)) return { head, packed: false }
  } finally {
    await file.close()
  }
  const unpacked = createReadStream(path).pipe(createGunzip())
  const pieces: Buffer[] = []
  try {
    for await (const piece of unpacked as AsyncIterable<Buffer>) {
      pieces.push(piece)
      if (pieces.reduce((sum, one) => sum + one.length, 0) >= headBytes) break
    }
  } catch {
    // Its reader says what is wrong with it.
  }
  return { head: Buffer.concat(pieces), packed: true }
}

type Packing = 'zip' | 'tar' | 'tar.gz'

/** null: it is no archive of files. */
export async function packingOf(path: string): Promise<Packing | null> {
  const { head, packed } = await headOf(path)
  if (!packed && isZip(head)) return 'zip'
  if (isTar(head)) return packed ? 'tar.gz' : 'tar'
  return null
}

/** Folders and what lies in them for a system alone are left out. What is wrong with the archive is said in a sentence. */
export async function eachPacked(
  path: string,
  packing: Packing,
  limits: Limits,
  use: (file: PackedFile) => Promise<void>,
): Promise<void> {
  const files = packing === 'zip' ? zipFiles(path) : tarFiles(path, packing === 'tar.gz', limits)
  let seen = 0
  try {
    for await (const file of files) {
      if (++seen > limits.pictures)
        throw limitError('pictures', limits, `${basename(path)} holds files:`, null)
      if (!/(^|\/)(__MACOSX\/|\.)/i.test(file.name)) await use(file)
    }
  } catch (error) {
    if (error instanceof DescentError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (ofTheSystem.has(code)) throw error
    if (twice.has(code))
      throw bad(
        `${basename(path)} cannot be unpacked: it has a file and a folder of one name. Unpack it, and give the folder.`,
      )
    const why = error instanceof Error ? error.message.slice(0, 160) : ''
    throw bad(`${basename(path)} cannot be unpacked: it is damaged, cut off or unsafe (${why}).`)
  }
}
