/** Which kind of data is at a path. */
import { open, opendir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { constants, gunzipSync } from 'node:zlib'
import {
  DescentError,
  plural,
  projectEnding,
  tableExtensions,
  type DataKind,
  type Limits,
} from '../../contract/index.ts'
import { limitError } from '../inputs/limit-error.ts'
import { checkPath, statRegular } from '../inputs/regular-file.ts'
import { hasPictureName } from '../pictures/formats.ts'
import { cifarForms, isPickledCifar, isTextName, looksLikeIdx } from './file-names.ts'
import { plainContext, type ReadContext } from './kind.ts'
import { labelsTexts } from './text/label-style.ts'
import { packedKind } from './unpack.ts'

const bad = (message: string): DescentError => new DescentError('badData', message, 'path')

const isZip = (head: Buffer): boolean => head.toString('latin1', 0, 4) === 'PK\x03\x04'

/** The extents in an IDX file's header: of images three, of labels one. */
export type IdxShape = readonly number[]

const headBytes = 4096

/** The first bytes of a file, unpacked where it is a .gz file. Empty when it is damaged: reading it whole will say so. */
export async function readHead(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    const head = buffer.subarray(0, bytesRead)
    if (head[0] !== 0x1f || head[1] !== 0x8b) return head
    try {
      return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH })
    } catch {
      return Buffer.alloc(0)
    }
  } finally {
    await file.close()
  }
}

/** Extents by an IDX header of any element type, or null where there is none. Whether the file is sound, its decoder says. */
export function idxShape(head: Buffer): IdxShape | null {
  const dimensions = head[3] ?? 0
  if (head.length < 4 || head[0] !== 0 || head[1] !== 0 || dimensions === 0) return null
  if (![0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e].includes(head[2] ?? 0)) return null
  return Array.from({ length: dimensions }, (_, i) =>
    4 * i + 8 <= head.length ? head.readUInt32BE(4 * i + 4) : 0,
  )
}

export interface FoundFile {
  readonly path: string
  readonly name: string
  /** null: no IDX file, so text. */
  readonly idx: IdxShape | null
  readonly part: 'train' | 'test' | null
  /** The same, of lines that may be in a file of another name: CSV, or objects of JSON; null: it holds no labeled texts. */
  readonly textPart: 'train' | 'test' | null
}

function partOf(name: string): FoundFile['part'] {
  if (/train/i.test(name)) return 'train'
  return /test|t10k/i.test(name) ? 'test' : null
}

/** A file that may not be read, or a link that leads nowhere. */
const unreadable =
  (path: string) =>
  (error: NodeJS.ErrnoException): never => {
    throw bad(`${path} cannot be read (${error.code}).`)
  }

/** null: a link to a folder. */
async function inspect(path: string): Promise<FoundFile | null> {
  const name = basename(path)
  if ((await stat(path).catch(unreadable(path))).isDirectory()) return null
  // A pipe would keep its reader waiting, a device may have no end.
  await statRegular(path, { most: Infinity, what: 'a file of data' })
  const head = await readHead(path).catch(unreadable(path))
  const idx = idxShape(head) ?? (looksLikeIdx(name) ? [] : null)
  if (idx !== null) return { path, name, idx, part: partOf(name), textPart: null }
  const part = isOther(name) ? null : partOf(name)
  const textPart = holdsLines(name) && labelsTexts(head) ? partOf(name) : part
  return { path, name, idx, part, textPart }
}

/** Files of lines that may be labeled texts as well as a table. */
const holdsLines = (name: string): boolean => /\.(csv|tsv|jsonl|ndjson)(\.gz)?$/i.test(name)

/** Not data, whatever the folder holds. */
const isAside = (name: string): boolean => /^\.|^(readme|licen[cs]e)\b/i.test(name)

/** Files that are something else than lines of text, whatever else their name says. */
const isOther = (name: string): boolean =>
  /\.(csv|tsv|jsonl?|ndjson|parquet|xls[xmb]?|ods|arrow|feather|sqlite3?|db|zip|tar|png|jpe?g|gif|webp|npy|npz|pkl|bin)(\.gz)?$/i.test(
    name,
  )

/** These may be anything. */
const vague = ['txt', 'data', 'gz', 'zip']

/** A table that was written as several files, by their names: what they hold, their reader looks at. */
const isPart = ({ name }: FoundFile): boolean =>
  /^_|^part-\d/i.test(name) ||
  (tableExtensions.includes(extensionOf(name)) && !vague.includes(extensionOf(name)))

const extensionOf = (name: string): string => /\.([a-z0-9]+)(\.gz)?$/i.exec(name)?.[1]?.toLowerCase() ?? ''

async function namesIn(folder: string, limits: Limits): Promise<string[]> {
  const names: string[] = []
  let entries = 0
  for await (const entry of await opendir(folder).catch(unreadable(folder))) {
    if (++entries > limits.files)
      throw limitError('files', limits, `${folder} is a folder with entries:`, null)
    // What is no file is let through where its name says data, so that it is told about and not overlooked.
    const odd = !entry.isFile() && !entry.isSymbolicLink()
    if (isAside(entry.name) || (odd && (entry.isDirectory() || partOf(entry.name) === null))) continue
    names.push(entry.name)
  }
  return names.sort()
}

/** A process may only have so many files open. */
const inspectedAtOnce = 16

/** The files in a folder that may be data. */
export async function findFiles(folder: string, limits: Limits): Promise<FoundFile[]> {
  const names = await namesIn(folder, limits)
  const found: FoundFile[] = []
  for (let at = 0; at < names.length; at += inspectedAtOnce) {
    const some = names.slice(at, at + inspectedAtOnce)
    const inspected = await Promise.all(some.map((name) => inspect(join(folder, name))))
    found.push(...inspected.filter((file) => file !== null))
  }
  return found
}

export const fileList = (files: readonly { readonly name: string }[]): string =>
  files
    .slice(0, 6)
    .map(({ name }) => name)
    .join(', ') + (files.length > 6 ? `, … (${files.length} in all)` : '')

const enough = 200

/** Mostly pictures, by their names, as far as one looks; a table of their labels may lie beside them. */
async function isPictureFolder(folder: string): Promise<boolean> {
  let pictures = 0
  let others = 0
  const waiting = [folder]
  for (let looked = 0; waiting.length > 0 && looked < 50; looked++) {
    const at = waiting.shift()!
    const entries = await opendir(at).catch(() => null)
    if (entries === null) continue
    let here = 0
    for await (const entry of entries) {
      if (isAside(entry.name)) continue
      if (entry.isDirectory()) waiting.push(join(at, entry.name))
      else if (hasPictureName(entry.name)) pictures++
      else others++
      if (++here >= enough) break
    }
    if (pictures >= enough) break
  }
  return pictures > others
}

/** A folder whose files are texts of one class. */
interface TextClass {
  readonly label: string
  readonly folder: string
  readonly part: 'train' | 'validation' | 'test'
  /** In the order of their names. */
  readonly files: readonly string[]
}

export interface TextClasses {
  /** Empty: there are not two to learn from. */
  readonly classes: readonly TextClass[]
  /** What lies there and is not taken, and what is missing. */
  readonly notes: readonly string[]
}

/** The folders in a folder, its files, and what is neither, as a link; names that are no data are left out. */
async function entriesOf(folder: string, limits: Limits) {
  const [folders, files, odd]: [string[], string[], string[]] = [[], [], []]
  for await (const entry of await opendir(folder).catch(unreadable(folder))) {
    if (isAside(entry.name)) continue
    const list = entry.isDirectory() ? folders : entry.isFile() ? files : odd
    list.push(entry.name)
    if (folders.length + files.length + odd.length > limits.files)
      throw limitError('files', limits, `${folder} is a folder with entries:`, null)
  }
  return { folders: folders.sort(), files: files.sort(), odd }
}

/** Of unlabeled texts, which some public sets bring along. */
const isUnlabeled = (name: string): boolean => /^unsup(ervised)?$|^unlabell?ed$/i.test(name)

const textParts: readonly (readonly [TextClass['part'], RegExp])[] = [
  ['train', /^train/i],
  ['validation', /^(val|valid|validation|dev)([ _-]?(set|data|texts?))?$/i],
  ['test', /^test/i],
]

const named = (names: readonly string[]): string =>
  names.slice(0, 6).join(', ') + (names.length > 6 ? `, … (${names.length} in all)` : '')

/** The folders of one part, each a class; `name`: of the part's folder, with a slash. */
async function classesOf(
  folder: string,
  name: string,
  part: TextClass['part'],
  limits: Limits,
): Promise<TextClasses> {
  const { folders, files: loose, odd: links } = await entriesOf(folder, limits)
  const classes: TextClass[] = []
  const notes: string[] = []
  const beside = [...loose, ...links]
  if (name !== '' && beside.length > 0)
    notes.push(`${plural(beside.length, 'file')} in ${name} of no class left out: ${named(beside)}.`)
  for (const label of folders) {
    if (isUnlabeled(label)) {
      notes.push(`The folder ${name}${label} is left out: its name says that its texts have no label.`)
      continue
    }
    const { files, folders: inner, odd } = await entriesOf(join(folder, label), limits)
    const texts = files.filter(isTextName)
    const others = [...files.filter((file) => !isTextName(file)), ...odd]
    // A table or a program may have a file without an ending beside it, and is no class for that.
    if (texts.length === 0 || others.length > texts.length) {
      const held = [...others, ...inner.map((one) => `${one}/`)]
      const why = texts.length === 0 ? 'no text files' : 'more other files than text files'
      const what = held.length === 0 ? '' : `: ${named(held)}`
      notes.push(`The folder ${name}${label} is left out, for it holds ${why}${what}.`)
      continue
    }
    classes.push({ label, folder: join(folder, label), part, files: texts })
    if (others.length > 0)
      notes.push(
        `${plural(others.length, 'file')} in ${name}${label} left out, being no text files by name: ${named(others)}.`,
      )
    if (inner.length > 0)
      notes.push(
        `${plural(inner.length, 'folder')} in the class folder ${name}${label} left out, with all that is in there: ${named(inner)}.`,
      )
  }
  return { classes, notes }
}

/** Which classes a part lacks that there are to learn from. */
function lackingIn(name: string, found: readonly TextClass[], learned: readonly TextClass[]): string[] {
  const labels = new Set(found.map(({ label }) => label))
  const lacking = learned.filter(({ label }) => !labels.has(label)).map(({ label }) => label)
  if (lacking.length === 0) return []
  return [
    found.length === 0
      ? `The folder ${name} is left out: it holds no folders of texts.`
      : `The folder ${name} has no texts of ${lacking.length === 1 ? 'the class' : 'the classes'} ${named(lacking)}.`,
  ]
}

/** Where there is nothing to test, what is to validate stands for it, as with pictures. */
function placed({ classes, notes }: TextClasses): TextClasses {
  const has = (part: TextClass['part']): boolean => classes.some((one) => one.part === part)
  if (has('test') || !has('validation')) return { classes, notes }
  return {
    classes: classes.map((one) => (one.part === 'validation' ? { ...one, part: 'test' } : one)),
    notes: [
      ...notes,
      'No file has labeled texts to test on: those for validation are sealed for the test, and a part of the training texts validates.',
    ],
  }
}

/** pos/1.txt and neg/1.txt, perhaps in train, validation and test. */
export async function textClassesIn(path: string, limits: Limits): Promise<TextClasses> {
  const { folders } = await entriesOf(path, limits)
  const folderOf = (part: TextClass['part']): string | undefined =>
    folders.find((name) => textParts.find(([, said]) => said.test(name))?.[0] === part)
  const train = folderOf('train')
  if (train !== undefined) {
    const learned = await classesOf(join(path, train), `${train}/`, 'train', limits)
    if (learned.classes.length > 1) {
      const classes = [...learned.classes]
      const notes = [...learned.notes]
      const taken = [train]
      for (const part of ['validation', 'test'] as const) {
        const name = folderOf(part)
        if (name === undefined) continue
        taken.push(name)
        const found = await classesOf(join(path, name), `${name}/`, part, limits)
        classes.push(...found.classes)
        notes.push(...found.notes, ...lackingIn(name, found.classes, learned.classes))
      }
      const others = folders.filter((name) => !taken.includes(name))
      if (others.length > 0)
        notes.push(
          `${plural(others.length, 'folder')} beside ${taken.join(', ')} left out: ${named(others)}.`,
        )
      return placed({ classes, notes })
    }
    // It may be that only the folder of one class has texts: that is to be told.
    if (learned.classes.length === 1)
      return {
        classes: [],
        notes: [
          `${train}/ holds the folder of one class only, ${learned.classes[0]!.label}.`,
          ...learned.notes,
        ],
      }
  }
  const found = await classesOf(path, '', 'train', limits)
  return { classes: found.classes.length > 1 ? found.classes : [], notes: found.notes }
}

/** Of what is in the way of understanding a folder. */
const mostTold = 3

/** `wanted`: the kind that a network asked for reads, which settles what a single text file is. */
export async function recognize(
  path: string,
  wanted: DataKind | null = null,
  { limits }: ReadContext = plainContext,
): Promise<DataKind> {
  checkPath(path)
  const at = await stat(path).catch(() => null)
  // What is missing, empty or no file is the table reader's to explain.
  if (at === null || (!at.isDirectory() && !at.isFile())) return 'table'
  if (at.isFile()) {
    if (hasPictureName(path))
      throw bad(
        `${path} is one picture, and learning takes many: give a folder that holds a folder of pictures for each class, such as cat/1.jpg and dog/2.jpg.`,
      )
    const isArchive = isZip(await readHead(path))
    if (isArchive && path.toLowerCase().endsWith(projectEnding))
      throw bad(
        `${path} is a whole project, not the data of one: open it on the first page, or by “descent project import”.`,
      )
    const packed = await packedKind(path, limits)
    if (packed !== null) return packed
    if ((await inspect(path))?.idx != null)
      throw bad(
        `${path} is one IDX file, and learning takes two: images and their labels. Give the folder that holds both.`,
      )
    return wanted === 'text' ? 'text' : 'table'
  }
  if (await isPictureFolder(path)) return 'images'
  const names = await namesIn(path, limits)
  if (
    cifarForms.some(
      ({ train, needs }) =>
        names.some((name) => train.test(name)) && (needs === null || names.includes(needs)),
    )
  )
    return 'images'
  if (names.some(isPickledCifar))
    throw bad(
      `${path} holds CIFAR for Python, whose files are programs that make the data, and Descent runs none. Get the binary version, such as cifar-10-binary.tar.gz, and give that.`,
    )
  const files = await findFiles(path, limits)
  if (files.some(({ idx }) => idx !== null)) return 'images'
  if (files.some(({ textPart }) => textPart === 'train')) return 'text'
  const texts = files.length === 0 ? await textClassesIn(path, limits) : null
  if (texts !== null && texts.classes.length > 0) return 'text'
  if (files.length > 0 && files.every(isPart)) return 'table'
  const found =
    texts === null
      ? `It holds ${fileList(files)}.`
      : ['It holds no files.', ...texts.notes.slice(0, mostTold)].join(' ')
  throw bad(
    `${path} is a folder without data that Descent knows. Of images it should hold a folder of pictures for each class, ` +
      `such as cat/1.jpg and dog/2.jpg, or IDX files such as train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz; of text, a file with “train” in its name and ` +
      `“label text” on each line, or a folder of text files for each class, such as pos/1.txt and neg/1.txt; of a table, nothing but its parts, such as part-1.csv and part-2.csv, or it is ` +
      `given as a file. ${found}`,
  )
}
