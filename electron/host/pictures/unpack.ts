/** The pictures of a ZIP archive, unpacked into a folder where they are files like any other. */
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import * as yauzl from 'yauzl'
import { DescentError, type Limits } from '../../contract/index.ts'
import { limitError } from '../inputs/limit-error.ts'
import { hasPictureName, hasTableName } from './formats.ts'

const bad = (message: string): DescentError => new DescentError('badData', message, 'path')

const isAside = (name: string): boolean => name.endsWith('/') || /(^|\/)(__MACOSX\/|\.)/i.test(name)
const longestName = 255

/** What the archive is not to blame for, or whoever ended the work. */
const ofTheSystem: ReadonlySet<string> = new Set([
  'ABORT_ERR',
  ...['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'ENOMEM', 'EMFILE', 'ENFILE', 'EACCES', 'EPERM', 'ENOENT'],
])
const twice: ReadonlySet<string> = new Set(['EEXIST', 'ENOTDIR', 'EISDIR'])

async function opened<T>(path: string, use: (zip: yauzl.ZipFile) => Promise<T>): Promise<T> {
  try {
    // Names that lead out of the folder are refused by yauzl itself.
    const zip = await yauzl.openPromise(path, { lazyEntries: true, autoClose: false })
    try {
      return await use(zip)
    } finally {
      zip.close()
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

/** Whether it is an archive of pictures: by the names of what is in it. */
export async function holdsPictures(path: string): Promise<boolean> {
  let pictures = 0
  let others = 0
  try {
    const zip = await yauzl.openPromise(path, { lazyEntries: true, autoClose: false })
    try {
      for await (const { fileName } of zip.eachEntry()) {
        if (isAside(fileName) || hasTableName(fileName)) continue
        // What Office writes is an archive, too, and may hold more pictures than text.
        if (fileName === '[Content_Types].xml' || fileName === 'mimetype') return false
        if (hasPictureName(fileName)) pictures++
        else others++
        if (pictures + others >= 1000) break
      }
    } finally {
      zip.close()
    }
  } catch {
    // Its reader says what is wrong with it.
    return false
  }
  return pictures > others
}

/** Counted while they come: what an entry says of its size need not be so. */
export async function unpackPictures(path: string, folder: string, limits: Limits): Promise<void> {
  let left = limits.expandedSize
  const tooMuch = (): DescentError => limitError('expandedSize', limits, `${basename(path)} unpacks to`, null)
  await opened(path, async (zip) => {
    let entries = 0
    for await (const entry of zip.eachEntry()) {
      if (++entries > limits.pictures)
        throw limitError('pictures', limits, `${basename(path)} holds files:`, null)
      const { fileName } = entry
      if (isAside(fileName) || !(hasPictureName(fileName) || hasTableName(fileName))) continue
      if (entry.isEncrypted())
        throw bad(`${basename(path)} is protected by a password. Unpack it, and give the folder.`)
      if (fileName.split('/').some((part) => Buffer.byteLength(part) > longestName)) continue
      if (entry.uncompressedSize > left) throw tooMuch()
      const to = join(folder, fileName)
      await mkdir(dirname(to), { recursive: true })
      const meter = new Transform({
        transform(chunk: Buffer, _, done) {
          left -= chunk.length
          if (left < 0) done(tooMuch())
          else done(null, chunk)
        },
      })
      const stream: Readable = await zip.openReadStreamPromise(entry)
      await pipeline(stream, meter, createWriteStream(to, { mode: 0o600 }))
    }
  })
}
