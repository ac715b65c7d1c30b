/** Where the texts of a folder are: in a file of lines to train and one to test, or in a file each, in folders by class. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, open, opendir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { DescentError, formatCount, plural, type Limits, type SourceFile } from '../../../contract/index.ts'
import { limitError } from '../../inputs/limit-error.ts'
import { packingOf } from '../../inputs/packed.ts'
import { checkNamed } from '../../inputs/read-file.ts'
import { readRegularFile } from '../../inputs/regular-file.ts'
import type { LeftOut } from '../../pictures/find.ts'
import type { ReadContext } from '../kind.ts'
import { fileList, findFiles, textClassesIn, type TextClasses } from '../recognize.ts'
import { packedKind, withFolder } from '../unpack.ts'
import { longestLine, textOf } from './lines.ts'

const bad = (message: string): DescentError => new DescentError('badData', message, 'path')

export interface TextFile {
  readonly path: string
  readonly name: string
  readonly part: NonNullable<SourceFile['part']>
}

export interface FoundTexts {
  readonly files: readonly TextFile[]
  /** How they were found, where that is not by their names, and what was left out. */
  readonly notes: readonly string[]
  /** Their lines are ours, and how they are written is nothing to tell. */
  readonly packed: boolean
  /** Removes what was only made to be kept. */
  done(): Promise<void>
}

const nothing = (): Promise<void> => Promise.resolve()

/** Which file trains and which tests. */
export async function findTexts(path: string, context: ReadContext): Promise<FoundTexts> {
  const { limits } = context
  const folder = await stat(path).then(
    (at) => at.isDirectory(),
    () => false,
  )
  if (!folder) {
    await checkNamed({ path, what: 'a text file' }, limits)
    if ((await packedKind(path, limits)) === 'text')
      return await withFolder(path, 'text', scratchOf(context), context, async (unpacked, left) =>
        packedClasses(path, withLeft(await textClassesIn(unpacked, limits), left), context),
      )
    return { files: [{ path, name: basename(path), part: 'train' }], notes: [], packed: false, done: nothing }
  }
  const files = await findFiles(path, limits)
  const parts = (['train', 'test'] as const).flatMap((part) => {
    const of = files.filter((file) => file.textPart === part)
    if (of.length > 1)
      throw bad(
        `${path} holds ${of.length} files that could be the ${part === 'train' ? 'training' : 'test'} text: ${fileList(of)}. Keep one of them there.`,
      )
    return of.map(({ path: file, name }): TextFile => ({ path: file, name, part }))
  })
  if (files.length > 0) {
    const others = files.filter(({ textPart }) => textPart === null)
    const notes =
      others.length === 0
        ? []
        : [
            `${plural(others.length, 'file')} beside ${fileList(parts)} not read, for no training or test text is called so: ${fileList(others)}.`,
          ]
    return { files: parts, notes, packed: false, done: nothing }
  }
  return await packedClasses(path, await textClassesIn(path, limits), context)
}

const scratchOf = ({ scratch }: ReadContext): string => scratch ?? tmpdir()
const withLeft = ({ classes, notes }: TextClasses, left: readonly LeftOut[]): TextClasses => ({
  classes,
  notes: [...notes, ...left.map(({ reason }) => reason)],
})

/** What a text in a file of its own may have; longer ones are no texts of one class. */
const mostBytes = 4 * longestLine

/** Files of one text each as lines of JSON: they are kept, and read, as one file. */
async function packedClasses(
  path: string,
  { classes, notes }: TextClasses,
  context: ReadContext,
): Promise<FoundTexts> {
  const { limits, progress } = context
  const aside = await mkdtemp(join(scratchOf(context), 'texts-'))
  const total = classes.reduce((sum, { files }) => sum + files.length, 0)
  const told = new Told()
  let read = 0
  const found: TextFile[] = []
  try {
    for (const part of ['train', 'validation', 'test'] as const) {
      const of = classes.filter((one) => one.part === part)
      if (of.length === 0) continue
      const packed = join(aside, `${part}-${randomUUID()}.jsonl`)
      const file = await open(packed, 'wx', 0o600)
      let written = 0
      try {
        for (const { label, folder, files } of of)
          for (const name of files) {
            const text = told.textOf(`${basename(folder)}/${name}`, await textIn(join(folder, name), limits))
            if (text !== null) {
              await file.write(`${JSON.stringify({ label, text, file: `${label}/${name}` })}\n`)
              written++
            }
            progress((0.4 * ++read) / total)
          }
      } finally {
        await file.close()
      }
      if (written > 0) found.push({ path: packed, name: `${part}.jsonl`, part })
      else if (part === 'train')
        throw bad(`${path} has no file with a text to learn from. ${told.notes().join(' ')}`)
      else told.add(`None of the ${part} texts is left.`)
    }
  } catch (error) {
    await rm(aside, { recursive: true, force: true })
    throw error
  }
  const names = [...new Set(classes.map(({ label }) => label))]
  return {
    files: found,
    notes: [
      `Each of ${formatCount(total)} files of ${basename(path)} is a text, and its folder the label: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}.`,
      ...notes,
      ...told.notes(),
    ],
    packed: true,
    done: () => rm(aside, { recursive: true, force: true }),
  }
}

/** Of a file of its own. */
type Held =
  | { readonly text: string; readonly cutFrom: number | null }
  /** Why it is left out, as a clause. */
  | { readonly text: null; readonly why: string }

async function textIn(path: string, limits: Limits): Promise<Held> {
  const most = Math.min(mostBytes, limits.fileSize)
  try {
    const whole = textOf(await readRegularFile(path, { most, what: 'a text' }))?.trim()
    if (whole === undefined) return { text: null, why: 'it holds something else than text' }
    if (whole === '') return { text: null, why: 'it is empty' }
    if (whole.length <= longestLine) return { text: whole, cutFrom: null }
    // Not within a pair.
    return { text: whole.slice(0, longestLine).replace(/[\ud800-\udbff]$/, ''), cutFrom: whole.length }
  } catch (error) {
    if (error instanceof DescentError && error.code !== 'notFound')
      return { text: null, why: error.message.replace(/\.$/, '') }
    throw error
  }
}

/** What has to be said of files of one text each. */
class Told {
  readonly #left: string[] = []
  readonly #cut: string[] = []
  readonly #further: string[] = []

  /** null: the file is left out. */
  textOf(name: string, held: Held): string | null {
    if (held.text === null) this.#left.push(`${name} (${held.why})`)
    else if (held.cutFrom !== null) this.#cut.push(`${name} (${formatCount(held.cutFrom)})`)
    return held.text
  }

  add(note: string): void {
    this.#further.push(note)
  }

  notes(): string[] {
    const [left, cut] = [this.#left, this.#cut]
    return [
      ...(left.length > 0
        ? [`${plural(left.length, 'file is', 'files are')} left out; the first is ${left[0]}.`]
        : []),
      ...(cut.length > 0
        ? [
            `${plural(cut.length, 'text is', 'texts are')} cut off behind ${formatCount(longestLine)} characters; the first is ${cut[0]}.`,
          ]
        : []),
      ...this.#further,
    ]
  }
}

export interface NewTexts {
  readonly texts: readonly { readonly file: string; readonly text: string }[]
  /** What was left out, and where a text was cut. */
  readonly notes: readonly string[]
}

/** The texts of a folder of files or an archive of one, to be predicted; null: it is neither. */
export async function textsIn(path: string, scratch: string, context: ReadContext): Promise<NewTexts | null> {
  const at = await stat(path).catch(() => null)
  if (at === null || (at.isFile() && (await packingOf(path)) === null)) return null
  return await withFolder(path, 'text', scratch, context, (folder) => textsOf(folder, path, context.limits))
}

async function textsOf(path: string, shown: string, limits: Limits): Promise<NewTexts> {
  const names: string[] = []
  const others: string[] = []
  for await (const entry of await opendir(path)) {
    if (entry.name.startsWith('.')) continue
    if (entry.isFile()) names.push(entry.name)
    else others.push(entry.name)
    if (names.length + others.length > limits.files)
      throw limitError('files', limits, `${shown} holds files:`, null)
  }
  const told = new Told()
  if (others.length > 0)
    told.add(
      `${plural(others.length, 'folder or link is', 'folders and links are')} not looked into; the first is ${others.sort()[0]}.`,
    )
  const texts: { file: string; text: string }[] = []
  for (const file of names.sort(new Intl.Collator('en', { numeric: true }).compare)) {
    const text = told.textOf(file, await textIn(join(path, file), limits))
    if (text !== null) texts.push({ file, text })
  }
  const notes = told.notes()
  if (texts.length === 0) throw bad([`${shown} holds no files with a text in each.`, ...notes].join(' '))
  return { texts, notes }
}
