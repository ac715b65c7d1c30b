/** From a folder or an archive of pictures to pixels of one size and an index of what each is. */
import { randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import {
  DescentError,
  formatCount,
  pictureOptions,
  picturesFound,
  plural,
  type PictureReading,
  type Receipt,
  type SourceFile,
} from '../../../contract/index.ts'
import { listed } from '../../explore/findings.ts'
import { decodeAll, fileSource, sizeFor, Tally, type PictureSource } from '../../pictures/collect.ts'
import type { PictureTarget } from '../../pictures/decode.ts'
import {
  byFolder,
  findPictures,
  parts,
  type ByFolder,
  type Found,
  type FoundFile,
  type LabeledPicture,
  type LeftOut,
  type PartName,
} from '../../pictures/find.ts'
import { hasTableName } from '../../pictures/formats.ts'
import { PixelFile } from '../../pictures/pixel-file.ts'
import { shareOf, type DataFolder, type ReadContext } from '../kind.ts'
import { readLabels, type Labeled } from './labels-table.ts'
import { keepFile, type PictureIndex } from './kept.ts'

const bad = (message: string): DescentError => new DescentError('badData', message, 'path')

export interface ImportedPictures {
  readonly files: SourceFile[]
  readonly layout: Receipt['layout']
  readonly notes: string[]
  readonly rejected: Receipt['rejected']
  readonly rowsRejected: number
  readonly bytes: number
}

/** What is known of the pictures before any is opened. */
interface Plan {
  readonly pictures: readonly LabeledPicture[]
  readonly left: readonly { readonly text: string; readonly reason: string }[]
  readonly notes: readonly string[]
}

const leftOut = (files: readonly FoundFile[], reason: string) =>
  files.map(({ file }) => ({ text: file, reason: `${file} ${reason}` }))

/** Beside the folder, where the folder holds nothing but pictures. */
async function tablesBeside(folder: string): Promise<FoundFile[]> {
  const { readdir } = await import('node:fs/promises')
  const names = await readdir(dirname(folder)).catch(() => [])
  return names
    .filter(hasTableName)
    .slice(0, 20)
    .map((name) => ({ path: join(dirname(folder), name), file: name }))
}

/** Where there is nothing to test, what is to validate stands for it. */
function placedIn(pictures: readonly LabeledPicture[], folders: readonly string[]): Omit<Plan, 'left'> {
  const count = (part: PartName): number => pictures.filter((one) => one.part === part).length
  const notes = [`The folders ${listed(folders)} say what the pictures are for.`]
  if (count('test') > 0 || count('validation') === 0) return { pictures, notes }
  return {
    pictures: pictures.map((one) => (one.part === 'validation' ? { ...one, part: 'test' } : one)),
    notes: [
      ...notes,
      `No folder has labeled pictures to test on: the ${formatCount(count('validation'))} of the validation folder are sealed for the test, and a part of the training pictures validates.`,
    ],
  }
}

/** The folders around the pictures may say what they are for, where some of those with a label are to train. */
function planFromLabels(
  { pictures, unnamed, lost, notes }: Labeled,
  { parts: said, partFolders, aside }: ByFolder,
): Plan {
  const left = [...lost, ...leftOut(unnamed, 'is not named in the table of labels.')]
  const isAside = new Set(aside.map(({ file }) => file))
  const inParts = pictures.flatMap((one): LabeledPicture[] =>
    isAside.has(one.file) ? [] : [{ ...one, part: said.get(one.file) ?? one.part }],
  )
  if (partFolders.length === 0 || inParts.every(({ part }) => part !== 'train'))
    return { pictures, left, notes }
  const placed = placedIn(inParts, partFolders)
  const named = pictures.filter(({ file }) => isAside.has(file))
  return {
    pictures: placed.pictures,
    left: [...left, ...leftOut(named, inNoPart(partFolders))],
    notes: [...notes, ...placed.notes],
  }
}

const inNoPart = (folders: readonly string[]): string => `lies in none of the folders ${listed(folders)}.`

function planFromFolders({ pictures, unlabeled, partFolders, aside }: ByFolder, path: string): Plan {
  const isSplit = partFolders.length > 0
  if (isSplit && pictures.every(({ part }) => part !== 'train'))
    throw bad(
      `${path} has the folders ${listed(partFolders)}, and no pictures in class folders to learn from. Put them into train/CLASS/.`,
    )
  return {
    ...(isSplit ? placedIn(pictures, partFolders) : { pictures, notes: [] }),
    left: [
      ...leftOut(aside, inNoPart(partFolders)),
      ...leftOut(
        unlabeled,
        isSplit
          ? 'lies in no class folder, so nothing says what it is. A trained model can predict it.'
          : 'lies in no class folder, so nothing says what it is.',
      ),
    ],
  }
}

/** What is wrong with a table beside pictures that class folders tell apart is no reason to read none of them. */
const isOfTable = (error: unknown): error is DescentError =>
  error instanceof DescentError && (error.code === 'badData' || error.code === 'tooLarge')

async function planOf(found: Found, path: string, place: DataFolder, context: ReadContext): Promise<Plan> {
  if (found.pictures.length === 0) throw bad(`${path} holds no pictures.`)
  const folders = byFolder(found.pictures)
  const classes = new Set(folders.pictures.map(({ label }) => label))
  const sure = classes.size > 1
  const beside = found.tables.length === 0 && !sure ? await tablesBeside(path) : []
  const refused: DescentError[] = []
  const told = (): string[] => refused.map(({ message }) => `A table was set aside: ${message}`)
  for (const table of [...found.tables, ...beside])
    try {
      const labeled = await readLabels(table, found.pictures, sure, place.folder, context)
      if (labeled === null) continue
      const plan = planFromLabels(labeled, folders)
      const instead = sure
        ? [`The class folders ${listed([...classes])} were set aside: ${table.file} has a column of labels.`]
        : []
      return { ...plan, notes: [...plan.notes, ...instead, ...told()] }
    } catch (error) {
      if (!isOfTable(error)) throw error
      refused.push(error)
    }
  if (!sure && refused.length > 0) throw refused[0]!
  const plan = planFromFolders(folders, path)
  if (plan.pictures.length === 0)
    throw bad(
      `${path} holds ${plural(found.pictures.length, 'picture')}, and nothing says what is on them. Put the pictures of each class into a folder of its name, such as cat/1.jpg and dog/2.jpg, or add a table of two columns, the file’s name and its label.`,
    )
  return { ...plan, notes: [...plan.notes, ...told()] }
}

const chosen = (asked: Partial<PictureReading> | undefined): PictureReading => ({
  ...picturesFound,
  ...asked,
})

/** What was found out of the size and the color, and what a person said. */
function layoutOf(
  reading: PictureReading,
  size: { width: number; height: number; evidence: string | null },
  gray: { value: string; evidence: string | null },
): Receipt['layout'] {
  const given = (name: keyof PictureReading): boolean => reading[name] !== picturesFound[name]
  return [
    {
      option: 'size',
      value: `${size.width} × ${size.height}`,
      evidence: size.evidence,
      given: given('size'),
    },
    { option: 'color', value: gray.value, evidence: gray.evidence, given: given('color') },
    ...(['fit', 'background'] as const).map((option) => ({
      option,
      value: pictureOptions[option].choices.find(({ value }) => value === reading[option])!.label,
      evidence: null,
      given: given(option),
    })),
  ]
}

interface Open {
  readonly pixels: PixelFile
  readonly path: string
  readonly index: { files: string[]; labels: string[]; sizes: [number, number][] }
}

/** The receipt lists them; the terminal, which shows no lists, says the first of them. */
const leftNote = (count: number, rejected: Receipt['rejected']): string[] =>
  count === 0
    ? []
    : [
        `${plural(count, 'file')} ${count === 1 ? 'was' : 'were'} left out: ${listed(rejected.map(({ reason }) => reason.replace(/\.$/, '')))}.`,
      ]

/** `shown`: what a person named; `unpacked`: what of it is not in the folder. */
export async function importPictures(
  folder: string,
  shown: string,
  unpacked: readonly LeftOut[],
  asked: Partial<PictureReading> | undefined,
  place: DataFolder,
  context: ReadContext,
): Promise<ImportedPictures> {
  const { limits } = context
  const path = basename(shown)
  const found = await findPictures(folder, limits)
  const plan = await planOf(found, folder, place, context)
  const { pictures } = plan
  const left = [...plan.left, ...unpacked]
  const notes = plan.notes.map((note) => note.replaceAll(folder, shown))
  const reading = chosen(asked)
  const sources = parts.flatMap((part) =>
    pictures
      .filter((one) => one.part === part)
      .map((one): PictureSource & LabeledPicture => ({ ...one, ...fileSource(one.path, one.file, limits) })),
  )
  const size = await sizeFor(sources, reading.size, limits)
  context.progress(0.1)
  if (size === null) throw bad(`None of the ${plural(sources.length, 'picture')} of ${path} can be decoded.`)
  const target: PictureTarget = { ...size, fit: reading.fit, background: reading.background }
  const tally = new Tally()
  const open = new Map<PartName, Open>()
  await mkdir(join(place.folder, 'originals'), { recursive: true })
  try {
    for (const part of parts)
      if (sources.some((one) => one.part === part)) {
        const at = join(place.folder, `${randomUUID()}.partial`)
        const pixels = await PixelFile.create(at, target)
        open.set(part, { pixels, path: at, index: { files: [], labels: [], sizes: [] } })
      }
    await decodeAll(
      sources,
      target,
      limits,
      async ({ pixels, gray, facts }, { part, file, label }) => {
        const into = open.get(part)!
        await into.pixels.add(pixels, gray)
        into.index.files.push(file)
        into.index.labels.push(label)
        into.index.sizes.push([facts.width, facts.height])
      },
      tally,
      shareOf(context, 0.1, 0.85).progress,
    )
    if (tally.kept === 0)
      throw bad(
        `None of the ${plural(sources.length, 'picture')} of ${path} can be decoded. ${tally.rejected[0]?.reason ?? ''}`.trim(),
      )
    const allGray = [...open.values()].every(({ pixels }) => pixels.gray)
    const channels = reading.color === 'gray' || (reading.color === 'auto' && allGray) ? 1 : 3
    const files: SourceFile[] = []
    for (const [part, { pixels, path: at, index }] of open) {
      if (pixels.count === 0) continue
      await pixels.finish(channels)
      const said = join(place.folder, `${randomUUID()}.partial`)
      await writeFile(said, JSON.stringify(index satisfies PictureIndex), { mode: 0o600 })
      files.push(
        { name: `${part} pixels`, role: 'images', part, ...(await keepFile(at, place.folder)) },
        { name: `${part} index`, role: 'index', part, ...(await keepFile(said, place.folder)) },
      )
    }
    const others =
      found.others === 0
        ? []
        : [
            `${plural(found.others, 'file')} of other kinds ${found.others === 1 ? 'was' : 'were'} left alone.`,
          ]
    const rejected = [...tally.rejected, ...[...left, ...found.left].map((one) => ({ line: 0, ...one }))]
    const rowsRejected = tally.rejectedCount + left.length + found.left.length
    return {
      files,
      layout: layoutOf(reading, size, {
        value: channels === 1 ? 'Gray' : 'Color',
        evidence:
          reading.color !== 'auto'
            ? null
            : allGray
              ? 'No picture has any color.'
              : 'Some pictures have color.',
      }),
      notes: [...notes, ...tally.notes(target), ...leftNote(rowsRejected, rejected), ...others],
      rejected: rejected.slice(0, 100),
      rowsRejected,
      bytes: tally.bytes,
    }
  } finally {
    for (const { pixels, path: at } of open.values()) {
      await pixels.close().catch(() => undefined)
      await rm(at, { force: true })
    }
  }
}
