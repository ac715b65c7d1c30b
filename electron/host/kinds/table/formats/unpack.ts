/** .gz and .zip around a table's file: counted while it is unpacked, since a small archive can hold more than a disk. */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import * as yauzl from 'yauzl'
import { DescentError, type Limits, type Receipt } from '../../../../contract/index.ts'
import { counting } from '../../../inputs/counting.ts'
import { isGzip } from '../../../inputs/gunzip.ts'
import { limitError } from '../../../inputs/limit-error.ts'
import { bad, listed, type FormatFile } from './format.ts'

const headBytes = 64 * 1024

export async function headOf(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** An archive with files, or without any. */
export const isZip = (head: Buffer): boolean => /^PK(\x03\x04|\x05\x06)/.test(head.toString('latin1', 0, 4))

async function unpackTo(to: string, from: Readable[], shown: string, limits: Limits): Promise<void> {
  const meter = counting({ left: limits.expandedSize }, () =>
    limitError('expandedSize', limits, `${shown} unpacks to`, null),
  )
  try {
    await pipeline([...from, meter, createWriteStream(to, { mode: 0o600 })] as unknown as [Readable])
  } catch (error) {
    if (error instanceof DescentError) throw error
    if (error instanceof Error && 'code' in error && ['ENOSPC', 'EIO', 'EACCES'].includes(String(error.code)))
      throw error
    throw bad(`${shown} cannot be unpacked: the compressed data is damaged or cut off.`)
  }
}

/** Only its ending, and nothing that a file system could take for something else. */
const endingOf = (name: string): string => /\.[a-z0-9]{1,10}$/i.exec(name)?.[0] ?? ''

async function gunzip({ path, shown }: FormatFile, folder: string, limits: Limits): Promise<FormatFile> {
  const name = basename(path).replace(/\.(gz|gzip)$/i, '')
  const to = join(folder, `unpacked${endingOf(name)}`)
  await unpackTo(to, [createReadStream(path), createGunzip()], shown, limits)
  return { path: to, shown }
}

interface Member {
  readonly entry: yauzl.Entry
  readonly name: string
}

/** Not data, whatever the archive holds. */
const isAside = (name: string): boolean =>
  name.endsWith('/') || /(^|\/)(__MACOSX\/|\.|(readme|licen[cs]e)\b|thumbs\.db$)/i.test(name)

async function namesIn(zip: yauzl.ZipFile, shown: string, limits: Limits): Promise<Member[]> {
  const members: Member[] = []
  for await (const entry of zip.eachEntry()) {
    if (members.length >= limits.files) throw limitError('files', limits, `${shown} holds files:`, null)
    members.push({ entry, name: entry.fileName })
  }
  return members
}

async function withZip<T>(file: FormatFile, use: (zip: yauzl.ZipFile) => Promise<T>): Promise<T> {
  try {
    const zip = await yauzl.openPromise(file.path, { lazyEntries: true, autoClose: false })
    try {
      return await use(zip)
    } finally {
      zip.close()
    }
  } catch (error) {
    if (error instanceof DescentError) throw error
    if (error instanceof Error && 'code' in error) throw error
    throw bad(
      `${file.shown} is an Excel workbook or another ZIP archive that cannot be unpacked: it is damaged or cut off.`,
    )
  }
}

/** What an archive is that is a file of its own: a spreadsheet, a document; null: a folder of files. */
export async function zipContents(file: FormatFile, limits: Limits): Promise<readonly string[]> {
  return await withZip(file, async (zip) => {
    const members = await namesIn(zip, file.shown, limits)
    const size = members.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0)
    if (size > limits.expandedSize) throw limitError('expandedSize', limits, `${file.shown} unpacks to`, size)
    return members.map(({ name }) => name)
  })
}

const wordEndings: readonly string[] = [
  'txt',
  'md',
  'names',
  'pdf',
  'html',
  'htm',
  'doc',
  'docx',
  'rtf',
  'png',
  'jpg',
  'jpeg',
  'py',
  'r',
  'ipynb',
]

/** Tables, but where there are none: text that tells about them, which may be longer. */
function tablesAmong(members: readonly Member[]): readonly Member[] {
  const data = members.filter(({ name }) => !isAside(name))
  const tables = data.filter(({ name }) => !wordEndings.includes(dataExtension(name)))
  return tables.length > 0 ? tables : data
}

const isToLearn = ({ name }: Member): boolean => /(^|[^a-z])train/i.test(basename(name))
const isToTest = ({ name }: Member): boolean =>
  /(^|[^a-z])(test|valid(ation)?|dev)([^a-z]|$)/i.test(basename(name))

/** What of several files a person should know. */
function evidenceFor(members: readonly Member[], asked: string | null): string | null {
  const names = members.filter(({ name }) => !isAside(name)).map(({ name }) => name)
  if (names.length < 2) return null
  const tables = tablesAmong(members)
  const isMixture = tables.length > 1 && tables.some(isToLearn) && tables.some(isToTest)
  const endings = new Set(tables.map(({ name }) => dataExtension(name)))
  const which =
    asked !== null
      ? 'One'
      : isMixture
        ? 'The one to learn from'
        : tables.length < names.length
          ? 'The largest table'
          : 'The largest'
  return [
    `${which} of ${names.length} files: ${listed(names)}.`,
    ...(isMixture
      ? ['By their names, one is to learn from, and another to test with: unpack the archive to give both.']
      : tables.length > 1 && endings.size === 1
        ? ['If they are parts of one table, unpack the archive and give the folder.']
        : []),
  ].join(' ')
}

function choose(members: readonly Member[], asked: string | null, shown: string): Member {
  const data = members.filter(({ name }) => !isAside(name))
  const names = data.map(({ name }) => name)
  if (asked !== null) {
    const found =
      members.find(({ name }) => name === asked) ??
      data.find(({ name }) => name.toLowerCase() === asked.toLowerCase()) ??
      data.find(({ name }) => basename(name) === asked)
    if (found === undefined)
      throw bad(`${shown} holds no file “${asked}”. It holds: ${listed(names)}.`, 'member')
    return found
  }
  if (data.length === 0) throw bad(`${shown} is an archive without files.`)
  const tables = tablesAmong(members)
  const toLearn = tables.some(isToTest) ? tables.filter(isToLearn) : []
  return (toLearn.length > 0 ? toLearn : tables).reduce((best, each) =>
    each.entry.uncompressedSize > best.entry.uncompressedSize ? each : best,
  )
}

const mostChoices = 200

async function unzip(
  file: FormatFile,
  asked: string | null,
  folder: string,
  limits: Limits,
): Promise<{ file: FormatFile; decision: Receipt['layout'][number] }> {
  const { shown } = file
  return await withZip(file, async (zip) => {
    const members = await namesIn(zip, shown, limits)
    const { entry, name } = choose(members, asked, shown)
    const called = `${shown} (${name})`
    if (entry.isEncrypted())
      throw bad(`${called} is protected by a password. Unpack it, and import the file.`)
    if (entry.uncompressedSize > limits.expandedSize)
      throw limitError('expandedSize', limits, `${called} unpacks to`, entry.uncompressedSize)
    const to = join(folder, `member${endingOf(name)}`)
    const stream = await zip.openReadStreamPromise(entry).catch(() => {
      throw bad(`${called} cannot be unpacked: it is damaged, or packed by a method other than deflate.`)
    })
    await unpackTo(to, [stream], called, limits)
    const others = members.filter((each) => !isAside(each.name)).map((each) => each.name)
    return {
      file: { path: to, shown: called },
      decision: {
        option: 'member',
        value: name,
        evidence: evidenceFor(members, asked),
        given: asked !== null,
        ...(others.length > 1 && { choices: others.slice(0, mostChoices) }),
      },
    }
  })
}

export interface Unpacked {
  readonly file: FormatFile
  readonly head: Buffer
  /** Which of an archive's files it is. */
  readonly decisions: Receipt['layout']
}

const deepest = 3
const spreadsheets = /^(\[Content_Types\]\.xml|mimetype)$/

/** The file itself, or what is packed in it. */
export async function unpacked(
  given: FormatFile,
  member: string | null,
  folder: string,
  limits: Limits,
): Promise<Unpacked> {
  const decisions: Receipt['layout'][number][] = []
  let file = given
  for (let depth = 0; ; depth++) {
    const head = await headOf(file.path)
    const packed = isGzip(head) ? 'gz' : isZip(head) ? 'zip' : null
    if (packed === null) {
      if (head.toString('latin1', 257, 262) === 'ustar')
        throw bad(
          `${file.shown} holds a tar archive. Unpack it, and import the file or folder that is in it.`,
        )
      if (decisions.length > 0 || depth > 0) checkNotEmpty(file, head)
      return { file, head, decisions }
    }
    if (packed === 'zip') {
      const names = await zipContents(file, limits)
      if (names.some((name) => spreadsheets.test(name))) return { file, head, decisions }
    }
    if (depth >= deepest) throw bad(`${file.shown} is packed more than ${deepest} times. Unpack it first.`)
    const into = join(folder, `layer-${depth}`)
    await mkdir(into, { recursive: true })
    if (packed === 'gz') file = await gunzip(file, into, limits)
    else {
      const one = await unzip(file, decisions.length === 0 ? member : null, into, limits)
      decisions.push(one.decision)
      file = one.file
    }
  }
}

function checkNotEmpty({ shown }: FormatFile, head: Buffer): void {
  if (head.length === 0) throw bad(`${shown} is empty when it is unpacked: it holds no rows.`)
}

/** Of a path, without what it is packed in. */
export const dataExtension = (path: string): string =>
  extname(path.replace(/\.(gz|gzip)$/i, ''))
    .slice(1)
    .toLowerCase()
