/** Where the texts of a folder are: in a file of lines to train and one to test, or in a file each, in folders by class. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, open, opendir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { DescentError, formatCount, plural, type Limits, type SourceFile } from '../../../contract/index.ts'
import { limitError } from '../../inputs/limit-error.ts'
import { checkNamed } from '../../inputs/read-file.ts'
import { readRegularFile } from '../../inputs/regular-file.ts'
import type { ReadContext } from '../kind.ts'
import { fileList, findFiles, textClassesIn, type TextClasses } from '../recognise.ts'
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

/** What a text in a file of its own may have; longer ones are no texts of one class. */
const mostBytes = 4 * longestLine

/** Files of one text each as lines of JSON: they are kept, and read, as one file. */
async function packedClasses(
  path: string,
  { classes, notes }: TextClasses,
  { limits, scratch, progress }: ReadContext,
): Promise<FoundTexts> {
  const aside = await mkdtemp(join(scratch ?? tmpdir(), 'texts-'))
  const total = classes.reduce((sum, { files }) => sum + files.length, 0)
  let [read, skipped] = [0, 0]
  const found: TextFile[] = []
  try {
    for (const part of ['train', 'validation', 'test'] as const) {
      const of = classes.filter((one) => one.part === part)
      if (of.length === 0) continue
      const packed = join(aside, `${part}-${randomUUID()}.jsonl`)
      const file = await open(packed, 'wx', 0o600)
      try {
        for (const { label, folder, files } of of)
          for (const name of files) {
            const text = await textIn(join(folder, name), limits)
            if (text === null) skipped++
            else await file.write(`${JSON.stringify({ label, text, file: `${label}/${name}` })}\n`)
            progress((0.4 * ++read) / total)
          }
      } finally {
        await file.close()
      }
      found.push({ path: packed, name: `${part}.jsonl`, part })
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
      ...(skipped > 0 ? [`${formatCount(skipped)} of them are left out: they are empty, or no text.`] : []),
    ],
    packed: true,
    done: () => rm(aside, { recursive: true, force: true }),
  }
}

/** null: it holds none. */
async function textIn(path: string, limits: Limits): Promise<string | null> {
  const most = Math.min(mostBytes, limits.fileSize)
  try {
    const text = textOf(await readRegularFile(path, { most, what: 'a text' }))
    return text === null || text.trim() === '' ? null : text.trim().slice(0, longestLine)
  } catch (error) {
    if (error instanceof DescentError && error.code !== 'notFound') return null
    throw error
  }
}

/** The texts of a folder of files, to be predicted; null: it is no folder. */
export async function textsIn(
  path: string,
  limits: Limits,
): Promise<{ readonly file: string; readonly text: string }[] | null> {
  const at = await stat(path).catch(() => null)
  if (!at?.isDirectory()) return null
  const names: string[] = []
  for await (const entry of await opendir(path)) {
    if (entry.name.startsWith('.') || !entry.isFile()) continue
    names.push(entry.name)
    if (names.length > limits.files)
      throw limitError('files', limits, `${path} is a folder with files:`, null)
  }
  const texts: { file: string; text: string }[] = []
  for (const file of names.sort(new Intl.Collator('en', { numeric: true }).compare)) {
    const text = await textIn(join(path, file), limits)
    if (text !== null) texts.push({ file, text })
  }
  if (texts.length === 0) throw bad(`${path} holds no files with a text in each.`)
  return texts
}
