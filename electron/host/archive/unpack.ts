/**
 * Takes an archive of ours apart, trusting nothing of it: only names that such a file has, each once, none a link; no more
 * bytes than it says and than there is room for; and every file with the hash that its list names. A project is one, and
 * the backup of a workspace.
 */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, stat, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import * as yauzl from 'yauzl'
import {
  describeLimit,
  DescentError,
  limits as definitions,
  type LimitName,
  type Limits,
} from '../../contract/index.ts'
import { checkPath } from '../inputs/regular-file.ts'
import type { FileEntry, Unreadable } from './list.ts'

/** What a kind of archive holds. */
export interface ArchiveForm<List extends { readonly files: readonly FileEntry[] }> {
  /** “project file”, “backup”. */
  readonly what: string
  readonly ending: string
  readonly listName: string
  /** What people take for one: the list that tells it, and where it is opened. */
  readonly other: { readonly listName: string; readonly why: string }
  mayHold(path: string): boolean
  /** The hash that a file is called by; null: it is called by none. */
  hashInName(path: string): string | null
  readList(text: string): List | Unreadable
}

type AnyForm = ArchiveForm<{ readonly files: readonly FileEntry[] }>

const largestList = 64 * 1024 * 1024
/** What nobody's data comes near: rows of one value, over and over. Small archives may. */
const mostShrunk = 250
const smallBytes = 64 * 1024 * 1024
const noSpace = new Set(['ENOSPC', 'EDQUOT'])
/** What the archive is not to blame for. */
const ofTheSystem = new Set(['EROFS', 'EIO', 'ENOMEM', 'EMFILE', 'ENFILE', 'EACCES', 'EPERM'])

interface Archive {
  readonly zip: yauzl.ZipFile
  readonly entries: ReadonlyMap<string, yauzl.Entry>
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

/** How files are refused: by a sentence that begins with the name. */
export const refusal = (path: string, why: string): DescentError =>
  new DescentError('badData', `${basename(path)} ${why}. Nothing of it was taken over.`, 'path')

/** Limits of what is read stand in the settings of the workspace, from the terminal too. */
function overLimit(
  path: string,
  name: LimitName,
  limits: Limits,
  what: string,
  found: number | null,
): DescentError {
  const { unit, label } = definitions[name]
  const limit = describeLimit(unit, limits[name])
  const amount =
    found === null ? `more than ${limit}` : `${describeLimit(unit, found)} and the limit is ${limit}`
  return new DescentError(
    'tooLarge',
    `${basename(path)} ${what} ${amount}. Raise “${label}” in Settings to open it.`,
    'path',
  )
}

const isLink = ({ externalFileAttributes }: yauzl.Entry): boolean =>
  ((externalFileAttributes >>> 16) & 0o170000) === 0o120000

async function entriesOf(
  zip: yauzl.ZipFile,
  { listName, other, mayHold, what }: AnyForm,
  { path, limits }: UnpackRequest,
): Promise<Archive['entries']> {
  const entries = new Map<string, yauzl.Entry>()
  let isForeign = false
  for await (const entry of zip.eachEntry()) {
    const { fileName } = entry
    if (entries.size >= limits.files) throw overLimit(path, 'files', limits, 'holds files:', null)
    if (fileName !== listName && !mayHold(fileName)) isForeign = true
    else if (entries.has(fileName)) throw refusal(path, `is unsafe: it holds ${fileName} twice`)
    else if (isLink(entry)) throw refusal(path, `is unsafe: its ${fileName} is a link`)
    else if (entry.isEncrypted()) throw refusal(path, `is protected by a password, which no ${what} is`)
    entries.set(fileName, entry)
  }
  if (!entries.has(listName) && entries.has(other.listName)) throw refusal(path, other.why)
  if (!entries.has(listName)) throw refusal(path, `is no ${what} of Descent: it has no ${listName}`)
  if (isForeign) throw refusal(path, `is unsafe: it holds files that belong in no ${what}`)
  return entries
}

/** Writes one file, or gives its text; no more of it than was said, and hashed on the way. */
async function textOf({ zip, entries }: Archive, path: string, listName: string): Promise<string> {
  const entry = entries.get(listName)!
  const chunks: Buffer[] = []
  let size = 0
  const stream = await zip.openReadStreamPromise(entry)
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if ((size += chunk.length) > largestList) throw refusal(path, `is unsafe: its ${listName} is too long`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Before a byte is written. */
async function checkSizes(
  { entries }: Archive,
  { listName, hashInName }: AnyForm,
  list: { readonly files: readonly FileEntry[] },
  { path, folder, limits }: UnpackRequest,
): Promise<number> {
  const named = new Set<string>([listName, ...list.files.map((file) => file.path)])
  const unnamed = [...entries.keys()].find((name) => !named.has(name))
  if (unnamed !== undefined) throw refusal(path, `is damaged: its ${listName} knows nothing of ${unnamed}`)
  for (const { path: name, bytes, sha256 } of list.files) {
    const entry = entries.get(name)
    if (entry === undefined) throw refusal(path, `is damaged: ${name} is missing from it`)
    if (entry.uncompressedSize !== bytes)
      throw refusal(path, `is damaged: ${name} has another size than its ${listName} says`)
    const called = hashInName(name)
    if (called !== null && called !== sha256)
      throw refusal(path, `is unsafe: ${name} is not called by its own hash`)
  }
  const all = list.files.reduce((sum, { bytes }) => sum + bytes, 0)
  if (all > limits.expandedSize) throw overLimit(path, 'expandedSize', limits, 'unpacks to', all)
  if (all > smallBytes && all > mostShrunk * (await stat(path)).size)
    throw refusal(
      path,
      `is unsafe: it would unpack to ${describeLimit('bytes', all)}, far more than data does`,
    )
  const { bavail, bsize } = await statfs(folder)
  if (all > bavail * bsize)
    throw new DescentError(
      'storageFull',
      `${basename(path)} unpacks to ${describeLimit('bytes', all)}, and the disk of ${folder} has ${describeLimit('bytes', bavail * bsize)} left. Free some space and try again.`,
    )
  return all
}

async function unpackOne(
  { zip, entries }: Archive,
  { path: name, bytes, sha256 }: FileEntry,
  { path, folder }: UnpackRequest,
  wrote: (bytes: number) => void,
): Promise<void> {
  const to = join(folder, ...name.split('/'))
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  const hash = createHash('sha256')
  let size = 0
  const meter = new Transform({
    transform(chunk: Buffer, _, next) {
      size += chunk.length
      hash.update(chunk)
      wrote(chunk.length)
      if (size > bytes) next(refusal(path, `is unsafe: ${name} unpacks to more than it says`))
      else next(null, chunk)
    },
  })
  const stream = await zip.openReadStreamPromise(entries.get(name)!)
  await pipeline(stream, meter, createWriteStream(to, { mode: 0o600, flags: 'wx' }))
  if (size !== bytes || hash.digest('hex') !== sha256)
    throw refusal(path, `is damaged: ${name} is not what was written into it`)
}

export interface UnpackRequest {
  readonly path: string
  /** An empty folder. */
  readonly folder: string
  readonly limits: Limits
}

/** Errors: a DescentError that says what is wrong with the file. */
export async function unpack<List extends { readonly files: readonly FileEntry[] }>(
  form: ArchiveForm<List>,
  given: UnpackRequest,
  progress: (share: number) => void,
): Promise<List> {
  const path = checkPath(given.path)
  const request = { ...given, path }
  try {
    const at = await stat(path)
    if (!at.isFile())
      throw new DescentError(
        'badData',
        `${path} is no file. A ${form.what} ends with ${form.ending}.`,
        'path',
      )
    if (at.size > request.limits.fileSize) throw overLimit(path, 'fileSize', request.limits, 'has', at.size)
    const zip = await yauzl.openPromise(path, { lazyEntries: true, autoClose: false })
    try {
      const archive = { zip, entries: await entriesOf(zip, form, request) }
      const list = form.readList(await textOf(archive, path, form.listName))
      if ('why' in list) throw refusal(path, list.why)
      const all = await checkSizes(archive, form, list, request)
      let done = 0
      for (const file of list.files)
        await unpackOne(archive, file, request, (bytes) => progress((done += bytes) / Math.max(all, 1)))
      return list
    } finally {
      zip.close()
    }
  } catch (error) {
    throw sentenceOf(error, path, form.what)
  }
}

function sentenceOf(error: unknown, path: string, what: string): unknown {
  if (error instanceof DescentError) return error
  const code = codeOf(error)
  if (code === 'ENOENT')
    return new DescentError('notFound', `There is no file ${path}. Check its name and folder.`, 'path')
  if (noSpace.has(code))
    return new DescentError(
      'storageFull',
      'The disk is full. Nothing was taken over; free some space and try again.',
    )
  if (ofTheSystem.has(code)) return new DescentError('badData', `${path} cannot be read (${code}).`, 'path')
  const why = error instanceof Error ? error.message.slice(0, 160) : ''
  // What is looked for first, and stands last.
  if (/end of central directory/i.test(why))
    return refusal(path, `is no ${what} of Descent, or was cut off: it does not end as one`)
  return refusal(path, `cannot be unpacked: it is damaged or unsafe (${why})`)
}
