/**
 * Takes an archive of ours apart, trusting nothing of it: only names that such a file has, each once, none a link; no more
 * bytes than it says and than there is room for; and every file with the hash that its list names. A project is one, and
 * the backup of a workspace.
 */
import { createHash } from 'node:crypto'
import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, rm, stat, statfs } from 'node:fs/promises'
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
import { unplaceable } from './left.ts'
import type { FileEntry, Unreadable } from './list.ts'

/** What a kind of archive holds. */
export interface ArchiveForm<List extends { readonly files: readonly FileEntry[] }> {
  /** “project file”, “backup”. */
  readonly what: string
  readonly ending: string
  readonly listName: string
  /** What people take for one: the list that tells it, and where it is opened. */
  readonly other: { readonly listName: string; readonly why: string }
  /** Without these it is worth nothing. */
  readonly needs?: readonly string[]
  mayHold(path: string): boolean
  /** What may stand in it, and has a name that no file gets. */
  mayLeave?(path: string): boolean
  /** The hash that a file is called by; null: it is called by none. */
  hashInName(path: string): string | null
  readList(text: string): List | Unreadable
}

type AnyForm = ArchiveForm<{ readonly files: readonly FileEntry[] }>

export const largestList = 64 * 1024 * 1024
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
  { listName, other, mayHold, mayLeave, what }: AnyForm,
  { path, limits, leaveOut }: UnpackRequest,
): Promise<Archive['entries']> {
  const entries = new Map<string, yauzl.Entry>()
  let isForeign = false
  for await (const entry of zip.eachEntry()) {
    const { fileName } = entry
    if (entries.size >= limits.files) throw overLimit(path, 'files', limits, 'holds files:', null)
    if (fileName !== listName && !mayHold(fileName)) {
      if (leaveOut === undefined || !mayLeave?.(fileName)) isForeign = true
      continue
    }
    if (entries.has(fileName) && leaveOut !== undefined && mayLeave?.(fileName)) {
      leaveOut(fileName, 'it is in the archive twice')
      continue
    }
    if (entries.has(fileName)) throw refusal(path, `is unsafe: it holds ${fileName} twice`)
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

interface Fault {
  /** As the end of a sentence that begins with the archive's name. */
  readonly refusal: string
  /** Behind “because”. */
  readonly why: string
}

/** Before a byte is written; null: it may be unpacked. */
function whyNotOne({ entries }: Archive, { listName, hashInName }: AnyForm, file: FileEntry): Fault | null {
  const { path, bytes, sha256 } = file
  const entry = entries.get(path)
  const called = hashInName(path)
  if (entry === undefined) return { refusal: `is damaged: ${path} is missing from it`, why: 'it is missing' }
  if (entry.uncompressedSize !== bytes)
    return {
      refusal: `is damaged: ${path} has another size than its ${listName} says`,
      why: 'it has another size than it should',
    }
  if (called !== null && called !== sha256)
    return {
      refusal: `is unsafe: ${path} is not called by its own hash`,
      why: 'its bytes are not those that it is called by',
    }
  return null
}

/** Whether names that differ in the case of letters alone lead to one file there. */
const foldsCase = (folder: string): boolean =>
  basename(folder).toUpperCase() !== basename(folder) &&
  existsSync(join(dirname(folder), basename(folder).toUpperCase()))

/** The files that are to be unpacked. */
async function checkSizes(
  archive: Archive,
  form: AnyForm,
  list: { readonly files: readonly FileEntry[] },
  { path, folder, limits, leaveOut }: UnpackRequest,
): Promise<readonly FileEntry[]> {
  const { listName, mayHold, needs = [] } = form
  const named = new Set<string>([listName, ...list.files.map((file) => file.path)])
  for (const name of archive.entries.keys())
    if (named.has(name)) continue
    else if (leaveOut === undefined)
      throw refusal(path, `is damaged: its ${listName} knows nothing of ${name}`)
    else leaveOut(name, 'what was read of it was not all right when the archive was written')
  const isWindows = process.platform === 'win32'
  const beside = unplaceable(
    list.files.map((file) => file.path),
    { isWindows, foldsCase: foldsCase(folder) },
  )
  const misplaced = new Map(beside.map((one) => [one.path, one.why]))
  const files = list.files.filter((file) => {
    const { path: name } = file
    const where = mayHold(name) ? misplaced.get(name) : 'no file can have its name everywhere'
    const found = whyNotOne(archive, form, file)
    const why = where ?? found?.why
    if (why === undefined) return true
    if (leaveOut === undefined || needs.includes(name))
      throw refusal(path, found?.refusal ?? `cannot be unpacked here: ${name}: ${why}`)
    leaveOut(name, why)
    return false
  })
  const all = files.reduce((sum, { bytes }) => sum + bytes, 0)
  if (all > limits.expandedSize) throw overLimit(path, 'expandedSize', limits, 'unpacks to', all)
  // Whoever may have as much as the disk has room for may have rows of one value, too.
  const isBounded = limits.expandedSize < Number.MAX_SAFE_INTEGER
  if (isBounded && all > smallBytes && all > mostShrunk * (await stat(path)).size)
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
  return files
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
  await pipeline(stream, meter, createWriteStream(to, { mode: 0o600, flags: 'wx', flush: true }))
  if (size !== bytes || hash.digest('hex') !== sha256)
    throw refusal(path, `is damaged: ${name} is not what was written into it`)
}

/** The disk is to blame for these, and for everything that would come behind. */
const isOfTheSystem = (error: unknown): boolean =>
  noSpace.has(codeOf(error)) || ofTheSystem.has(codeOf(error))

/** One that is damaged is left out, where that is asked for. */
async function unpackOrLeave(
  archive: Archive,
  { needs = [] }: AnyForm,
  file: FileEntry,
  request: UnpackRequest,
  wrote: (bytes: number) => void,
): Promise<void> {
  try {
    await unpackOne(archive, file, request, wrote)
  } catch (error) {
    if (request.leaveOut === undefined || needs.includes(file.path) || isOfTheSystem(error)) throw error
    await rm(join(request.folder, ...file.path.split('/')), { force: true }).catch(() => undefined)
    request.leaveOut(file.path, whyOf(error))
  }
}

const whyOf = (error: unknown): string =>
  ['ENAMETOOLONG', 'EINVAL', 'EILSEQ', 'EEXIST', 'ENOTDIR', 'EISDIR'].includes(codeOf(error))
    ? `this disk takes no file of that name (${codeOf(error)})`
    : 'it is not what was written into the archive'

export interface UnpackRequest {
  readonly path: string
  /** An empty folder. */
  readonly folder: string
  readonly limits: Limits
  /** Is told of single files that are bad. Absent: with one of them nothing is unpacked. */
  leaveOut?(path: string, why: string): void
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
      const files = await checkSizes(archive, form, list, request)
      const all = files.reduce((sum, { bytes }) => sum + bytes, 0)
      let done = 0
      for (const file of files)
        await unpackOrLeave(archive, form, file, request, (bytes) =>
          progress((done += bytes) / Math.max(all, 1)),
        )
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
